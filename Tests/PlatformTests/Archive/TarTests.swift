import Support
import Testing

@testable import Platform

@Suite struct TarTests {
    private static func archive(_ files: [(String, [UInt8])]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, contents) in files {
            bytes += TarWriter.header(
                of: TarEntry(try SafePath(name), .file, size: contents.count, mode: 0o640, modified: 1_790_000_000))
            bytes += contents + TarWriter.padding(after: contents.count)
        }
        return bytes + TarWriter.end
    }

    /// What a reader makes of the pieces: names and contents.
    private static func read(_ pieces: [[UInt8]]) throws(ArchiveError) -> (files: [(TarEntry, [UInt8])], whole: Bool) {
        var reader = TarReader()
        var files: [(TarEntry, [UInt8])] = []
        for piece in pieces {
            for part in try reader.read(piece[...]) {
                switch part {
                case .entry(let entry): files.append((entry, []))
                case .content(let bytes): files[files.count - 1].1 += bytes
                case .fileEnd: break
                }
            }
        }
        return (files, reader.isComplete)
    }

    /// One entry of any kind, with a checksum that fits.
    private static func entry(_ name: String, type: Character, magic: Bool = true) throws -> [UInt8] {
        var block = TarWriter.header(
            of: TarEntry(try SafePath("a"), .file, size: 0, mode: 0o600, modified: 0))
        for index in 0..<100 { block[index] = 0 }
        for (index, byte) in name.utf8.enumerated() { block[index] = byte }
        block[156] = type.asciiValue ?? 0
        let sum = String(TarBlock.sum(block), radix: 8)
        let field = String(repeating: "0", count: 6 - sum.utf8.count) + sum
        for (index, byte) in field.utf8.enumerated() { block[148 + index] = byte }
        return block
    }

    @Test func whatIsWrittenIsRead() throws {
        let long = (1...20).map { "directory-\($0)" }.joined(separator: "/") + "/ä file"
        let files: [(String, [UInt8])] = [
            ("empty", []), ("one", [1]), ("block", [UInt8](repeating: 7, count: 512)),
            ("more", [UInt8](repeating: 9, count: 513)), (long, Array("long".utf8)),
        ]
        let bytes = try Self.archive(files)
        for pieces in cuts(of: bytes, seeds: 0..<4) {
            let (found, whole) = try Self.read(pieces)
            #expect(whole)
            #expect(found.map { "\($0.0.path)" } == files.map(\.0))
            #expect(found.map(\.1) == files.map(\.1))
            #expect(found.allSatisfy { $0.0.mode == 0o640 && $0.0.modified == 1_790_000_000 })
        }
    }

    @Test func aNameOfOneHundredBytesNeedsNoRecordAndALongerOneDoes() throws {
        for (count, blocks) in [(99, 1), (100, 1), (101, 3)] {
            let entry = TarEntry(
                try SafePath(String(repeating: "n", count: count)), .file, mode: 0o600, modified: 0)
            #expect(TarWriter.header(of: entry).count == blocks * 512)
        }
    }

    @Test func aCutArchiveIsNeverWhole() throws {
        let bytes = try Self.archive([("a", [UInt8](repeating: 1, count: 3000)), ("b", [2])])
        for end in stride(from: 0, to: bytes.count, by: 512) {
            #expect(try !Self.read([Array(bytes[..<end])]).whole, "\(end)")
        }
    }

    @Test func aFlippedBitInAHeaderIsFound() throws {
        let bytes = try Self.archive([("a", [1])])
        for index in 0..<345 where !(148..<156).contains(index) {
            var changed = bytes
            changed[index] ^= 1
            #expect(throws: ArchiveError.self, "\(index)") { try Self.read([changed]) }
        }
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../../up", "a//b", "a/./b", "a\\b", "", "a\u{7}b", "x/%2e%2e/y"])
    func namesThatLeadElsewhereAreRefused(_ name: String) throws {
        let bytes = try Self.entry(name, type: "0")
        #expect {
            try Self.read([bytes])
        } throws: { error in
            if case ArchiveError.refused = error { true } else { false }
        }
    }

    @Test(arguments: ["1", "2", "3", "4", "6", "7", "L", "K", "S", "g", "Z"] as [Character])
    func whatIsNeitherFileNorDirectoryIsRefused(_ type: Character) throws {
        let bytes = try Self.entry("name", type: type)
        #expect {
            try Self.read([bytes])
        } throws: { error in
            if case ArchiveError.refused(let entry, _) = error { entry == "name" } else { false }
        }
    }

    @Test func aNameInARecordIsHeldToTheSameRules() throws {
        let path = String(repeating: "d/", count: 60) + "f"
        var bytes = TarWriter.header(of: TarEntry(try SafePath(path), .file, mode: 0o600, modified: 0))
        let start = try #require(bytes.firstRange(of: Array("path=d/d".utf8))).lowerBound
        bytes.replaceSubrange((start + 5)..<(start + 8), with: Array("../".utf8))
        #expect(throws: ArchiveError.self) { try Self.read([bytes]) }
    }

    @Test func aNameThatComesTwiceIsRefused() throws {
        let bytes = try Self.archive([("a", [1]), ("a", [2])])
        #expect(throws: ArchiveError.refused(entry: "a", reason: "it is there twice")) { try Self.read([bytes]) }
    }

    @Test func whatFollowsTheEndIsFound() throws {
        let bytes = try Self.archive([("a", [1])])
        #expect(try Self.read([bytes + [UInt8](repeating: 0, count: 1024)]).whole)
        #expect(throws: ArchiveError.self) { try Self.read([bytes + [1]]) }
    }

    @Test func recordsHaveALimit() throws {
        var bytes = try Self.entry("pax", type: "x")
        let size = String(TarReader.recordLimit + 1, radix: 8)
        let field = String(repeating: "0", count: 11 - size.utf8.count) + size
        for (index, byte) in field.utf8.enumerated() { bytes[124 + index] = byte }
        let sum = String(TarBlock.sum(bytes), radix: 8)
        for (index, byte) in (String(repeating: "0", count: 6 - sum.utf8.count) + sum).utf8.enumerated() {
            bytes[148 + index] = byte
        }
        #expect(throws: ArchiveError.damaged("extended records are too long")) { try Self.read([bytes]) }
    }
}
