package import Platform

/// Which sessions a list shows.
package struct SessionQuery: Sendable {
    package var agent: String?
    package var label: String?
    package var spawnedBy: String?
    /// Stands in the key or in the label.
    package var search: String?
    package var activeSince: WallTime?
    package var isArchived = false
    package var offset = 0
    package var limit = 500

    package init() {}

    func matches(_ record: SessionRecord) -> Bool {
        if record.choices.isArchived != isArchived { return false }
        if let activeSince, record.updatedAt < activeSince { return false }
        if let agent, record.key.agentID != agent { return false }
        if let label, record.choices.label != label { return false }
        if let spawnedBy, record.choices.spawnedBy != spawnedBy { return false }
        guard let search, !search.isEmpty else { return true }
        let wanted = search.lowercased()
        return record.key.description.lowercased().contains(wanted)
            || record.choices.label?.lowercased().contains(wanted) == true
    }
}

extension SessionShelf {
    /// A page of the sessions that match, newest first, pinned ones before all; and how many match in all.
    package func list(_ query: SessionQuery) -> (page: [SessionRecord], total: Int) {
        // Numbers are sorted and not the entries: counting references would take longer than all else.
        var entries: [SessionCatalog.Entry] = []
        var order: [(rank: Int64, place: Int)] = []
        for entry in catalog.entries.values where query.matches(entry.digest.record) {
            let time = entry.digest.record.updatedAt.milliseconds
            order.append((entry.digest.record.choices.isPinned ? time + Self.pinnedRank : time, entries.count))
            entries.append(entry)
        }
        order.sort { a, b in
            a.rank == b.rank
                ? entries[a.place].digest.record.sessionID < entries[b.place].digest.record.sessionID : a.rank > b.rank
        }
        let page = order.dropFirst(query.offset).prefix(query.limit).map { entries[$0.place].record }
        return (page, order.count)
    }

    /// More than the milliseconds of any time.
    private static let pinnedRank: Int64 = 1 << 52

    package var count: Int { catalog.entries.count }
}

extension SessionShelf: SessionListing {
    package func list(agentID: String?, limit: Int) async throws(SessionError) -> [SessionRecord] {
        var query = SessionQuery()
        query.agent = agentID
        query.limit = limit
        return list(query).page
    }

    package func find(_ key: SessionKey) async throws(SessionError) -> SessionRecord? { record(key) }
}
