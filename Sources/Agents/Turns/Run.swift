import Models
import Platform

/// One run from its acceptance to its result.
@LoopActor
final class Run {
    enum State {
        case waiting
        /// With those whose messages it answers as well.
        case running
        case finished(RunResult)
    }

    private(set) var request: RunRequest
    let acceptedAt: WallTime
    let mode: QueueMode
    private(set) var state = State.waiting
    private(set) var startedAt: WallTime?
    /// All that it said, over all its answers.
    private(set) var text = ""
    /// Why it is to end before its time; nil while it is not.
    private(set) var abortReason: String?
    /// Runs whose messages are answered by this one.
    private(set) var joined: [Run] = []

    /// As its session says, once that is open.
    var isVerbose = false

    private var observers: [any RunObserver] = []
    private let watchers: [any RunWatching]
    private var waiting: [Suspension] = []
    /// Cancels what is under way.
    private var cancel: (@Sendable () -> Void)?

    init(_ request: RunRequest, mode: QueueMode, acceptedAt: WallTime, watchers: [any RunWatching]) {
        self.request = request
        self.mode = mode
        self.acceptedAt = acceptedAt
        self.watchers = watchers
    }

    var id: String { request.id }
    var key: SessionKey { request.sessionKey }

    var result: RunResult? {
        if case .finished(let result) = state { result } else { nil }
    }

    var facts: RunFacts {
        RunFacts(
            id: id, sessionKey: key, origin: request.origin, acceptedAt: acceptedAt, startedAt: startedAt, text: text,
            isVerbose: isVerbose)
    }

    func observe(_ observer: any RunObserver) { observers.append(observer) }

    /// What stands behind a command is the message from now on.
    func reword(_ words: String) { request.message = [.text(words)] }

    // MARK: What happens

    /// Tells everybody who follows, one after the other.
    func tell(_ event: RunEvent) async {
        if case .text(let new) = event { text += new }
        for watcher in watchers { await watcher.take(event, of: facts) }
        for observer in observers { await observer.take(event) }
    }

    func begin(at time: WallTime) async {
        state = .running
        startedAt = time
        await tell(.started(time))
    }

    /// Another run's message is answered by this one from now on.
    func join(_ other: Run, at time: WallTime) async {
        joined.append(other)
        await other.begin(at: time)
    }

    /// The end, for it and for those that joined it: they learn how it ended, and the words stay this one's.
    func finish(_ result: RunResult) async {
        guard self.result == nil else { return }
        state = .finished(result)
        await tell(.finished(result))
        for one in waiting { one.wake() }
        for other in joined {
            var theirs = result
            theirs.text = ""
            theirs.usage = ModelUsage()
            theirs.cost = nil
            await other.finish(theirs)
        }
    }

    /// Does `body`, which `abort` cancels, and returns what came of it.
    func perform<Value: Sendable>(
        returning body: @escaping @LoopActor @Sendable () async -> Value
    ) async -> Value? {
        let task = startTask { await body() }
        cancel = { task.cancel() }
        if abortReason != nil { task.cancel() }
        defer { cancel = nil }
        return try? await task.value
    }

    /// Asks it to end. False when it has ended, or was asked before.
    func abort(_ reason: String) -> Bool {
        guard result == nil, abortReason == nil else { return false }
        abortReason = reason
        cancel?()
        return true
    }

    /// Returns its result, or nil when there is none by then.
    func ended(within time: Duration, clock: any Clock) async -> RunResult? {
        let deadline = clock.now + time
        while result == nil {
            let place = Suspension(clock)
            waiting.append(place)
            let wake = await place.wait(until: deadline)
            waiting.removeAll { $0 === place }
            if wake != .event { break }
        }
        return result
    }
}
