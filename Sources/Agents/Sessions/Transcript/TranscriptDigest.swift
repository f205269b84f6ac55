import Models
import Platform

/// What the index knows of a transcript, made from the transcript alone: the index can always be made anew.
struct TranscriptDigest: Equatable, Sendable {
    var record: SessionRecord
    var end: TranscriptFile.End

    /// Nil when no header can be read. What is damaged is passed over. Blocks.
    static func make(_ place: TranscriptPlace, agent: String, id: String) throws(FileError) -> TranscriptDigest? {
        let file = try place.open(agent, id)
        let size = try file.size()
        var digest: TranscriptDigest?
        try TranscriptFile.forward(file, of: nil, to: size) { line, read in
            guard let read else { return true }
            switch read.content {
            case .header(let record):
                guard digest == nil else { break }
                // A file under another session's name is not that session's.
                guard record.sessionID == id, record.key.agentID == agent else { return false }
                digest = TranscriptDigest(record: record, end: TranscriptFile.End(size: 0, seq: 0))
            case .state(let record): digest?.record = record
            case .entry(let entry): digest?.record.count(entry)
            }
            digest?.end = TranscriptFile.End(size: line.end, seq: read.seq)
            return true
        }
        return digest
    }
}
