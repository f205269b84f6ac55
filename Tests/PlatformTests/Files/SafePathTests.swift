import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct SafePathTests {
    @Test(arguments: [
        ("", PathRefusal.empty), ("/etc/passwd", .absolute), ("//server/share", .absolute), ("..", .parent),
        ("a/../b", .parent), ("a/..", .parent), ("./a", .parent), ("a//b", .emptyPart), ("a/", .emptyPart),
        ("a\u{0}b", .control), ("a\nb", .control), ("a\u{7f}", .control), ("a\u{85}", .control),
        ("\\\\server\\share", .backslash), ("C:\\x", .backslash),
        ("%2e%2e/x", .encoded), ("%2E%2E%2Fx", .encoded), ("a%2fb", .encoded), ("a%5Cb", .encoded), ("a%00", .encoded),
        ("%252e", .encoded), ("\u{2024}\u{2024}/x", .lookalike), ("\u{ff0e}\u{ff0e}", .lookalike),
        ("a\u{ff0f}b", .lookalike), ("a\u{2215}b", .lookalike), ("\u{2025}", .lookalike),
    ])
    func aDangerousPathIsRefused(_ text: String, _ reason: PathRefusal) {
        #expect(throws: FileError.refused(path: text, reason)) { try SafePath(text) }
    }

    @Test(arguments: ["a", "a/b/c.txt", "...", ".hidden", "a..b", "100%", "50%25", "Übung/名前 1.md", "file:"])
    func anHarmlessPathIsTakenAsItIs(_ text: String) throws {
        if text == "50%25" {
            #expect(throws: FileError.self) { try SafePath(text) }
        } else {
            #expect(try SafePath(text).description == text)
        }
    }

    @Test func lengthIsLimitedInAllAndInEachPart() throws {
        for (size, isAllowed) in [(254, true), (255, true), (256, false)] {
            #expect(((try? SafePath(String(repeating: "x", count: size))) != nil) == isAllowed)
        }
        let parts = Array(repeating: String(repeating: "x", count: 127), count: 8).joined(separator: "/")
        for (tail, isAllowed) in [("", true), ("y", true), ("yy", false)] {
            let text = parts + tail
            #expect(text.utf8.count == 1023 + tail.utf8.count)
            #expect(((try? SafePath(text)) != nil) == isAllowed)
        }
    }

    @Test func aRefusedNameCannotSteerTheTerminalThatShowsIt() {
        let error = #expect(throws: FileError.self) { try SafePath("a\u{1b}[2J\u{9b}\n") }
        #expect(error?.description == #"the path "a\u{1B}[2J\u{009B}\n" is refused: it has a control character"#)
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: FileError.self) { try SafePath(bytes: [0x61, 0xc0, 0xaf]) }
        #expect(throws: FileError.self) { try SafePath(bytes: [0xff]) }
    }

    @Test(arguments: [
        ("a", true), ("main", true), ("7f3a-b_c.d", true), ("A.b.C", true), ("agent-1", true), ("0", true),
        ("", false), (".", false), ("..", false), (".a", false), ("-a", false), ("_a", false), ("a..b", false),
        ("a.", false), ("a/b", false), ("a\\b", false), ("a b", false), ("a\u{0}", false), ("a%2e", false),
        ("ä", false), ("a\u{ff0e}", false), ("a\n", false), ("~root", false), ("a:b", false), ("a*", false),
    ])
    func anIdFollowsTheStrictPattern(_ text: String, _ isAllowed: Bool) {
        #expect(((try? StrictID(text)) != nil) == isAllowed)
    }

    @Test(arguments: [(63, true), (64, true), (65, false)])
    func anIdIsAtMostSoLong(_ size: Int, _ isAllowed: Bool) {
        #expect(((try? StrictID(String(repeating: "x", count: size))) != nil) == isAllowed)
    }

    @Test func noRandomBytesLeadOutOfTheDirectory() throws {
        var random = SeededRandom(seed: 11)
        let alphabet = Array("../\\%2eEfF05cC\u{0}a.\u{2024}~".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &random)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random)! }
            guard let path = try? SafePath(bytes: bytes) else { continue }
            #expect(!path.parts.contains { $0.isEmpty || $0 == "." || $0 == ".." || $0.contains("/") })
        }
    }
}

@Suite struct SafeDirectoryTests {
    let scratch = ScratchDirectory()

    private func make(_ method: SafeDirectory.Method) throws -> SafeDirectory {
        scratch.makeDirectory("root")
        scratch.makeDirectory("root/sub")
        scratch.makeDirectory("root/sub/deep")
        scratch.makeDirectory("outside")
        scratch.write("secret", to: "outside/secret")
        scratch.write("inside", to: "root/sub/file")
        scratch.link("root/leave", to: "../outside/secret")
        scratch.link("root/absolute", to: scratch.path("root/sub/file"))
        scratch.link("root/out", to: "../outside")
        scratch.link("root/sub/up", to: "../..")
        scratch.link("root/sub/back", to: "../sub/./deep/../file")
        scratch.link("root/alias", to: "sub")
        scratch.link("root/loop", to: "loop")
        mkfifo(scratch.path("root/pipe"), 0o600)
        return try SafeDirectory(scratch.path("root"), method)
    }

    @Test(arguments: SafeDirectory.Method.allCases)
    func filesBeneathAreReadAndNothingElse(_ method: SafeDirectory.Method) throws {
        let root = try make(method)
        func read(_ path: String, _ links: SafeDirectory.Links) throws -> String {
            String(decoding: try root.read(try SafePath(path), limit: 100, links: links), as: UTF8.self)
        }
        func refusal(_ path: String, _ links: SafeDirectory.Links) -> FileError? {
            #expect(throws: FileError.self, "\(path)") { try read(path, links) }
        }
        func link(_ path: String) -> FileError { .refused(path: scratch.path("root/\(path)"), .link) }

        for links in [SafeDirectory.Links.refused, .within] {
            #expect(try read("sub/file", links) == "inside")
            for path in ["leave", "absolute", "out/secret", "sub/up/outside/secret", "sub/up/root/sub/file", "loop"] {
                #expect(refusal(path, links) == link(path))
            }
            #expect(refusal("sub/none", links)?.isMissing == true)
            #expect(refusal("sub/file/x", links)?.code == ENOTDIR)
            #expect(refusal("sub", links) == .notRegular(path: scratch.path("root/sub")))
            #expect(refusal("pipe", links) == .notRegular(path: scratch.path("root/pipe")))
        }
        #expect(refusal("sub/back", .refused) == link("sub/back"))
        #expect(refusal("alias/file", .refused) == link("alias/file"))
        #expect(try read("sub/back", .within) == "inside")
        #expect(try read("alias/file", .within) == "inside")
        #expect(try read("alias/back", .within) == "inside")
    }

    @Test(arguments: SafeDirectory.Method.allCases)
    func theDirectoryStaysTheOneThatWasOpened(_ method: SafeDirectory.Method) throws {
        let root = try make(method)
        scratch.move("root", to: "moved")
        scratch.link("root", to: "outside")
        #expect(try root.read(SafePath("sub/file"), limit: 100) == Array("inside".utf8))
        #expect(throws: FileError.self) { try root.read(SafePath("secret"), limit: 100) }
    }

    @Test(arguments: SafeDirectory.Method.allCases)
    func filesAreWrittenAndRemovedBeneathOnly(_ method: SafeDirectory.Method) throws {
        let root = try make(method)
        try root.write([65], to: SafePath("sub/new"))
        #expect(scratch.read("root/sub/new") == "A")
        #expect(scratch.mode("root/sub/new") == 0o600)
        #expect(throws: FileError.self) { try root.write([65], to: SafePath("leave")) }
        #expect(throws: FileError.self) { try root.write([65], to: SafePath("out/secret")) }
        #expect(throws: FileError.self) { try root.remove(SafePath("out/secret")) }
        #expect(scratch.read("outside/secret") == "secret")
        try root.remove(SafePath("leave"))
        try root.remove(SafePath("sub/new"))
        #expect(scratch.names(in: "root/sub") == ["back", "deep", "file", "up"])
        #expect(scratch.read("outside/secret") == "secret")
    }

    #if os(Linux)
    @Test func thisKernelResolvesItself() { #expect(SafeDirectory.kernelResolves) }
    #endif
}
