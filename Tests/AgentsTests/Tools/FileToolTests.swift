import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct FileToolTests {
    @Test func readPagesThroughAText() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write((1...10).map { "line \($0)\n" }.joined(), to: "a.txt")
            let page = try await bench.run(ReadTool(), ["path": "a.txt", "offset": 3, "limit": 2])
            #expect(page.text == "line 3\nline 4\n[lines 3 to 4 of 10; go on with offset 5]")
            #expect(page.details?["truncated"]?.bool == true)
            #expect(try await bench.good(ReadTool(), ["path": "a.txt", "offset": "9"]) == "line 9\nline 10\n")
            #expect(try await bench.good(ReadTool(), ["path": "a.txt", "offset": 11]).contains("behind its end"))
        }
    }

    @Test func readStopsAtItsLimitOfBytes() async throws {
        try await onLoop {
            for extra in -1...1 {
                let bench = ToolBench()
                // Two lines that with their ends fill the limit but for `extra`.
                let second = ToolText.limit - 10 - 1 + extra
                bench.write("123456789\n" + String(repeating: "x", count: second) + "\n", to: "a.txt")
                let output = try await bench.run(ReadTool(), ["path": "a.txt"])
                #expect((output.details?["to"]?.int == 2) == (extra <= 0), "\(extra)")
            }
        }
    }

    @Test(arguments: [-1, 0, 1]) func aFileOfTheLimitIsTheLargest(extra: Int) async throws {
        try await onLoop {
            let bench = ToolBench()
            let text = String(repeating: "y", count: WorkspaceFiles.fileLimit + extra)
            let written = try await bench.run(WriteTool(), ["path": "big", "content": .string(text)])
            #expect(written.isError == (extra > 0))
            bench.write(text, to: "big")
            #expect(try await bench.run(ReadTool(), ["path": "big"]).isError == (extra > 0))
        }
    }

    @Test func readShowsPicturesAndRefusesOtherBinaries() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("\u{0}\u{1}binary", to: "a.bin")
            #expect(try await bench.refused(ReadTool(), ["path": "a.bin"]).contains("binary file of 8 bytes"))
            bench.write("GIF89a and more", to: "a.gif")
            let shown = try await bench.run(ReadTool(), ["path": "a.gif"])
            #expect(shown.parts.last?.image?.mediaType == "image/gif")
            let image = try await bench.run(ImageTool(), ["path": "a.gif", "prompt": "what is it?"])
            #expect(image.parts.compactMap(\.image).count == 1 && image.text.contains("what is it?"))
            bench.write("just text", to: "a.png")
            _ = try await bench.refused(ImageTool(), ["path": "a.png"])
        }
    }

    @Test func readListsADirectory() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("abc", to: "a.txt")
            bench.makeDirectory("sub")
            bench.link("link", to: "/etc")
            let list = try await bench.good(ReadTool(), ["path": "."])
            #expect(list == "a.txt  3 bytes\nlink  (a link; not followed)\nsub/")
        }
    }

    @Test func editWantsExactlyOneMatch() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("one two\ntwo three\n", to: "a")
            #expect(
                try await bench.refused(EditTool(), ["path": "a", "oldText": "two", "newText": "2"]).contains(
                    "more than once"))
            #expect(
                try await bench.refused(EditTool(), ["path": "a", "oldText": "four", "newText": "4"]).contains(
                    "does not stand"))
            #expect(
                try await bench.refused(EditTool(), ["path": "a", "oldText": "", "newText": "4"]).contains("empty"))
            #expect(bench.read("a") == "one two\ntwo three\n")
            #expect(
                try await bench.good(EditTool(), ["path": "a", "oldText": "two three", "newText": "2 3"])
                    == "changed a at line 2")
            #expect(bench.read("a") == "one two\n2 3\n")
            // Places that overlap are two.
            bench.write("aaa", to: "b")
            _ = try await bench.refused(EditTool(), ["path": "b", "oldText": "aa", "newText": "x"])
        }
    }

    @Test func argumentsAreReadAsModelsWriteThem() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("abc\n", to: "a")
            _ = try await bench.good(EditTool(), ["path": "a", "old_string": "b", "new_string": "B"])
            #expect(try await bench.refused(ReadTool(), [:]) == "read needs `path`, a text")
            #expect(try await bench.refused(ReadTool(), ["path": 5]).contains("must be a text"))
            #expect(try await bench.refused(ReadTool(), ["path": "a", "limit": 0]).contains("from 1 to 2000"))
            #expect(try await bench.refused(ReadTool(), ["path": "a", "limit": 2001]).contains("from 1 to 2000"))
            #expect(try await bench.good(ReadTool(), ["path": "a", "limit": 2000, "offset": .null]) == "aBc\n")
        }
    }
}
