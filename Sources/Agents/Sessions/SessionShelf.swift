package import Platform
package import Store

/// The sessions of this gateway: a transcript each, and a list of them all. What it says is stored is on the disk.
@LoopActor
package final class SessionShelf: SessionKeeping {
    package var settings = SessionSettings()
    /// They hear in this order.
    package var listeners: [any SessionListener] = []

    let place: TranscriptPlace
    let catalog: SessionCatalog
    let clock: any Clock
    let log: Log
    private var lanes: [SessionKey: SessionLane] = [:]
    private var upkeep: LoopTimer?

    private init(_ place: TranscriptPlace, _ catalog: SessionCatalog, clock: any Clock, log: Log) {
        self.place = place
        self.catalog = catalog
        self.clock = clock
        self.log = log
        upkeep = LoopTimer(clock) { [weak self] in startTask { await self?.maintainRegularly() } }
        upkeep?.arm(at: clock.now + Self.upkeepInterval)
    }

    /// Takes up the sessions that lie in the state directory; the index in the store saves reading each of them.
    package static func open(
        stateDirectory: String, store: Store, clock: any Clock, log: Log
    ) async throws(StoreError) -> SessionShelf {
        let place = TranscriptPlace(stateDirectory: stateDirectory)
        let catalog = SessionCatalog(SessionIndex(store: store), clock: clock, log: log)
        try await catalog.load(place)
        return SessionShelf(place, catalog, clock: clock, log: log)
    }

    /// Brings the index up to date, before the store closes.
    package func close() async {
        upkeep?.cancel()
        await catalog.flush()
    }

    package static let upkeepInterval = Duration.seconds(60 * 60)

    private func maintainRegularly() async {
        _ = try? await maintain()
        upkeep?.arm(at: clock.now + Self.upkeepInterval)
    }

    /// What the index knows of the session; nil when there is none.
    package func record(_ key: SessionKey) -> SessionRecord? { catalog[key]?.record }

    // MARK: SessionKeeping

    package func open(_ key: SessionKey) async throws(SessionError) -> SessionRecord {
        try check(key)
        return try await lane(key).exclusively { () throws(SessionError) in
            guard let entry = try await opened(key) else { return try await begin(SessionRecord(new: key, clock.wall)) }
            let isFresh = entry.digest.end.seq == 0
            if !isFresh, settings.reset.isOver(entry.record, at: clock.wall, offset: LocalTime.offset) {
                return try await startAnew(entry)
            }
            return entry.record
        }
    }

    package func entries(_ key: SessionKey) async throws(SessionError) -> [TranscriptEntry] {
        try await lane(key).exclusively { () throws(SessionError) in
            let entry = try await known(key)
            let file = file(entry.record)
            let end = entry.digest.end
            let reading = try await disk(entry.record) { () throws(FileError) in try file.sinceCompaction(end) }
            await keep(reading.damaged, of: entry.record)
            let repair = ToolCallRepair(
                reading.entries, settled: entry.settled, time: clock.wall.toMilliseconds, newID: UUIDText.random)
            if !repair.missing.isEmpty {
                try await write(repair.missing, to: entry)
                log.warn(
                    "tool calls without a result were given one",
                    ["session": LogValue(key), "calls": LogValue(repair.missing.count)])
            }
            return repair.entries
        }
    }

    package func append(_ entries: [TranscriptEntry], to key: SessionKey) async throws(SessionError) {
        guard !entries.isEmpty else { return }
        try await lane(key).append(entries)
    }

    package func update(
        _ key: SessionKey, _ change: @LoopActor @Sendable (inout SessionRecord) -> Void
    ) async throws(SessionError) -> SessionRecord {
        try await update(key, as: .update) { (record) throws(SessionError) in change(&record) }
    }

    package func update(
        _ key: SessionKey, as reason: SessionChange,
        _ change: @LoopActor (inout SessionRecord) throws(SessionError) -> Void
    ) async throws(SessionError) -> SessionRecord {
        try await lane(key).exclusively { () throws(SessionError) in
            let entry = try await known(key)
            var record = entry.record
            try change(&record)
            guard record != entry.record else { return record }
            if reason != .cleanup { record.updatedAt = clock.wall.toMilliseconds }
            record.lastInteractionAt = record.lastInteractionAt?.toMilliseconds
            let line = TranscriptLine(.state(record), seq: entry.digest.end.seq)
            let (file, size) = (file(record), entry.digest.end.size)
            entry.digest.end.size = try await disk(record) { () throws(FileError) in
                let bytes = line.bytes
                try file.append(bytes, at: size)
                return size + bytes.count
            }
            entry.record = record
            catalog.changed(key)
            tell(record, reason)
            return record
        }
    }

    // MARK: Lanes

    /// Whether something is being done to the session now.
    func isBusy(_ key: SessionKey) -> Bool { lanes[key] != nil }

    func lane(_ key: SessionKey) -> SessionLane {
        if let lane = lanes[key] { return lane }
        let lane = SessionLane { [weak self] batch in
            if let self { await self.flush(batch, key) } else { batch.forEach { $0.end(.failure(.unknown("\(key)"))) } }
        } onIdle: { [weak self] in
            self?.lanes[key] = nil
        }
        lanes[key] = lane
        return lane
    }

    /// Writes appends that waited together; those too large are refused alone.
    private func flush(_ batch: [SessionLane.Append], _ key: SessionKey) async {
        do throws(SessionError) {
            let entry = try await known(key)
            let outcome = try await write(batch.map(\.entries), to: entry)
            for (append, refusal) in zip(batch, outcome) { append.end(refusal.map { .failure($0) } ?? .success(())) }
        } catch {
            for append in batch { append.end(.failure(error)) }
        }
    }

    func write(_ entries: [TranscriptEntry], to entry: SessionCatalog.Entry) async throws(SessionError) {
        if case .some(.some(let refusal)) = try await write([entries], to: entry).first { throw refusal }
    }

    /// Writes groups of entries, each whole or not at all. Returns why one was refused.
    private func write(
        _ groups: [[TranscriptEntry]], to entry: SessionCatalog.Entry
    ) async throws(SessionError) -> [SessionError?] {
        let file = file(entry.record)
        let end = entry.digest.end
        let batch = try await disk(entry.record) { () throws(FileError) in
            let batch = TranscriptBatch(groups, after: end.seq)
            if !batch.bytes.isEmpty { try file.append(batch.bytes, at: end.size) }
            return batch
        }
        entry.digest.end = TranscriptFile.End(size: end.size + batch.bytes.count, seq: end.seq + batch.entries.count)
        for one in batch.entries { entry.record.count(one.entry) }
        if !batch.entries.isEmpty { catalog.changed(entry.record.key) }
        for one in batch.entries {
            for listener in listeners { listener.session(entry.record, appended: one) }
        }
        return batch.refusals
    }

    func tell(_ record: SessionRecord, _ change: SessionChange) {
        for listener in listeners { listener.session(record, changed: change) }
    }
}
