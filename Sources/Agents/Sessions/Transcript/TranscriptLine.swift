import Platform

/// One line of a transcript: a JSON object whose last member is a checksum of all before it, so that ordinary tools
/// read it and a flipped bit is noticed.
struct TranscriptLine: Equatable, Sendable {
    /// What it says.
    enum Content: Equatable, Sendable {
        /// The first line: whose transcript it is, and what it began with.
        case header(SessionRecord)
        case entry(TranscriptEntry)
        /// The record as someone changed it.
        case state(SessionRecord)
    }

    static let version = 1
    /// Bytes of one line at most.
    static let limit = 32 << 20

    /// The number of the entry; of other lines, that of the entry before.
    let seq: Int
    let content: Content

    init(_ content: Content, seq: Int) {
        self.content = content
        self.seq = seq
    }

    /// With its line feed.
    var bytes: [UInt8] {
        var row = JSONObject()
        switch content {
        case .header(let record):
            row["type"] = "session"
            row["version"] = JSON(Self.version)
            row["id"] = .string(record.sessionID)
            row["key"] = .string(record.key.description)
            row["seq"] = JSON(seq)
            row["timestamp"] = .int(record.createdAt.milliseconds)
            row["record"] = record.json
        case .entry(let entry):
            row["type"] = .string(entry.lineType)
            row["id"] = .string(entry.id)
            row["seq"] = JSON(seq)
            for member in entry.members.members { row[member.key] = member.value }
        case .state(let record):
            row["type"] = "state"
            row["seq"] = JSON(seq)
            row["timestamp"] = .int(record.updatedAt.milliseconds)
            row["record"] = record.json
        }
        var bytes = JSONWriter.bytes(of: .object(row))
        bytes.removeLast()
        bytes += Self.mark(Self.sum(bytes[...]))
        return bytes
    }

    // MARK: Checksum

    private static let sumDigits = 12
    private static let sumBegin = Array(#","sum":""#.utf8)
    private static let sumEnd = Array("\"}\n".utf8)
    private static var markBytes: Int { sumBegin.count + sumDigits + sumEnd.count }

    private static func mark(_ sum: [UInt8]) -> [UInt8] { sumBegin + sum + sumEnd }

    /// The beginning of the SHA-256 of the line's bytes before the checksum, in hexadecimal digits.
    private static func sum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array(Hex.encode(SHA256.hash(Array(bytes)).prefix(sumDigits / 2)).utf8)
    }

    /// Whether the line, with its line feed, is what was written.
    static func isSound(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count > markBytes else { return false }
        let end = line.endIndex - markBytes
        return line[end...].elementsEqual(mark(sum(line[..<end])))
    }

    /// Reads a sound line; nil when it is not, or when a later version wrote what this one does not know.
    /// `key` stands for the header's, which other lines do not repeat.
    init?(_ line: ArraySlice<UInt8>, of key: SessionKey?) {
        guard Self.isSound(line), let object = (try? JSONParser.parse(Array(line.dropLast())))?.object else {
            return nil
        }
        self.init(object, of: key)
    }

    private init?(_ object: JSONObject, of key: SessionKey?) {
        guard let seq = object["seq"]?.int, seq >= 0 else { return nil }
        self.seq = seq
        switch object["type"]?.string {
        case "session":
            guard let key = object["key"]?.string.flatMap({ SessionKey(canonical: $0) }),
                let record = object["record"].flatMap({ SessionRecord(key, $0) })
            else { return nil }
            content = .header(record)
        case "state":
            guard let key, let record = object["record"].flatMap({ SessionRecord(key, $0) }) else { return nil }
            content = .state(record)
        default:
            guard let entry = TranscriptEntry(line: object) else { return nil }
            content = .entry(entry)
        }
    }

    /// Whether the line begins as one of a type does, without reading it.
    static func has(_ line: ArraySlice<UInt8>, type: StaticString) -> Bool {
        let begin = Array("{\"type\":\"\(type)\"".utf8)
        return line.starts(with: begin)
    }
}
