import Platform
import Store

/// Every session in short, in memory; the index on the disk follows.
@LoopActor
final class SessionCatalog {
    /// A session and where its transcript ends.
    final class Entry {
        var digest: TranscriptDigest
        /// The end was looked at by this process.
        var isOpen = false
        /// The number up to which nothing can be under way any more: what a process before this one wrote.
        var settled: Int

        init(_ digest: TranscriptDigest) {
            self.digest = digest
            settled = digest.end.seq
        }

        var record: SessionRecord {
            get { digest.record }
            set { digest.record = newValue }
        }
    }

    /// How long the index may be behind. A crash in between costs the next start a look at the transcripts.
    static let delay = Duration.seconds(1)

    private(set) var entries: [SessionKey: Entry] = [:]
    private let index: SessionIndex
    private let log: Log
    private var dirty: Set<SessionKey> = []
    private var isFlushing = false
    private var timer: LoopTimer?
    private let clock: any Clock

    init(_ index: SessionIndex, clock: any Clock, log: Log) {
        self.index = index
        self.clock = clock
        self.log = log
        timer = LoopTimer(clock) { [weak self] in startTask { await self?.flush() } }
    }

    /// Takes up what the index and the transcripts say.
    func load(_ place: TranscriptPlace) async throws(StoreError) {
        let rows = try await index.load()
        let now = clock.wall
        let survey = await BlockingPool.shared.run { TranscriptSurvey(place, index: rows, now: now) }
        entries = survey.sessions.mapValues(Entry.init)
        for problem in survey.problems { log.warn("a transcript cannot be used", ["reason": .text(problem)]) }
        guard !survey.corrected.isEmpty || !survey.vanished.isEmpty else { return }
        log.info(
            "the index of sessions was brought up to date",
            ["read": LogValue(survey.corrected.count), "gone": LogValue(survey.vanished.count)])
        dirty.formUnion(survey.corrected)
        dirty.formUnion(survey.vanished)
        await flush()
    }

    subscript(key: SessionKey) -> Entry? { entries[key] }

    func put(_ digest: TranscriptDigest) -> Entry {
        let entry = Entry(digest)
        entry.isOpen = true
        entry.settled = 0
        entries[digest.record.key] = entry
        changed(digest.record.key)
        return entry
    }

    func remove(_ key: SessionKey) {
        entries[key] = nil
        changed(key)
    }

    func changed(_ key: SessionKey) {
        dirty.insert(key)
        if timer?.isArmed != true { timer?.arm(at: clock.now + Self.delay) }
    }

    /// Writes what changed. The index is only a help, so that a failure is told and tried again with the next change.
    func flush() async {
        guard !isFlushing, !dirty.isEmpty else { return }
        isFlushing = true
        defer { isFlushing = false }
        let keys = dirty
        dirty = []
        let changes = keys.map { key -> SessionIndex.Change in
            entries[key].map { .put($0.digest) } ?? .removed(key)
        }
        do throws(StoreError) {
            try await index.apply(changes)
        } catch {
            dirty.formUnion(keys)
            log.warn("the index of sessions could not be written", ["reason": LogValue(error)])
        }
        if !dirty.isEmpty, timer?.isArmed != true { timer?.arm(at: clock.now + Self.delay) }
    }
}
