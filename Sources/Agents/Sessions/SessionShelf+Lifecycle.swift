import Platform

extension SessionRecord {
    /// A session that begins now.
    init(new key: SessionKey, _ time: WallTime) {
        self.init(key: key, sessionID: UUIDText.random(), createdAt: time.toMilliseconds)
    }

    /// The same session with nothing said in it: what people chose stays.
    func begunAnew(at time: WallTime) -> SessionRecord {
        var record = SessionRecord(new: key, time)
        record.choices = choices
        record.choices.isArchived = false
        record.origin = origin
        return record
    }
}

/// How sessions begin and end.
extension SessionShelf {
    /// The largest number of entries that compaction by lines keeps unless told otherwise.
    package static let compactLines = 400

    /// What came of a compaction by lines.
    package struct Compaction: Equatable, Sendable {
        package let kept: Int
        /// The file with all there was.
        package let archive: String
    }

    /// Begins the session anew: a new transcript, the choices kept, the old transcript put aside.
    package func reset(_ key: SessionKey) async throws(SessionError) -> SessionRecord {
        try check(key)
        return try await lane(key).exclusively { () throws(SessionError) in
            guard let entry = try await opened(key) else { return try await begin(SessionRecord(new: key, clock.wall)) }
            return try await startAnew(entry)
        }
    }

    /// Keeps the last entries alone. Nil when there are no more than that.
    package func compact(_ key: SessionKey, keeping lines: Int) async throws(SessionError) -> Compaction? {
        try await lane(key).exclusively { () throws(SessionError) in
            let entry = try await known(key)
            let (file, record, end, now) = (file(entry.record), entry.record, entry.digest.end, clock.wall)
            let outcome = try await disk(record) { () throws(FileError) in
                try file.keepLast(lines, of: record, end, at: now)
            }
            guard let outcome else { return nil }
            catalog.put(TranscriptDigest(record: record, end: outcome.end)).settled = entry.settled
            tell(record, .compact)
            return Compaction(kept: outcome.kept, archive: outcome.archive)
        }
    }

    /// Takes the session away and returns the name of the file that its transcript is now. The main session stays.
    package func delete(_ key: SessionKey) async throws(SessionError) -> String? {
        guard !key.isMain else { throw .main("\(key)") }
        return try await remove(key, as: .delete)
    }

    func remove(_ key: SessionKey, as reason: SessionChange) async throws(SessionError) -> String? {
        try await lane(key).exclusively { () throws(SessionError) in
            guard let entry = catalog[key] else { throw .unknown("\(key)") }
            let (place, record, now) = (place, entry.record, clock.wall)
            let archive = try await disk(record) { () throws(FileError) in
                try place.putAside(key.agentID, record.sessionID, .deleted, at: now)
            }
            catalog.remove(key)
            tell(record, reason)
            return archive
        }
    }

    // MARK: Within a lane

    func startAnew(_ entry: SessionCatalog.Entry) async throws(SessionError) -> SessionRecord {
        let old = entry.record
        let record = try await begin(old.begunAnew(at: clock.wall), as: .reset)
        let (place, now) = (place, clock.wall)
        // The new one counts already; where this fails, the next start does it.
        do throws(SessionError) {
            _ = try await disk(old) { () throws(FileError) in
                try place.putAside(old.key.agentID, old.sessionID, .reset, at: now)
            }
        } catch {
            log.warn("the transcript before a reset stays where it is", ["reason": LogValue(error)])
        }
        return record
    }

    func begin(
        _ record: SessionRecord, as reason: SessionChange = .create
    ) async throws(SessionError) -> SessionRecord {
        let file = file(record)
        let end = try await disk(record) { () throws(FileError) in try file.begin(record) }
        _ = catalog.put(TranscriptDigest(record: record, end: end))
        tell(record, reason)
        return record
    }

    func check(_ key: SessionKey) throws(SessionError) {
        guard SessionKey(canonical: "\(key)") == key else { throw .badKey("\(key)".cut(to: 128)) }
    }

    func known(_ key: SessionKey) async throws(SessionError) -> SessionCatalog.Entry {
        guard let entry = try await opened(key) else { throw .unknown("\(key)") }
        return entry
    }

    /// The session, its transcript's end found and mended; nil when there is none.
    func opened(_ key: SessionKey) async throws(SessionError) -> SessionCatalog.Entry? {
        guard let entry = catalog[key] else { return nil }
        if entry.isOpen { return entry }
        let (file, now) = (file(entry.record), clock.wall)
        let end = try await disk(entry.record) { () throws(FileError) in try file.open(at: now) }
        guard let end else {
            log.error(
                "the transcript of a session is gone", ["session": LogValue(key), "file": .text(shown(entry.record))])
            catalog.remove(key)
            return nil
        }
        if end != entry.digest.end {
            log.warn("a transcript had a torn end, which was cut", ["session": LogValue(key)])
        }
        entry.digest.end = end
        entry.settled = end.seq
        entry.isOpen = true
        return entry
    }

    func file(_ record: SessionRecord) -> TranscriptFile {
        TranscriptFile(place: place, key: record.key, id: record.sessionID)
    }

    func shown(_ record: SessionRecord) -> String { place.shownPath(record.key.agentID, record.sessionID) }

    /// Does what blocks, and says what failed in the words of sessions.
    func disk<Value: Sendable>(
        _ record: SessionRecord, _ body: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(SessionError) -> Value {
        do throws(FileError) {
            return try await BlockingPool.shared.run(body)
        } catch {
            if error.isAboutReading { throw .unreadable(path: shown(record), reason: "\(error)") }
            throw .notStored("\(error)")
        }
    }

    /// Tells of lines that cannot be read, and keeps them beside the transcript, where they stay too.
    func keep(_ damaged: [UInt8], of record: SessionRecord) async {
        guard !damaged.isEmpty else { return }
        let (place, key) = (place, record.key)
        await BlockingPool.shared.run { try? place.keepDamaged(key.agentID, record.sessionID, damaged) }
        log.error(
            "a transcript has damaged lines, which are passed over; a copy lies beside it",
            ["session": LogValue(key), "file": .text(shown(record)), "bytes": LogValue(damaged.count)])
    }
}

extension FileError {
    /// Whether the file was there to be read, and not to be changed.
    fileprivate var isAboutReading: Bool {
        switch self {
        case .system(_, let action, _): action == .read || action == .open || action == .list
        case .notRegular, .refused: true
        case .tooLarge: false
        }
    }
}
