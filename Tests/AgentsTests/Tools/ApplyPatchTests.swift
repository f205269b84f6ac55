import Platform
import Support
import Testing

@testable import Agents

@Suite struct ApplyPatchTests {
    /// A file before, the lines of the change, and the file after; nil where it must not fit.
    static let changes: [(name: String, before: String, change: String, after: String?)] = [
        ("a line in the middle", "a\nb\nc\n", "@@\n a\n-b\n+B\n c", "a\nB\nc\n"),
        ("without @@", "a\nb\n", "-b\n+B", "a\nB\n"),
        ("the first line", "a\nb\n", "@@\n-a\n+A\n b", "A\nb\n"),
        ("two changes", "a\nb\nc\nd\n", "@@\n-a\n+A\n@@\n-d\n+D", "A\nb\nc\nD\n"),
        ("changes in the wrong order", "a\nb\nc\nd\n", "@@\n-d\n+D\n@@\n-a\n+A", nil),
        ("an anchor chooses", "f\nx\ng\nx\n", "@@ g\n-x\n+y", "f\nx\ng\ny\n"),
        ("two anchors", "f\nx\ng\nx\nx\n", "@@ g\n@@ x\n-x\n+y", "f\nx\ng\nx\ny\n"),
        ("without an anchor it is not clear", "x\nx\n", "@@\n-x\n+y", nil),
        ("an anchor that is not there", "a\n", "@@ nowhere\n-a\n+b", nil),
        ("the end of the file", "x\na\nx\n", "@@\n-x\n+y\n*** End of File", "x\na\ny\n"),
        ("only new lines go to the end", "a\n", "@@\n+b", "a\nb\n"),
        ("new lines behind an anchor", "a\nb\n", "@@ a\n+new", "a\nnew\nb\n"),
        ("lines that are not there", "a\nb\n", "@@\n-c\n+d", nil),
        ("blanks at the end differ", "a  \nb\t\n", "@@\n a\n-b\n+B", "a  \nB\n"),
        ("no newline at the end stays so", "a\nb", "@@\n-b\n+B", "a\nB"),
        ("carriage returns stay", "a\r\nb\r\n", "@@\n a\n-b\n+B", "a\r\nB\r\n"),
        ("an empty kept line without its blank", "a\n\nb\n", "@@\n a\n\n-b\n+B", "a\n\nB\n"),
        ("all goes", "a\n", "@@\n-a", ""),
        ("longer than the file", "a\n", "@@\n a\n b\n-c", nil),
        ("an empty file", "", "@@\n+a", "a\n"),
    ]

    @Test(arguments: changes.indices) func itFitsOrNothingHappens(index: Int) async throws {
        let (name, before, change, after) = Self.changes[index]
        try await onLoop {
            let bench = ToolBench()
            bench.write(before, to: "f")
            let patch = "*** Begin Patch\n*** Update File: f\n\(change)\n*** End Patch"
            let output = try await bench.run(ApplyPatchTool(), ["input": .string(patch)])
            #expect(output.isError == (after == nil), "\(name): \(output.text)")
            #expect(bench.read("f") == after ?? before, "\(name)")
        }
    }

    static let malformed = [
        "", "*** Begin Patch", "*** End Patch", "*** Begin Patch\n*** End Patch", "hello",
        "*** Begin Patch\n*** Add File: \n+x\n*** End Patch", "*** Begin Patch\n*** Add File: n\nx\n*** End Patch",
        "*** Begin Patch\n*** Update File: f\n*** End Patch", "*** Begin Patch\n*** Update File: f\n@@\n*** End Patch",
        "*** Begin Patch\n*** Update File: f\n@@ a\n*** End Patch", "*** Begin Patch\n*** Frobnicate: f\n*** End Patch",
        "*** Begin Patch\n*** Update File: f\n@@\n*a\n*** End Patch", "*** Begin Patch\n+x\n*** End Patch",
        "*** Begin Patch\n*** Update File: f\n*** End of File\n*** End Patch",
        "*** Begin Patch\n*** Update File: f\n@@\n-a",
        "*** Begin Patch\n*** Delete File: f\n*** Delete File: f\n*** End Patch",
        "*** Begin Patch\n*** Update File: f\n@@\n-a\n+b\n*** Delete File: f\n*** End Patch",
        "*** Begin Patch\n*** Add File: f\n+x\n*** End Patch",
        "*** Begin Patch\n*** Delete File: missing\n*** End Patch",
    ]

    @Test(arguments: malformed) func whatIsNoPatchChangesNothing(patch: String) async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("a\n", to: "f")
            _ = try await bench.refused(ApplyPatchTool(), ["input": .string(patch)])
            #expect(bench.scratch.names(in: "workspace") == ["f"] && bench.read("f") == "a\n")
        }
    }

    @Test func aPatchCutAnywhereChangesNothing() async throws {
        let patch =
            "*** Begin Patch\n*** Add File: n\n+new\n*** Update File: f\n@@\n-a\n+b\n*** Delete File: g\n*** End Patch"
        try await onLoop {
            for count in 0..<patch.utf8.count {
                let cut = String(patch.prefix(count))
                #expect(throws: ToolProblem.self) { try PatchParser.parse(cut) }
            }
            let patch = try PatchParser.parse(patch)
            #expect(patch.changes.count == 3)
        }
    }

    @Test func oneBadPartLeavesEverythingAsItWas() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("a\n", to: "f")
            bench.write("b\n", to: "g")
            let patch = """
                *** Begin Patch
                *** Add File: new/n
                +new
                *** Update File: f
                @@
                -a
                +A
                *** Delete File: g
                *** Update File: f2
                @@
                -x
                *** End Patch
                """
            _ = try await bench.refused(ApplyPatchTool(), ["input": .string(patch)])
            #expect(bench.scratch.names(in: "workspace") == ["f", "g"])
            #expect(bench.read("f") == "a\n" && bench.read("g") == "b\n")
        }
    }

    @Test func whatTheDiskRefusesIsUndone() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("a\n", to: "f")
            bench.write("file", to: "blocked")
            // The second file cannot be made below one that is no directory: found out only while writing.
            let patch = "*** Begin Patch\n*** Update File: f\n@@\n-a\n+A\n*** Add File: blocked/n\n+x\n*** End Patch"
            _ = try await bench.refused(ApplyPatchTool(), ["input": .string(patch)])
            #expect(bench.read("f") == "a\n" && bench.read("blocked") == "file")
        }
    }

    @Test func addMoveAndDelete() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("a\nb\n", to: "f")
            bench.write("x", to: "gone")
            let patch = """
                *** Begin Patch
                *** Add File: dir/new.txt
                +one
                +
                +three
                *** Update File: f
                *** Move to: dir/f2
                @@
                -b
                +B
                *** Delete File: gone
                *** End Patch
                """
            let said = try await bench.good(ApplyPatchTool(), ["input": .string(patch)])
            #expect(said == "added dir/new.txt\nmoved f to dir/f2\ndeleted gone")
            #expect(bench.read("dir/new.txt") == "one\n\nthree\n" && bench.read("dir/f2") == "a\nB\n")
            #expect(bench.scratch.names(in: "workspace") == ["dir"])
        }
    }

    @Test(arguments: [-1, 0, 1]) func aPatchOfTheLimitIsTheLargest(extra: Int) throws {
        let files = (0..<(Patch.fileLimit + extra)).map { "*** Delete File: f\($0)\n" }.joined()
        let many = "*** Begin Patch\n\(files)*** End Patch"
        #expect((try? PatchParser.parse(many)) == nil ? extra > 0 : extra <= 0)
        let head = "*** Begin Patch\n*** Add File: f\n+"
        let tail = "\n*** End Patch"
        let filler = String(repeating: "x", count: Patch.byteLimit - head.utf8.count - tail.utf8.count + extra)
        #expect((try? PatchParser.parse(head + filler + tail)) == nil ? extra > 0 : extra <= 0)
    }

    @Test func noiseIsNeverAPatchThatCrashes() async throws {
        let pieces = [
            "*** Begin Patch\n", "*** End Patch", "*** Add File: a\n", "*** Update File: f\n", "*** Delete File: f\n",
            "@@\n",
            "@@ a\n", "+a\n", "-a\n", " a\n", "\n", "*** End of File\n", "*** Move to: b\n", "x\n", "*** \n",
        ]
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<2000 {
            let count = Int.random(in: 0..<12, using: &random)
            let body = (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined()
            guard let patch = try? PatchParser.parse("*** Begin Patch\n\(body)\n*** End Patch") else { continue }
            for case .update(_, _, let hunks) in patch.changes {
                var text = PatchedText(Array("a\nb\na\n".utf8), name: "f")
                for (number, hunk) in hunks.enumerated() {
                    do throws(ToolProblem) { try text.apply(hunk, number: number + 1) } catch { break }
                }
                #expect(text.bytes.count < 1000)
            }
        }
    }
}
