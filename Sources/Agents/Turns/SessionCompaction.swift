import Models
package import Platform

/// Has a whole session told in short, because someone asked for it.
@LoopActor
package struct SessionCompaction {
    /// What came of it.
    package enum Outcome: Equatable, Sendable {
        /// `tokens`: what the conversation filled before, where that is known.
        case done(tokens: Int?, messages: Int, bytes: Int)
        case shortEnough
        /// No model can be asked at all.
        case noModel
        /// Models were asked and gave no summary.
        case noSummary
        /// A run is under way.
        case busy
    }

    private let services: TurnServices
    private let runs: AgentRuns

    package init(_ runs: AgentRuns) {
        services = runs.services
        self.runs = runs
    }

    /// `wish`: what matters most. `id`: the run that asks, if one does.
    package func compact(
        _ key: SessionKey, wish: String? = nil, for id: String? = nil
    ) async throws(SessionError) -> Outcome {
        if runs.active(in: key).contains(where: { $0.id != id && $0.startedAt != nil }) { return .busy }
        let record = try await services.sessions.open(key)
        let line = services.models.line(record.choices.model, agent: key.agentID)
        guard !line.candidates.isEmpty else { return .noModel }
        let messages = TurnHistory.messages(try await services.sessions.entries(key))
        guard messages.count > 1 else { return .shortEnough }
        guard let summary = await Compactor(models: services.models).summary(of: messages, line, wish: wish) else {
            return .noSummary
        }
        let entry = TranscriptEntry(
            id: UUIDText.random(), time: services.clock.wall,
            .compaction(summary: summary.text, tokensBefore: record.contextTokens))
        try await services.sessions.append([entry], to: key)
        return .done(tokens: record.contextTokens, messages: messages.count, bytes: summary.text.utf8.count)
    }
}
