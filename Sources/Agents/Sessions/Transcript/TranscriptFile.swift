import Models
import Platform

/// An entry with its number.
package struct NumberedEntry: Equatable, Sendable {
    package let seq: Int
    package let entry: TranscriptEntry
}

/// One transcript on the disk. Everything here blocks; for the blocking pool.
struct TranscriptFile: Sendable {
    /// Where a transcript ends, and the number of its last entry.
    struct End: Equatable, Sendable {
        var size: Int
        var seq: Int
    }

    /// What was read, and the lines that could not be.
    struct Reading: Sendable {
        /// Oldest first.
        var entries: [NumberedEntry] = []
        var damaged: [UInt8] = []
        /// Whether there is more before the first entry.
        var hasMore = false
    }

    /// Bytes of a transcript that are read at most for a model.
    static let modelBytes = 32 << 20

    let place: TranscriptPlace
    let key: SessionKey
    let id: String

    private var agentID: String { key.agentID }

    /// Begins a transcript. There is none of this id.
    func begin(_ record: SessionRecord) throws(FileError) -> End {
        try place.makeFolder(agentID)
        let file = try place.open(agentID, id, creates: true)
        let bytes = TranscriptLine(.header(record), seq: 0).bytes
        do throws(FileError) {
            try file.append(bytes, at: 0)
        } catch {
            // An empty file would only puzzle people.
            try? place.remove(agentID, name: id + TranscriptPlace.ending)
            throw error
        }
        return End(size: bytes.count, seq: 0)
    }

    /// Finds the end, and cuts what a crash left behind it. What is cut and was more than a torn line is kept beside it.
    /// Nil when there is no transcript, or nothing in it that can be read; then it is put aside.
    func open(at time: WallTime) throws(FileError) -> End? {
        let file: AppendFile
        do throws(FileError) {
            file = try place.open(agentID, id)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        let size = try file.size()
        var lines = BackwardLines(file, before: size)
        while let line = try lines.next() {
            guard line.isComplete, let read = TranscriptLine(line.bytes, of: key) else { continue }
            let file = lines.finish()
            if line.end < size {
                let torn = try file.read(from: line.end, count: size - line.end)
                if torn.contains(PlacedLine.feed) { try place.keepDamaged(agentID, id, torn) }
                try file.cut(to: line.end)
            }
            return End(size: line.end, seq: read.seq)
        }
        _ = try place.putAside(agentID, id, .unreadable, at: time)
        return nil
    }

    /// Returns when all are on the disk; none of them is when it throws.
    func append(_ lines: [UInt8], at end: Int) throws(FileError) {
        try place.open(agentID, id).append(lines, at: end)
    }

    // MARK: Reading

    /// Entries from the last compaction on, it included.
    func sinceCompaction(_ end: End, limit: Int = modelBytes) throws(FileError) -> Reading {
        try backward(end, limit: limit) { entry in
            if case .compaction = entry.entry.content { .stopAfter } else { .take }
        }
    }

    /// What to do with an entry on the way back.
    enum Step { case take, skip, stopAfter, stopBefore }

    /// Goes from the end back until `step` or the limit of bytes stops it.
    func backward(_ end: End, limit: Int, _ step: (NumberedEntry) -> Step) throws(FileError) -> Reading {
        var reading = Reading()
        var lines = BackwardLines(try place.open(agentID, id), before: end.size)
        var damaged: [ArraySlice<UInt8>] = []
        walk: while let line = try lines.next() {
            if end.size - line.start > limit {
                reading.hasMore = true
                break
            }
            guard let read = TranscriptLine(line.bytes, of: key) else {
                damaged.append(line.bytes)
                continue
            }
            guard case .entry(let entry) = read.content else { continue }
            let numbered = NumberedEntry(seq: read.seq, entry: entry)
            switch step(numbered) {
            case .take: reading.entries.append(numbered)
            case .skip: break
            case .stopAfter:
                reading.entries.append(numbered)
                reading.hasMore = numbered.seq > 1
                break walk
            case .stopBefore:
                reading.hasMore = true
                break walk
            }
        }
        reading.entries.reverse()
        reading.damaged = Array(damaged.reversed().joined())
        return reading
    }

    /// Every line in order, the damaged ones too, with their place; `take` says whether to go on.
    static func forward(
        _ file: consuming AppendFile, of key: SessionKey?, from start: Int = 0, to end: Int,
        _ take: (PlacedLine, TranscriptLine?) -> Bool
    ) throws(FileError) {
        var lines = ForwardLines(file, from: start, to: end)
        var key = key
        while let line = try lines.next() {
            let read = TranscriptLine(line.bytes, of: key)
            if case .header(let record)? = read?.content { key = record.key }
            guard take(line, read) else { return }
        }
    }

    func forward(_ end: Int, _ take: (PlacedLine, TranscriptLine?) -> Bool) throws(FileError) {
        try Self.forward(try place.open(agentID, id), of: key, to: end, take)
    }

    /// Keeps the last `count` entries alone; all there was stays under another name, which is returned. Nil when there
    /// are no more than that.
    func keepLast(
        _ count: Int, of record: SessionRecord, _ end: End, at time: WallTime
    ) throws(FileError) -> (kept: Int, end: End, archive: String)? {
        var found = 0
        let reading = try backward(end, limit: .max) { _ in
            found += 1
            return found > count ? .stopBefore : .take
        }
        guard found > count else { return nil }
        var bytes = TranscriptLine(.header(record), seq: reading.entries.first.map { $0.seq - 1 } ?? end.seq).bytes
        for entry in reading.entries { bytes += TranscriptLine(.entry(entry.entry), seq: entry.seq).bytes }
        if !reading.damaged.isEmpty { try place.keepDamaged(agentID, id, reading.damaged) }
        guard let archive = try place.putAside(agentID, id, .compacted, at: time, keeps: true) else { return nil }
        try place.replace(agentID, id, with: bytes)
        return (reading.entries.count, End(size: bytes.count, seq: end.seq), archive)
    }
}
