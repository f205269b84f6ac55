package import Models
package import Platform

/// What was used when, read from the transcripts and remembered: a transcript that grew is read on from where it was.
@LoopActor
package final class UsageLedger {
    /// One session's use, by day.
    package struct Session: Sendable {
        package let record: SessionRecord
        package let days: [String: UsageDay]
        package let first: WallTime?
        package let last: WallTime?
    }

    /// What was read of a transcript.
    private struct Read: Sendable {
        var size = 0
        var days: [String: UsageDay] = [:]
        var first: WallTime?
        var last: WallTime?

        mutating func count(_ entry: TranscriptEntry, _ offset: Int) {
            days[CalendarDate(entry.time, offset: offset).dateText, default: UsageDay()].count(entry)
            first = first ?? entry.time
            last = entry.time
        }
    }

    /// Sessions whose use is remembered; those that were not asked for longest are read anew.
    static let limit = 20_000

    private let shelf: SessionShelf
    private var reads: [String: Read] = [:]
    private var offset: Int?

    package init(_ shelf: SessionShelf) { self.shelf = shelf }

    /// Every session with something used since `start`, newest first. Days are those of a zone `offset` seconds ahead of
    /// UTC.
    package func sessions(
        since start: WallTime, offset: Int = 0, where isMeant: (SessionRecord) -> Bool = { _ in true }
    ) async -> [Session] {
        if self.offset != offset || reads.count > Self.limit { reads = [:] }
        self.offset = offset
        var found: [Session] = []
        let records = shelf.records.filter { $0.updatedAt >= start && isMeant($0) }
        for record in records.sorted(by: { $0.updatedAt > $1.updatedAt }) {
            guard !Task.isCancelled, let read = await read(record, offset) else { continue }
            found.append(Session(record: record, days: read.days, first: read.first, last: read.last))
        }
        return found
    }

    private func read(_ record: SessionRecord, _ offset: Int) async -> Read? {
        let before = reads[record.sessionID] ?? Read()
        let outcome = try? await shelf.reading(record.key) { (file, end) throws(FileError) in
            // Compaction makes a transcript shorter.
            var read = before.size > end.size ? Read() : before
            guard read.size < end.size else { return read }
            try TranscriptFile.forward(
                try file.place.open(file.key.agentID, file.id), of: file.key, from: read.size, to: end.size
            ) { _, line in
                if case .entry(let entry)? = line?.content { read.count(entry, offset) }
                return true
            }
            read.size = end.size
            return read
        }
        guard let outcome, outcome.record.sessionID == record.sessionID else { return nil }
        reads[record.sessionID] = outcome.value
        return outcome.value
    }
}

/// One answer in the course of a session.
package struct UsagePoint: Sendable {
    package let time: WallTime
    package let usage: ModelUsage
    package let cost: Double
}

extension SessionShelf {
    /// Points of a session's course at most; of more, neighbours are joined.
    package nonisolated static let pointLimit = 100
    package nonisolated static let logLimit = 1000

    /// What each answer used, in order.
    package func usagePoints(_ key: SessionKey) async throws(SessionError) -> [UsagePoint]? {
        let read = try await reading(key) { (file, end) throws(FileError) in
            var points: [UsagePoint] = []
            try file.forward(end.size) { _, line in
                guard case .entry(let entry)? = line?.content, case .assistant(let answer) = entry.content,
                    answer.usage.total > 0
                else { return true }
                points.append(UsagePoint(time: entry.time, usage: answer.usage, cost: answer.cost ?? 0))
                return true
            }
            return points
        }
        guard let points = read?.value, points.count > Self.pointLimit else { return read?.value }
        let step = (points.count + Self.pointLimit - 1) / Self.pointLimit
        return stride(from: 0, to: points.count, by: step).map { start in
            let group = points[start..<min(start + step, points.count)]
            return UsagePoint(
                time: group[group.endIndex - 1].time, usage: group.reduce(ModelUsage()) { $0 + $1.usage },
                cost: group.reduce(0) { $0 + $1.cost })
        }
    }

    /// The newest entries that count, oldest first.
    package func usageLog(_ key: SessionKey, limit: Int) async throws(SessionError) -> [NumberedEntry]? {
        try await reading(key) { (file, end) throws(FileError) in
            var count = 0
            return try file.backward(end, limit: TranscriptFile.modelBytes) { _ in
                count += 1
                return count > min(limit, Self.logLimit) ? .stopBefore : .take
            }
            .entries
        }?.value
    }
}
