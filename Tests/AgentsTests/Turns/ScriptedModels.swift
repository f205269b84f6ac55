import Models
import Platform
import Support

@testable import Agents

/// Models that do as the test says, and what was asked of them.
@LoopActor
final class ScriptedModels: ProviderSource {
    /// One attempt: what comes, and how it ends.
    enum Step {
        case refused(ModelError.Kind, Duration? = nil)
        case answer([ModelEvent])
        /// These events, then a failure.
        case breaks([ModelEvent], ModelError.Kind)
        /// These events, then nothing until someone gives up or the test lets go.
        case stuck([ModelEvent])
        /// No answer begins, until someone gives up.
        case silent
    }

    private var steps: [String: [Step]]
    private(set) var asked: [String] = []
    private(set) var requests: [ModelRequest] = []
    /// Streams that were given up.
    private(set) var abandoned = 0
    /// Streams that are stuck now.
    private(set) var stuck: [Suspension] = []
    private(set) var released = false
    let clock: FakeClock

    /// Steps by model; the last one for ever.
    init(_ steps: [String: [Step]], clock: FakeClock) {
        self.steps = steps
        self.clock = clock
    }

    static func says(_ text: String, usage: ModelUsage = ModelUsage(input: 10, output: 5)) -> Step {
        .answer([.started(id: nil, model: nil), .text(text), .usage(usage), .finish(.stop)])
    }

    static func calls(_ calls: [(id: String, name: String, arguments: String)], saying text: String = "") -> Step {
        var events: [ModelEvent] = text.isEmpty ? [] : [.text(text)]
        for (index, call) in calls.enumerated() {
            events += [
                .toolCallStart(index: index, id: call.id, name: call.name),
                .toolCallArguments(index: index, call.arguments), .toolCallEnd(index: index, seal: nil),
            ]
        }
        return .answer(events + [.usage(ModelUsage(input: 10, output: 5)), .finish(.toolCalls)])
    }

    /// What is stuck goes on to its end.
    func release() {
        released = true
        for place in stuck { place.wake() }
    }

    func provider(for reference: ModelReference, profile: String) throws(ModelError) -> any Provider {
        Scripted(self, reference.model)
    }

    private func next(_ name: String, _ request: ModelRequest) -> Step {
        asked.append(name)
        requests.append(request)
        guard var left = steps[name], let first = left.first else { return .refused(.unknownModel) }
        if left.count > 1 {
            left.removeFirst()
            steps[name] = left
        }
        return first
    }

    private final class Scripted: Provider {
        let owner: ScriptedModels
        let name: String

        init(_ owner: ScriptedModels, _ name: String) {
            self.owner = owner
            self.name = name
        }

        func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
            switch owner.next(name, request) {
            case .refused(let kind, let wait): throw ModelError(kind, provider: "p", retryAfter: wait)
            case .answer(let events): return ModelStream(Source(owner, events, nil, sticks: false))
            case .breaks(let events, let kind): return ModelStream(Source(owner, events, kind, sticks: false))
            case .stuck(let events): return ModelStream(Source(owner, events, nil, sticks: true))
            case .silent:
                do throws(CancellationError) { try await owner.clock.sleep(for: .seconds(100_000)) } catch {}
                throw .cancelled
            }
        }
    }

    private final class Source: ModelEventSource {
        let owner: ScriptedModels
        var events: ArraySlice<ModelEvent>
        let failure: ModelError.Kind?
        let sticks: Bool
        let wakes: Suspension
        var isCancelled = false
        var isDone = false

        init(_ owner: ScriptedModels, _ events: [ModelEvent], _ failure: ModelError.Kind?, sticks: Bool) {
            self.owner = owner
            self.events = events[...]
            self.failure = failure
            self.sticks = sticks
            wakes = Suspension(owner.clock)
        }

        func next() async throws(ModelError) -> ModelEvent? {
            if let event = events.popFirst() { return event }
            if sticks, !isDone {
                owner.stuck.append(wakes)
                while !isCancelled, !owner.released { if await wakes.wait() == .cancelled { break } }
                owner.stuck.removeAll { $0 === wakes }
                guard owner.released else { throw .cancelled }
                isDone = true
                return .finish(.stop)
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
