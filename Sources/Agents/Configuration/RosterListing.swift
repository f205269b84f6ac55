/// The roster, as agents see one another.
package final class RosterListing: AgentListing {
    private let roster: AgentRoster

    package init(_ roster: AgentRoster) { self.roster = roster }

    package var agents: [AgentSummary] {
        roster.agents.map {
            AgentSummary(id: $0.id, name: $0.name, isDefault: $0.id == roster.defaultID)
        }
    }
}
