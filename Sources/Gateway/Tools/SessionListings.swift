import Agents
import Platform

extension SessionDoor: SessionListing {
    func list(agentID: String?, limit: Int) async throws(SessionError) -> [SessionRecord] {
        let records = try opened().records.filter { agentID == nil || $0.key.agentID == agentID }
        return Array(records.sorted { ($1.updatedAt, "\($0.key)") < ($0.updatedAt, "\($1.key)") }.prefix(limit))
    }

    func find(_ key: SessionKey) async throws(SessionError) -> SessionRecord? { try opened().record(key) }
}

/// The roster's agents, as the session tools list them.
@LoopActor
final class RosterListing: AgentListing {
    private let roster: AgentRoster

    init(roster: AgentRoster) { self.roster = roster }

    var agents: [AgentSummary] {
        roster.agents.map { AgentSummary(id: $0.id, name: $0.name, isDefault: $0.id == roster.defaultID) }
    }
}
