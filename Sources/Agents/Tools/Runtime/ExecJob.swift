import Platform

/// One command from its start until it is forgotten.
@LoopActor
final class ExecJob {
    enum State: Equatable, Sendable {
        case running
        case over(ProcessOutcome)
    }

    /// Bytes of output that are kept: the last ones.
    static let outputLimit = 200_000

    let id: String
    let agentID: String
    let command: String
    let startedAt: WallTime
    private(set) var state = State.running
    private(set) var endedAt: WallTime?
    private(set) var output: [UInt8] = []
    /// All that came, kept or not.
    private(set) var outputCount = 0
    /// How far the output was polled.
    var polled = 0
    var process: (any StartedProcess)?
    private var waiting: [Suspension] = []
    private let clock: any Clock

    init(id: String, agentID: String, command: String, clock: any Clock) {
        self.id = id
        self.agentID = agentID
        self.command = command
        self.clock = clock
        startedAt = clock.wall
    }

    var isRunning: Bool { state == .running }

    func take(_ event: ProcessEvent) {
        switch event {
        case .output(let bytes):
            output += bytes
            outputCount += bytes.count
            // In large steps, so that not each piece moves all the rest.
            if output.count > 2 * Self.outputLimit { output.removeFirst(output.count - Self.outputLimit) }
        case .ended(let outcome):
            state = .over(outcome)
            endedAt = clock.wall
            process = nil
        }
        let waiting = waiting
        self.waiting = []
        for one in waiting { one.wake() }
    }

    /// The last bytes of what came from `start` on, and how many before them are gone.
    func output(from start: Int, limit: Int = outputLimit) -> (bytes: ArraySlice<UInt8>, missing: Int) {
        let kept = min(output.count, Self.outputLimit)
        let wanted = min(outputCount - start, kept, limit)
        let bytes = ToolText.tail(output, max(0, wanted))
        return (bytes, outputCount - start - bytes.count)
    }

    enum Wait: Sendable { case ended, news, deadline, cancelled }

    /// Returns when the command has ended or the time is up; with `forNews`, also when it has written more than was
    /// polled.
    func wait(until deadline: Instant, forNews: Bool = false) async -> Wait {
        while isRunning {
            if forNews, outputCount > polled { return .news }
            let place = Suspension(clock)
            waiting.append(place)
            let wake = await place.wait(until: deadline)
            waiting.removeAll { $0 === place }
            switch wake {
            case .event: continue
            case .deadline: return isRunning ? .deadline : .ended
            case .cancelled: return .cancelled
            }
        }
        return .ended
    }

    /// How it stands, in words.
    var outcome: String {
        switch state {
        case .running: "running"
        case .over(.ended(let ending)): "\(ending)"
        case .over(.timedOut): "ended at its deadline"
        case .over(.stopped): "stopped"
        case .over(.lost): "ended; how, nobody knows"
        }
    }
}
