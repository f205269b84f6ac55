import Platform

/// How many runs there are at once: over all sessions, and of one agent.
@LoopActor
final class RunSlots {
    private struct Waiting {
        let agentID: String
        let place: Suspension
    }

    private let roster: AgentRoster
    private let clock: any Clock
    private(set) var taken: [String: Int] = [:]
    private var queue: [Waiting] = []

    init(roster: AgentRoster, clock: any Clock) {
        self.roster = roster
        self.clock = clock
    }

    var count: Int { taken.values.reduce(0, +) }
    var waitingCount: Int { queue.count }

    /// Returns when the agent may run once more. False when the task was cancelled meanwhile.
    func take(_ agentID: String) async -> Bool {
        if Task.isCancelled { return false }
        if hasRoom(agentID), !queue.contains(where: { hasRoom($0.agentID) }) {
            taken[agentID, default: 0] += 1
            return true
        }
        let place = Suspension(clock)
        queue.append(Waiting(agentID: agentID, place: place))
        let wake = await place.wait()
        if wake == .event { return true }
        // Either it still waits, or it was given a place in the very turn in which it was cancelled.
        if queue.contains(where: { $0.place === place }) {
            queue.removeAll { $0.place === place }
        } else {
            release(agentID)
        }
        return false
    }

    func release(_ agentID: String) {
        taken[agentID, default: 1] -= 1
        if taken[agentID] == 0 { taken[agentID] = nil }
        handOn()
    }

    /// Gives what is free to those that wait, in their order; an agent at its own limit holds up no other. Also called
    /// when the limits were changed.
    func handOn() {
        while let index = queue.firstIndex(where: { hasRoom($0.agentID) }) {
            let next = queue.remove(at: index)
            taken[next.agentID, default: 0] += 1
            next.place.wake()
        }
    }

    private func hasRoom(_ agentID: String) -> Bool {
        guard count < roster.settings.maxConcurrent else { return false }
        guard let limit = roster.agent(agentID)?.maxConcurrent else { return true }
        return taken[agentID, default: 0] < limit
    }
}
