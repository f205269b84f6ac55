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
        let found = catalog.entries.values.filter { query.matches($0.record) }.sorted { a, b in
            let (a, b) = (a.record, b.record)
            if a.choices.isPinned != b.choices.isPinned { return a.choices.isPinned }
            return a.updatedAt == b.updatedAt ? a.key.description < b.key.description : a.updatedAt > b.updatedAt
        }
        return (found.dropFirst(query.offset).prefix(query.limit).map(\.record), found.count)
    }

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
