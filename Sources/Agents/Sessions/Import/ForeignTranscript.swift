import Models
import Platform

/// A conversation as OpenClaw's agents write it: a line `session`, then entries, each of which names the one before it,
/// so that branches that were given up lie in the file as well. Only the branch that was spoken last is taken.
struct ForeignTranscript {
    /// Why nothing can be had of a file.
    enum Refusal: Error, CustomStringConvertible {
        case noHeader
        case newer(Int)

        var description: String {
            switch self {
            case .noHeader: "it does not begin as a transcript does"
            case .newer(let version):
                "it has the format \(version), and this program knows up to \(ForeignTranscript.version)"
            }
        }
    }

    /// Bytes of a file that are read at most.
    static let fileLimit = 64 << 20
    static let version = 3
    private static let headerLimit = 64 << 10

    let begun: WallTime?
    private(set) var entries: [TranscriptEntry] = []
    /// Lines that are no JSON: torn or damaged.
    private(set) var damaged = 0
    /// Messages of kinds that are not known here.
    private(set) var strange = 0
    /// Entries of branches that were given up.
    private(set) var abandoned = 0

    private struct Row {
        /// Counted from the header, as the oldest format does.
        let position: Int
        let object: JSONObject

        var id: String? { object["id"]?.string }
        var type: String { object["type"]?.string ?? "" }
    }

    init(_ bytes: [UInt8]) throws(Refusal) {
        var rows: [Row] = []
        var header: JSONObject?
        var position = 0
        for line in bytes.split(separator: PlacedLine.feed) {
            guard let object = (try? JSONParser.parse(Array(line)))?.object else {
                damaged += 1
                continue
            }
            if header == nil {
                guard object["type"]?.string == "session" else { throw .noHeader }
                header = object
            } else if object["type"]?.string != "session" {
                rows.append(Row(position: position, object: object))
            }
            position += 1
        }
        guard let header else { throw .noHeader }
        if let version = header["version"]?.int, version > Self.version { throw .newer(version) }
        begun = WallTime(foreign: header["timestamp"])
        let branch = Self.branch(rows)
        abandoned = rows.count - branch.count
        take(branch)
    }

    /// From the last entry back to the first. Where the one before is missing or not named, it is the one above.
    private static func branch(_ rows: [Row]) -> [Row] {
        var places: [String: [Int]] = [:]
        for (index, row) in rows.enumerated() { if let id = row.id { places[id, default: []].append(index) } }
        var branch: [Row] = []
        var next = rows.count - 1
        while next >= 0 {
            let row = rows[next]
            branch.append(row)
            guard let parent = row.object["parentId"] else {
                next -= 1
                continue
            }
            if parent.isNull { break }
            // Only what stands before it can be its parent, so that the walk ends whatever the file says.
            next = places[parent.string ?? ""]?.last { $0 < next } ?? next - 1
        }
        return branch.reversed()
    }

    private mutating func take(_ branch: [Row]) {
        var used: Set<String> = []
        // Where in `entries` a row of the source begins.
        var starts: [(id: String?, position: Int, index: Int)] = []
        var time = begun ?? WallTime(nanoseconds: 0)
        for row in branch {
            time = WallTime(foreign: row.object["timestamp"]) ?? time
            starts.append((row.id, row.position, entries.count))
            guard let content = content(row) else { continue }
            var id = row.id ?? ""
            if id.isEmpty || id.utf8.count > 64 || !used.insert(id).inserted { id = "line-\(row.position)" }
            used.insert(id)
            let entry = TranscriptEntry(id: id, time: time, content)
            guard case .compaction = content else {
                entries.append(entry)
                continue
            }
            // What was kept stands before its summary there, and behind it here.
            let kept = starts.last { start in
                if let first = row.object["firstKeptEntryId"]?.string { return start.id == first }
                return start.position == row.object["firstKeptEntryIndex"]?.int
            }
            let place = kept?.index ?? entries.count
            // A summary among what was kept says nothing that the later one does not.
            for index in place..<entries.count {
                guard case .compaction(let summary, _) = entries[index].content else { continue }
                entries[index] = TranscriptEntry(id: entries[index].id, time: entries[index].time, .note(summary))
            }
            entries.insert(entry, at: place)
            for index in starts.indices where starts[index].index >= place { starts[index].index += 1 }
        }
    }

    private mutating func content(_ row: Row) -> TranscriptEntry.Content? {
        let object = row.object
        switch row.type {
        case "message":
            guard let message = object["message"], let content = Self.content(message) else {
                strange += 1
                return nil
            }
            return content
        case "custom_message": return Self.said(MessagePart.parts(object["content"]))
        case "branch_summary": return Self.said(object["summary"]?.string.map { [.text($0)] } ?? [])
        case "compaction":
            guard let summary = object["summary"]?.string else {
                strange += 1
                return nil
            }
            return .compaction(summary: summary, tokensBefore: object["tokensBefore"]?.int)
        default: return nil
        }
    }

    private static func content(_ message: JSON) -> TranscriptEntry.Content? {
        switch message["role"]?.string {
        case "user", "assistant", "toolResult": TranscriptEntry.Content(message: message)
        case "custom", "hookMessage": said(MessagePart.parts(message["content"]))
        case "branchSummary", "compactionSummary": said(message["summary"]?.string.map { [.text($0)] } ?? [])
        case "bashExecution":
            message["command"]?.string.map { .note("$ \($0)\n\(message["output"]?.string ?? "")") }
        default: nil
        }
    }

    /// What the model was told as if a person had written it.
    private static func said(_ parts: [MessagePart]) -> TranscriptEntry.Content? {
        parts.isEmpty ? nil : .user(parts, sender: nil)
    }

    /// Whether a file begins as one of OpenClaw's does, and not as one of this program's own, which have a sum. Blocks.
    static func isOne(_ file: borrowing AppendFile) throws(FileError) -> Bool {
        let line = try file.read(from: 0, count: headerLimit).prefix { $0 != PlacedLine.feed }
        guard let object = (try? JSONParser.parse(Array(line)))?.object else { return false }
        return object["type"]?.string == "session" && object["id"]?.string != nil && object["sum"] == nil
    }

    /// What people are to know of what was not taken; nil when all was.
    var loss: String? {
        let parts = [
            damaged == 0 ? nil : "\(damaged) damaged \(damaged == 1 ? "line was" : "lines were") passed over",
            strange == 0 ? nil : "\(strange) \(strange == 1 ? "entry" : "entries") of an unknown kind left out",
            abandoned == 0 ? nil : "\(abandoned) of a branch that was given up left out",
        ]
        let said = parts.compactMap { $0 }
        return said.isEmpty ? nil : said.joined(separator: ", ")
    }
}
