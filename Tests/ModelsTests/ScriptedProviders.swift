import Platform
import Support

@testable import Models

/// Providers that do as the test says, and what was asked of them.
@LoopActor
final class ScriptedProviders: ProviderSource {
    /// One attempt: what comes, and how it ends.
    enum Step {
        /// The request is refused.
        case refused(ModelError.Kind, Duration? = nil)
        /// These events, then the end.
        case answer([ModelEvent])
        /// These events, then a failure.
        case breaks([ModelEvent], ModelError.Kind)
        /// Nothing, until someone gives up.
        case silent
        /// These events, then nothing until someone gives up.
        case stuck([ModelEvent])
    }

    private var steps: [String: [Step]]
    private(set) var asked: [String] = []
    private(set) var requests: [ModelRequest] = []
    /// Streams that were given up.
    private(set) var abandoned = 0
    /// Attempts that wait for their answer to begin.
    private(set) var waiting = 0
    let clock: FakeClock

    /// Steps by `model` or `model@profile`; the last one for ever.
    init(_ steps: [String: [Step]], clock: FakeClock = FakeClock()) {
        self.steps = steps
        self.clock = clock
    }

    func provider(for reference: ModelReference, profile: String) throws(ModelError) -> any Provider {
        Scripted(owner: self, name: reference.model, profile: profile)
    }

    private func next(_ name: String, _ profile: String) -> Step {
        asked.append("\(name)@\(profile)")
        let key = steps["\(name)@\(profile)"] == nil ? name : "\(name)@\(profile)"
        guard var left = steps[key], let first = left.first else { return .refused(.unknownModel) }
        if left.count > 1 {
            left.removeFirst()
            steps[key] = left
        }
        return first
    }

    private final class Scripted: Provider {
        let owner: ScriptedProviders
        let name: String
        let profile: String

        init(owner: ScriptedProviders, name: String, profile: String) {
            self.owner = owner
            self.name = name
            self.profile = profile
        }

        func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
            owner.requests.append(request)
            switch owner.next(name, profile) {
            case .refused(let kind, let retryAfter):
                throw ModelError(kind, provider: "p", retryAfter: retryAfter)
            case .answer(let events): return ModelStream(Source(owner, events, nil))
            case .breaks(let events, let kind): return ModelStream(Source(owner, events, kind))
            case .stuck(let events): return ModelStream(Source(owner, events, nil, sticks: true))
            case .silent:
                owner.waiting += 1
                defer { owner.waiting -= 1 }
                do throws(CancellationError) { try await owner.clock.sleep(for: .seconds(100_000)) } catch {}
                throw .cancelled
            }
        }
    }

    private final class Source: ModelEventSource {
        let owner: ScriptedProviders
        var events: ArraySlice<ModelEvent>
        let failure: ModelError.Kind?
        let sticks: Bool
        let wakes: Suspension
        var isCancelled = false

        init(_ owner: ScriptedProviders, _ events: [ModelEvent], _ failure: ModelError.Kind?, sticks: Bool = false) {
            self.owner = owner
            self.events = events[...]
            self.failure = failure
            self.sticks = sticks
            wakes = Suspension(owner.clock)
        }

        func next() async throws(ModelError) -> ModelEvent? {
            if let event = events.popFirst() { return event }
            if sticks {
                while !isCancelled { if await wakes.wait() == .cancelled { break } }
                throw .cancelled
            }
            if let failure { throw ModelError(failure, provider: "p") }
            return nil
        }

        func cancel() {
            isCancelled = true
            owner.abandoned += 1
            wakes.wake()
        }
    }
}
