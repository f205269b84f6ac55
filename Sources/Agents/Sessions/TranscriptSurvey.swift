import Platform

/// The transcripts that there are, compared with what the index says of them. Blocks; for the blocking pool.
struct TranscriptSurvey: Sendable {
    private(set) var sessions: [SessionKey: TranscriptDigest] = [:]
    /// Sessions of which the index knew nothing, or something else.
    private(set) var corrected: [SessionKey] = []
    /// What is in the index and nowhere else.
    private(set) var vanished: [SessionKey] = []
    /// What was met and cannot be used, for the log.
    private(set) var problems: [String] = []

    init(_ place: TranscriptPlace, index rows: [TranscriptDigest], now: WallTime) {
        let known = Dictionary(rows.map { ($0.record.sessionID, $0) }) { first, _ in first }
        do throws(FileError) {
            for agent in try place.agents() { look(place, agent, known, now) }
        } catch {
            problems.append("\(error)")
        }
        for row in rows where sessions[row.record.key]?.record.sessionID != row.record.sessionID {
            if sessions[row.record.key] == nil { vanished.append(row.record.key) }
        }
    }

    private mutating func look(
        _ place: TranscriptPlace, _ agent: String, _ known: [String: TranscriptDigest], _ now: WallTime
    ) {
        do throws(FileError) {
            for (name, file) in try place.files(agent) {
                guard case .transcript(let id) = name else { continue }
                if let row = known[id], row.end.size == file.size, row.record.key.agentID == agent {
                    take(row, place, now)
                } else if let digest = try TranscriptDigest.make(place, agent: agent, id: id) {
                    take(digest, place, now)
                    corrected.append(digest.record.key)
                } else if try !ForeignTranscript.isOne(place.open(agent, id)) {
                    // OpenClaw's own files may lie here too, and stay for `openclaw import` and for OpenClaw.
                    problems.append("nothing in \(place.shownPath(agent, id)) can be read; it is put aside")
                    _ = try place.putAside(agent, id, .unreadable, at: now)
                }
            }
        } catch {
            problems.append("\(error)")
        }
    }

    /// A crash in the middle of a reset leaves two transcripts of one session; the later one counts.
    private mutating func take(_ digest: TranscriptDigest, _ place: TranscriptPlace, _ now: WallTime) {
        guard let other = sessions[digest.record.key] else {
            sessions[digest.record.key] = digest
            return
        }
        let isLater = digest.record.createdAt > other.record.createdAt
        sessions[digest.record.key] = isLater ? digest : other
        let older = (isLater ? other : digest).record
        corrected.append(older.key)
        do throws(FileError) {
            _ = try place.putAside(older.key.agentID, older.sessionID, .reset, at: now)
        } catch {
            problems.append("\(error)")
        }
    }
}
