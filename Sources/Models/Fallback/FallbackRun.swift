package import Platform

/// Makes a conversation shorter; nil when it cannot.
package typealias Compaction = @LoopActor @Sendable (ModelRequest) async -> ModelRequest?

/// One answer out of a chain of models. Until something of an answer was delivered, a failed attempt is followed by the
/// next one that `FallbackPolicy` decides on; from then on its failure is the run's.
@LoopActor
package final class FallbackRun: ModelEventSource {
    private let chain: FallbackChain
    private let sources: any ProviderSource
    private let policy: FallbackPolicy
    private let compaction: Compaction?
    private let clock: any Clock

    private var request: ModelRequest
    private var place: FallbackChain.Place?
    private var stream: ModelStream?
    /// What came before anything visible. It is the answer's only if this attempt becomes the answer.
    private var held: [ModelEvent] = []
    private var ready: ArraySlice<ModelEvent> = []
    private var isVisible = false
    private var usage = ModelUsage()
    private var attemptsHere = 0
    private var rotations = 0
    private var hasCompacted = false
    private var isCancelled = false
    private var interrupt: (@Sendable () -> Void)?
    /// Every attempt so far, for logs and for the text when all failed.
    package private(set) var attempts: [ModelAttempt] = []

    /// `candidates`: one at least.
    package init(
        _ request: ModelRequest, _ candidates: [ModelCandidate], sources: any ProviderSource, cooldowns: CooldownTable,
        policy: FallbackPolicy = FallbackPolicy(), compaction: Compaction? = nil, clock: any Clock = EventLoop.shared
    ) {
        chain = FallbackChain(candidates, cooldowns)
        self.sources = sources
        self.policy = policy
        self.compaction = compaction
        self.clock = clock
        self.request = request
    }

    /// Which model answers, once one does.
    package var answeredBy: ModelReference? { isVisible ? place.map { chain[$0].reference } : nil }

    package func next() async throws(ModelError) -> ModelEvent? {
        while true {
            if let event = ready.popFirst() { return event }
            if isCancelled { throw .cancelled }
            do throws(ModelError) {
                let stream = try await opened()
                guard let event = try await stream.next() else { return nil }
                try take(event)
            } catch {
                try await fail(error)
            }
        }
    }

    package func cancel() {
        isCancelled = true
        interrupt?()
        stream?.cancel()
    }

    // MARK: An attempt

    private func opened() async throws(ModelError) -> ModelStream {
        if let stream { return stream }
        guard let place = place ?? chain.first() else {
            throw ModelError(.badRequest, provider: "", detail: "no model is configured")
        }
        self.place = place
        attemptsHere += 1
        let candidate = chain[place]
        let provider = try sources.provider(for: candidate.reference, profile: chain.profile(place))
        var request = request
        request.model = candidate.target
        let asked = request
        let stream = try await interruptible { () throws(ModelError) in try await provider.stream(asked) }
        if isCancelled {
            stream.cancel()
            throw .cancelled
        }
        self.stream = stream
        return stream
    }

    private func take(_ event: ModelEvent) throws(ModelError) {
        if case .usage(let usage) = event { self.usage = usage }
        if case .finish(let reason) = event {
            if reason == .refusal, !isVisible { throw refusal() }
            deliver(event)
            succeed()
        } else if isVisible || event.isVisible {
            deliver(event)
        } else {
            held.append(event)
        }
    }

    /// What is delivered first says who answers.
    private func deliver(_ event: ModelEvent) {
        if !isVisible, let place {
            isVisible = true
            ready.append(.answering(chain[place].reference))
            ready += held
            held = []
        }
        ready.append(event)
    }

    private func refusal() -> ModelError {
        ModelError(.refusal, provider: place.map { chain[$0].reference.provider } ?? "")
    }

    private func succeed() {
        guard let place else { return }
        chain.succeeded(place)
        record(place, nil, nil)
    }

    private func record(_ place: FallbackChain.Place, _ error: ModelError?, _ decision: FallbackDecision?) {
        attempts.append(
            ModelAttempt(
                model: chain[place].reference, profile: chain.profile(place), error: error, decision: decision,
                usage: usage))
    }

    // MARK: After a failure

    /// Returns when the next attempt may begin.
    private func fail(_ error: ModelError) async throws(ModelError) {
        stream?.cancel()
        stream = nil
        if isCancelled { throw .cancelled }
        guard let place else { throw error }
        chain.failed(place, error)
        var situation = FallbackSituation(error.kind)
        situation.retryAfter = error.retryAfter
        situation.isVisible = isVisible
        situation.attempts = attempts.count + 1
        situation.attemptsHere = attemptsHere
        situation.rotations = rotations
        situation.hasOtherKey = chain.nextKey(after: place) != nil
        situation.hasOtherModel = chain.nextModel(after: place) != nil
        situation.canCompact = compaction != nil && !hasCompacted
        let decision = policy.decide(situation)
        record(place, error, decision)
        held = []
        usage = ModelUsage()
        try await follow(decision, from: place, error)
    }

    private func follow(
        _ decision: FallbackDecision, from place: FallbackChain.Place, _ error: ModelError
    ) async throws(ModelError) {
        switch decision {
        case .giveUp: throw error
        case .retrySame(let delay): try await wait(delay)
        case .nextKey:
            rotations += 1
            attemptsHere = 0
            self.place = chain.nextKey(after: place)
        case .nextModel:
            rotations = 0
            attemptsHere = 0
            self.place = chain.nextModel(after: place)
        case .compactThenRetry:
            hasCompacted = true
            guard let compaction else { throw error }
            let long = request
            guard let short = try await interruptible({ () throws(ModelError) in await compaction(long) }) else {
                // As if it could not: the next model may have room.
                guard let next = chain.nextModel(after: place) else { throw error }
                (self.place, rotations, attemptsHere) = (next, 0, 0)
                return
            }
            request = short
            attemptsHere = 0
        }
    }

    private func wait(_ delay: Duration) async throws(ModelError) {
        let clock = clock
        try await interruptible { () throws(ModelError) in
            do throws(CancellationError) { try await clock.sleep(for: delay) } catch { throw .cancelled }
        }
    }

    /// Runs `body` so that `cancel` ends it, whoever calls that.
    private func interruptible<Value: Sendable>(
        _ body: @escaping @LoopActor @Sendable () async throws(ModelError) -> Value
    ) async throws(ModelError) -> Value {
        let task = startTask { try await body() }
        interrupt = { task.cancel() }
        defer { interrupt = nil }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch let error as ModelError {
            throw error
        } catch {
            throw .cancelled
        }
    }
}
