import Platform

extension SessionShelf {
    /// Takes up a whole conversation at once: its transcript is there with all of it, or not at all.
    func adopt(_ session: SessionRecord, _ entries: [TranscriptEntry]) async throws(SessionError) {
        let key = session.key
        try check(key)
        try await lane(key).exclusively { () throws(SessionError) in
            guard catalog[key] == nil else { throw .notStored("there is a session of this name already") }
            var record = session
            let place = place
            let made = try await disk(record) { [record] () throws(FileError) in
                let batch = TranscriptBatch(entries.map { [$0] }, after: 0)
                let bytes = TranscriptLine(.header(record), seq: 0).bytes + batch.bytes
                var counted = record
                for one in batch.entries { counted.count(one.entry) }
                counted.updatedAt = max(counted.updatedAt, record.updatedAt)
                counted.lastInteractionAt = record.lastInteractionAt ?? counted.lastInteractionAt
                counted.choices = record.choices
                // What was counted and what was chosen stand at the end, where the next start reads them.
                let state = TranscriptLine(.state(counted), seq: batch.entries.count).bytes
                try place.makeFolder(key.agentID)
                try place.replace(key.agentID, record.sessionID, with: bytes + state)
                return (
                    record: counted, end: TranscriptFile.End(size: bytes.count + state.count, seq: batch.entries.count),
                    refused: batch.refusals.compactMap { $0 }.count
                )
            }
            record = made.record
            catalog.put(TranscriptDigest(record: record, end: made.end)).settled = made.end.seq
            if made.refused > 0 {
                log.warn(
                    "records that are too large were left out of a conversation that was taken over",
                    ["session": LogValue(key), "records": LogValue(made.refused)])
            }
            tell(record, .create)
        }
    }
}
