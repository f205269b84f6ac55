import Platform
import Support
import Testing

@testable import Agents

/// Attacks by paths and ids that tools are given (reliability.md 2.4).
@Suite struct PathAttackTests {
    static let paths = [
        "../secret", "a/../../secret", "/etc/passwd", "/etc/../etc/passwd", "..", "a/..", "~/.ssh/id_rsa", "~root/x",
        "file:///etc/passwd", "\\\\server\\share\\x", "a\\..\\b", "%2e%2e/secret", "a%2f..%2fb", "a%00b", "a\u{0}b",
        "\u{2025}/secret", "\u{ff0e}\u{ff0e}/secret", "a//b", "a\u{2215}b", "link/secret", "linkfile",
        "inner/../../secret",
        String(repeating: "a", count: 256), String(repeating: "a/", count: 600), "a\nb",
    ]

    @LoopActor
    static func bench() -> ToolBench {
        let bench = ToolBench()
        bench.scratch.write("secret", to: "secret")
        bench.scratch.makeDirectory("outside")
        bench.scratch.write("secret", to: "outside/secret")
        bench.link("link", to: "../outside")
        bench.link("linkfile", to: "../secret")
        bench.link("absolute", to: bench.scratch.path("outside"))
        bench.makeDirectory("inner")
        return bench
    }

    @Test(arguments: paths) func GHSA_5xfq_5mr7_426q_noToolReadsOrWritesOutside(path: String) async throws {
        try await onLoop {
            let bench = Self.bench()
            let read = try await bench.refused(ReadTool(), ["path": .string(path)])
            #expect(!read.contains("secret\n"))
            _ = try await bench.refused(WriteTool(), ["path": .string(path), "content": "owned"])
            _ = try await bench.refused(EditTool(), ["path": .string(path), "oldText": "secret", "newText": "owned"])
            let patch = "*** Begin Patch\n*** Add File: \(path)\n+owned\n*** End Patch"
            _ = try await bench.refused(ApplyPatchTool(), ["input": .string(patch)])
            #expect(bench.scratch.read("secret") == "secret")
            #expect(bench.scratch.read("outside/secret") == "secret")
        }
    }

    @Test(arguments: [
        "file:///etc/passwd", "link/secret", "linkfile", "\\\\server\\share\\x.png", "/etc/passwd", "absolute/secret",
    ])
    func GHSA_mr34_9552_qr95_mediaComesFromTheWorkspaceAlone(path: String) async throws {
        try await onLoop {
            let bench = Self.bench()
            _ = try await bench.refused(ImageTool(), ["path": .string(path)])
            let sender = FakeSender()
            for name in ["media", "mediaUrl", "path", "filePath", "mediaUrls"] {
                _ = try await bench.refused(
                    MessageTool(sender), .object(JSONObject([("text", "x"), (name, .string(path))])))
            }
            #expect(sender.sent.isEmpty)
            _ = try await bench.refused(MemoryGetTool(), ["path": .string(path)])
        }
    }

    @Test func aDirectoryThatBecomesALinkLeadsNowhere() async throws {
        try await onLoop {
            let bench = Self.bench()
            _ = try await bench.good(WriteTool(), ["path": "deep/file", "content": "one"])
            bench.scratch.move("workspace/deep", to: "workspace/old")
            bench.link("deep", to: "../outside")
            _ = try await bench.refused(WriteTool(), ["path": "deep/secret", "content": "owned"])
            _ = try await bench.refused(WriteTool(), ["path": "deep/new/file", "content": "owned"])
            #expect(bench.scratch.names(in: "outside") == ["secret"])
        }
    }

    @Test func anAbsolutePathWithinTheWorkspaceIsOneOfIt() async throws {
        try await onLoop {
            let bench = Self.bench()
            _ = try await bench.good(
                WriteTool(), ["path": .string(bench.workspace + "/notes/a.txt"), "content": "hello"])
            #expect(bench.read("notes/a.txt") == "hello")
            #expect(try await bench.good(ReadTool(), ["path": "./notes/a.txt"]) == "hello\n")
            // A neighbour whose name begins like the workspace's is not within.
            _ = try await bench.refused(WriteTool(), ["path": .string(bench.workspace + "-other/a"), "content": "x"])
        }
    }

    @Test func aDeviceOrPipeIsNoFile() async throws {
        try await onLoop {
            let bench = Self.bench()
            _ = try await bench.refused(ReadTool(), ["path": "inner/../inner"])
            #expect(
                try await bench.refused(WriteTool(), ["path": "inner", "content": "x"]).contains("not a regular file"))
        }
    }
}
