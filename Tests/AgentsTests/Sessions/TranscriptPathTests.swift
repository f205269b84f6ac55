import Platform
import Support
import Testing

@testable import Agents

/// design/reliability.md 2.4: ids of sessions with `../` in them read and wrote any file.
@Suite struct TranscriptPathTests {
    private static let id = "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b10"

    @Test(arguments: [
        "..", "../x", ".", "", "a", "/etc/passwd", "%2e%2e%2f", "\u{0}", "\u{ff0e}\u{ff0e}", "\u{2024}\u{2024}/x",
        "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b1", "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b100",
        "0B5C9C4E-7A55-4D0C-9C1E-2F0E6C3A9B10", "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b1/",
        "0b5c9c4e-7a55-4d0c-9c1e-..0e6c3a9b10", "0b5c9c4e7a554d0c9c1e2f0e6c3a9b10abcd",
    ])
    func aSessionIDThatIsNoUUIDOpensNothing(id: String) {
        let place = TranscriptPlace(stateDirectory: "/")
        #expect(throws: FileError.refused(path: String(id.prefix(128)), .identifier)) { _ = try place.open("main", id) }
        #expect(throws: FileError.refused(path: String(id.prefix(128)), .identifier)) {
            try place.replace("main", id, with: [])
        }
    }

    @Test(arguments: ["..", "../x", "", "Main", "a.b", "a/b", "a\u{0}", "%2e", "-a", "_a", "mäin"])
    func anAgentIDThatIsNoneOpensNothing(agent: String) {
        let place = TranscriptPlace(stateDirectory: "/")
        #expect(throws: FileError.refused(path: agent, .identifier)) { _ = try place.open(agent, Self.id) }
        #expect(throws: FileError.refused(path: agent, .identifier)) { try place.makeFolder(agent) }
        #expect(throws: FileError.refused(path: agent, .identifier)) { try place.files(agent) }
    }

    @Test(arguments: [
        "x.jsonl", "../0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b10.jsonl", "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b10",
        "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b10.jsonl/../x", "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b10.jsonl.reset.now",
        "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b10.jsonl.evil.20261120T121500Z",
        "0b5c9c4e-7a55-4d0c-9c1e-2f0e6c3a9b10.jsonl.reset.20261320T121500Z",
    ])
    func noNameThatIsNotOursIsRemoved(name: String) {
        #expect(TranscriptPlace.parse(name) == nil)
        #expect(throws: FileError.self) { try TranscriptPlace(stateDirectory: "/").remove("main", name: name) }
    }

    @Test func aLinkedDirectoryIsNotFollowed() throws {
        let (scratch, other) = (ScratchDirectory(), ScratchDirectory())
        other.makeDirectory("sessions")
        other.write("theirs", to: "sessions/\(Self.id).jsonl")
        scratch.makeDirectory("agents")
        scratch.link("agents/main", to: other.path)
        let place = TranscriptPlace(stateDirectory: scratch.path)
        let path = "\(scratch.path)/agents/main/sessions/\(Self.id).jsonl"
        #expect(throws: FileError.refused(path: path, .link)) { _ = try place.open("main", Self.id) }
        #expect(throws: FileError.self) { try place.files("main") }
        #expect(throws: FileError.self) { try place.replace("main", Self.id, with: [1]) }
        #expect(throws: FileError.self) { try place.putAside("main", Self.id, .reset, at: WallTime(nanoseconds: 0)) }
        #expect(other.read("sessions/\(Self.id).jsonl") == "theirs")
    }

    @Test func aLinkInPlaceOfATranscriptIsNotFollowed() throws {
        let scratch = ScratchDirectory()
        scratch.write("secret", to: "target")
        let place = TranscriptPlace(stateDirectory: scratch.path)
        try place.makeFolder("main")
        scratch.link("agents/main/sessions/\(Self.id).jsonl", to: scratch.path("target"))
        #expect(throws: FileError.self) { _ = try place.open("main", Self.id, creates: true) }
        #expect(scratch.read("target") == "secret")
    }

    @Test func whatIsPutAsideHasANameOfItsOwn() throws {
        let scratch = ScratchDirectory()
        let place = TranscriptPlace(stateDirectory: scratch.path)
        try place.makeFolder("main")
        let time = WallTime(nanoseconds: 1_790_000_000_000_000_000)
        var names: [String] = []
        for _ in 0..<3 {
            scratch.write("x", to: "agents/main/sessions/\(Self.id).jsonl")
            names.append(try #require(try place.putAside("main", Self.id, .reset, at: time)))
        }
        #expect(Set(names).count == 3)
        #expect(try place.putAside("main", Self.id, .reset, at: time) == nil)
        for name in names {
            guard case .aside(Self.id, .reset, let when)? = TranscriptPlace.parse(name) else {
                Issue.record("\(name) is not read")
                continue
            }
            #expect(when >= time)
            try place.remove("main", name: name)
        }
        #expect(try place.files("main").isEmpty)
    }
}
