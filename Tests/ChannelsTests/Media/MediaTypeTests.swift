import Platform
import Support
import Testing

@testable import Channels

@Suite struct MediaTypeTests {
    @Test(
        arguments: [
            ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0], .png), ([0xff, 0xd8, 0xff, 0xe0], .jpeg),
            (Array("GIF89a;".utf8), .gif), (Array("GIF87a;".utf8), .gif), (Array("RIFF....WEBPVP8 ".utf8), .webp),
            (Array("RIFF\0\u{1}..WAVEfmt ".utf8), .other), (Array("%PDF-1.7\n".utf8), .pdf),
            (Array("OggS\0".utf8), .ogg),
            (Array("ID3\u{4}".utf8), .mp3), ([0xff, 0xfb, 0x90, 0x64], .mp3), ([0xff, 0xff, 0xff, 0xff], .other),
            ([0, 0, 0, 0x20] + Array("ftypisom".utf8), .mp4), ([0, 0, 0, 0x20] + Array("ftypM4A ".utf8), .m4a),
            (Array("héllo\n\ttext\u{1b}[0m".utf8), .text), ([], .text), (Array("a\0b".utf8), .other),
            ([0x68, 0xe9, 0x6c], .other), (Array("MZ\u{1}".utf8), .other), (Array("<html>".utf8), .text),
        ] as [([UInt8], MediaType)])
    func whatAFileIsStandsInItsFirstBytes(head: [UInt8], type: MediaType) { #expect(MediaType(head: head) == type) }

    /// A character may stand across the end of what is looked at.
    @Test(arguments: 0...4) func aLongTextIsOne(shift: Int) {
        let text = String(repeating: "a", count: shift) + String(repeating: "€", count: 2000)
        #expect(MediaType(head: Array(text.utf8.prefix(MediaType.headBytes))) == .text)
        #expect(MediaType(head: Array(text.utf8.prefix(MediaType.headBytes - 1)) + [0xff]) == .other)
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1 KB"), (122_900, "120 KB"), (1 << 20, "1 MB"), (3_565_158, "3.4 MB"),
        (50 * 1_048_576, "50 MB"),
    ])
    func sizes(bytes: Int, text: String) { #expect(bytes.asBytes == text) }
}

@Suite struct MediaShelfTests {
    private static let day = Int64(24 * 3600) * 1_000_000_000

    @Test func theSameFileHasTheSameNameAndNoOtherHas() {
        #expect(MediaShelf.name(of: "telegram:1:0") == MediaShelf.name(of: "telegram:1:0"))
        #expect(MediaShelf.name(of: "telegram:1:0") != MediaShelf.name(of: "telegram:1:1"))
        for name in [MediaShelf.name(of: "../../etc/passwd"), MediaShelf.randomName()] {
            #expect(name.utf8.count == 32 && name.allSatisfy(\.isHexDigit))
        }
    }

    @Test func whatIsOldGoesAndWhatIsNotOursStays() async throws {
        let scratch = ScratchDirectory()
        let shelf = MediaShelf(scratch.path("shelf"), spared: .seconds(3600))
        let name = MediaShelf.randomName()
        let start = await EventLoop.shared.wall
        #expect(try shelf.prepare(for: 0, now: start))
        #expect(scratch.mode("shelf") == 0o700)
        scratch.write("a", to: "shelf/\(name)")
        scratch.write("b", to: "shelf/\(name).png")
        scratch.write("c", to: "shelf/notes.txt")
        scratch.write("d", to: "outside")
        scratch.link("shelf/\(MediaShelf.randomName())", to: scratch.path("outside"))
        #expect(try shelf.prepare(for: 0, now: WallTime(nanoseconds: start.nanoseconds + 6 * Self.day)))
        #expect(scratch.names(in: "shelf").count == 4)
        #expect(try shelf.prepare(for: 0, now: WallTime(nanoseconds: start.nanoseconds + 8 * Self.day)))
        #expect(scratch.names(in: "shelf").count == 2, "what somebody else put there, and a link")
        #expect(scratch.read("shelf/notes.txt") == "c" && scratch.read("outside") == "d")
    }

    /// A file that is just being written is nobody's leftover.
    @Test func whatACrashLeftGoesLater() async throws {
        let scratch = ScratchDirectory()
        let shelf = MediaShelf(scratch.path, spared: .seconds(3600))
        let start = await EventLoop.shared.wall
        let file = try NewFile(scratch.path("a"))
        #expect(try shelf.prepare(for: 0, now: start))
        try file.append([1])
        try file.finish()
        #expect(scratch.names() == ["a"])
        scratch.write("half", to: ".openclaw-tmp-1f")
        #expect(try shelf.prepare(for: 0, now: WallTime(nanoseconds: start.nanoseconds + Self.day / 48)))
        #expect(scratch.names() == [".openclaw-tmp-1f", "a"])
        #expect(try shelf.prepare(for: 0, now: WallTime(nanoseconds: start.nanoseconds + Self.day)))
        #expect(scratch.names() == ["a"])
    }

    @Test func theOldestGoesWhereThereIsNoRoom() async throws {
        let scratch = ScratchDirectory()
        let shelf = MediaShelf(scratch.path, spared: .seconds(3600))
        let start = await EventLoop.shared.wall
        for _ in 0..<3 { scratch.write("1234", to: MediaShelf.randomName()) }
        let soon = WallTime(nanoseconds: start.nanoseconds + Self.day / 48)
        let later = WallTime(nanoseconds: start.nanoseconds + Self.day)
        #expect(try shelf.tidy(now: soon, room: 12))
        #expect(try !shelf.tidy(now: soon, room: 11), "somebody may be about to use them")
        #expect(scratch.names().count == 3)
        #expect(try shelf.tidy(now: later, room: 11))
        #expect(scratch.names().count == 2)
        #expect(try shelf.tidy(now: later, room: 0))
        #expect(scratch.names().isEmpty)
    }
}
