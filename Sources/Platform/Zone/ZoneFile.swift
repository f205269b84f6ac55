/// Reads the files that every system has of its time zones (TZif, RFC 9636).
package enum ZoneFile {
    /// The largest of 2026 has 4 KB, with all transitions written out.
    package static let bytesLimit = 128 << 10

    /// Why a file tells nothing.
    package enum Problem: Error, Equatable, Sendable {
        case notZone
        /// Version 1 ends in 2037.
        case old
        /// Its times count leap seconds, which no clock of ours does.
        case leapSeconds
        case damaged
    }

    package static func read(_ bytes: [UInt8], name: String) throws(Problem) -> ZoneRules {
        var reader = ZoneBytes(rest: bytes[...])
        let first = try reader.header()
        guard first.version >= UInt8(ascii: "2") else { throw .old }
        try reader.skip(first.bodySize(timeSize: 4))
        // The same again, with times of 64 bits, and after it the rule for later years.
        let header = try reader.header()
        guard header.leaps == 0 else { throw .leapSeconds }
        guard header.types > 0, header.times <= 10_000, header.types <= 256 else { throw .damaged }
        var times: [Int64] = []
        for _ in 0..<header.times { times.append(try reader.int64()) }
        guard zip(times, times.dropFirst()).allSatisfy(<) else { throw .damaged }
        let kinds = try reader.take(header.times)
        var offsets: [Int] = []
        for _ in 0..<header.types {
            let offset = Int(Int32(bitPattern: try reader.uint32()))
            guard abs(offset) < 93_600 else { throw .damaged }
            offsets.append(offset)
            try reader.skip(2)
        }
        try reader.skip(header.names + header.standards + header.universals)
        guard kinds.allSatisfy({ $0 < header.types }) else { throw .damaged }
        return ZoneRules(
            name: name, times: times, offsets: kinds.map { offsets[Int($0)] }, firstOffset: offsets[0],
            rule: try reader.rule())
    }
}

private struct ZoneBytes {
    struct Header {
        let version: UInt8
        let universals: Int
        let standards: Int
        let leaps: Int
        let times: Int
        let types: Int
        let names: Int

        func bodySize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + names + leaps * (timeSize + 4) + standards + universals
        }
    }

    var rest: ArraySlice<UInt8>

    mutating func take(_ count: Int) throws(ZoneFile.Problem) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .damaged }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func skip(_ count: Int) throws(ZoneFile.Problem) { _ = try take(count) }

    mutating func uint32() throws(ZoneFile.Problem) -> UInt32 { try take(4).reduce(0) { $0 << 8 | UInt32($1) } }

    mutating func int64() throws(ZoneFile.Problem) -> Int64 {
        Int64(bitPattern: try take(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    private mutating func count() throws(ZoneFile.Problem) -> Int { Int(try uint32()) }

    mutating func header() throws(ZoneFile.Problem) -> Header {
        guard rest.starts(with: "TZif".utf8) else { throw .notZone }
        try skip(4)
        guard let version = try take(16).first else { throw .damaged }
        return Header(
            version: version, universals: try count(), standards: try count(), leaps: try count(), times: try count(),
            types: try count(), names: try count())
    }

    /// Between two line ends; nothing between them where nothing is known of later years.
    mutating func rule() throws(ZoneFile.Problem) -> ZoneYearRule? {
        guard rest.popFirst() == ASCII.lineFeed, let end = rest.firstIndex(of: ASCII.lineFeed) else { throw .damaged }
        let text = rest[..<end]
        guard !text.isEmpty else { return nil }
        guard let rule = ZoneYearRule(text) else { throw .damaged }
        return rule
    }
}
