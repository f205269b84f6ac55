package import Platform

/// Asks a model with one real request, the smallest that every provider answers.
@LoopActor
package struct ModelTrial {
    /// What became of one request.
    package struct Outcome: Sendable {
        package let model: ModelReference
        package let profile: String
        package var firstByte: Duration?
        package var total: Duration = .zero
        package var error: ModelError?
        /// Why it was not asked at all.
        package var reason: String?

        package init(model: ModelReference, profile: String, reason: String? = nil) {
            self.model = model
            self.profile = profile
            self.reason = reason
        }

        package var isGood: Bool { error == nil && reason == nil }

        package var words: String {
            if let reason { return reason }
            guard let error else { return "answers" }
            let status = error.status.map { " (HTTP \($0))" } ?? ""
            let detail = error.detail.isEmpty ? "" : ": \(error.detail)"
            return "\(error.kind.words)\(status)\(detail)"
        }
    }

    /// Tokens of an answer. Some models think first, and fail when they are allowed fewer.
    private static let answerTokens = 64

    private let source: any ProviderSource
    private let clock: any Clock
    private let timeout: Duration

    /// `timeout` is for the connection and for the first byte; the whole may take twice that.
    package init(_ source: any ProviderSource, timeout: Duration, clock: any Clock) {
        self.source = source
        self.clock = clock
        self.timeout = timeout
    }

    package func ask(_ candidate: ModelCandidate, _ profile: String) async -> Outcome {
        var request = ModelRequest(candidate.target, messages: [ModelMessage(.user, "Reply with the word OK.")])
        request.limits.maxTokens = Self.answerTokens
        request.cache = .none
        request.deadlines.firstByte = timeout
        request.deadlines.connecting = timeout
        request.deadlines.total = timeout * 2
        let began = clock.now
        var outcome = Outcome(model: candidate.reference, profile: profile)
        do throws(ModelError) {
            let stream = try await source.provider(for: candidate.reference, profile: profile).stream(request)
            while let event = try await stream.next() {
                if outcome.firstByte == nil, event.isVisible { outcome.firstByte = clock.now - began }
            }
        } catch {
            outcome.error = error
        }
        outcome.total = clock.now - began
        return outcome
    }
}
