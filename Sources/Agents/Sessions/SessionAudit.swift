import Platform
package import Store

/// The list of sessions against the transcripts that there are, for whoever looks from outside. Blocks.
package enum SessionAudit {
    /// Sessions in the list, and those of them whose transcript is gone: what was said in them is lost, and the next
    /// start takes them from the list.
    package static func missing(
        in stateDirectory: String, list database: String
    ) throws(StoreError) -> (sessions: Int, missing: [String]) {
        let rows = try StoreLook.rows(in: database, "SELECT key, agent_id, session_id FROM sessions") {
            (row) throws(StoreError) -> (key: String, agent: String, id: String) in
            (try row[0], try row[1], try row[2])
        }
        let place = TranscriptPlace(stateDirectory: stateDirectory)
        let missing = rows.filter { row in
            guard TranscriptPlace.isSessionID(row.id), AgentID.allows(row.agent) else { return false }
            do throws(FileError) {
                return try FileFacts.of(place.shownPath(row.agent, row.id), followLinks: false) == nil
            } catch {
                return error.isMissing
            }
        }
        return (rows.count, missing.map(\.key).sorted())
    }
}
