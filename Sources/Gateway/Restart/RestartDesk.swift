import Platform
import Settings

/// A wish that the gateway starts anew.
struct RestartRequest: Hashable, Sendable {
    enum Patience: Int, Hashable, Sendable, Comparable {
        /// When no run is under way, or the time for that is over.
        case whenIdle
        /// Now: what is under way gets the drain's time.
        case now
        /// Now, and what is under way is cut.
        case atOnce

        static func < (one: Patience, other: Patience) -> Bool { one.rawValue < other.rawValue }
    }

    var reason: String
    var patience = Patience.now
    /// For what is under way, in the place of the usual time.
    var drainTime: Duration?
    var delay = Duration.zero
}

/// Why the gateway does not start anew.
enum RestartRefusal: Error, CustomStringConvertible {
    case off
    case noProgram
    case notRunnable(String, SystemError)
    /// The next start would refuse this configuration.
    case configuration(ConfigRefusal)

    var description: String {
        switch self {
        case .off: "restarts from chats and by signal are off (commands.restart is false)"
        case .noProgram: "the system does not tell which file this program is; end it and run it again"
        case .notRunnable(let path, let error): "\(path) cannot be run any more: \(error.reason); put it back first"
        case .configuration(let refusal):
            "the gateway goes on as it is, for it would not start again: \(refusal)"
        }
    }
}

/// Restarts that were asked for: many wishes, one restart.
@LoopActor
final class RestartDesk {
    /// What a wish came to.
    enum Answer: Equatable {
        case begun
        /// It waits for work under way.
        case waits(until: Duration?)
        /// Another wish was first.
        case coalesced
    }

    private enum State {
        case none
        case checking
        case waiting(RestartRequest)
        case begun
    }

    static let pollTime = Duration.milliseconds(250)

    /// Of this start: whoever asks names the gateway that is meant, and a wish that comes late finds another.
    let runID: String
    let means: RestartMeans?
    private let clock: any Clock
    private var state = State.none
    private var deadline: Instant?
    private var timer: LoopTimer?

    /// `commands.restart`: whether chats and signals may ask.
    private(set) var isOn = true
    /// How many runs are under way.
    var work: @LoopActor () -> Int = { 0 }
    /// Why the next start would fail.
    var obstacle: @LoopActor () async -> RestartRefusal? = { nil }
    /// `gateway.reload.deferralTimeoutMs`; nil waits for ever.
    var deferralTime: @LoopActor () -> Duration? = { RestartDesk.defaultDeferral }
    /// Ends this start.
    var begin: @LoopActor (RestartRequest) -> Void = { _ in }

    nonisolated static let defaultDeferral = Duration.seconds(300)

    init(means: RestartMeans?, runID: String = Hex.encode(SecureRandom.bytes(8)), clock: any Clock) {
        self.means = means
        self.runID = runID
        self.clock = clock
    }

    /// Whether a restart is on its way.
    var isPending: Bool { if case .none = state { false } else { true } }

    func ask(_ request: RestartRequest) async throws(RestartRefusal) -> Answer {
        switch state {
        case .begun, .checking: return .coalesced
        case .waiting(let first):
            guard request.patience > first.patience else { return .coalesced }
            start(request)
            return .begun
        case .none: break
        }
        state = .checking
        do throws(RestartRefusal) {
            try checkProgram()
            if let refusal = await obstacle() { throw refusal }
        } catch {
            state = .none
            throw error
        }
        guard request.patience == .whenIdle, work() > 0 else {
            start(request)
            return .begun
        }
        state = .waiting(request)
        let time = deferralTime()
        deadline = time.map { clock.now + $0 }
        poll(request)
        return .waits(until: time)
    }

    private func checkProgram() throws(RestartRefusal) {
        switch means {
        case nil: throw .noProgram
        case .supervised: break
        case .inPlace(let program):
            if let error = ProcessReplacement.obstacle(program) { throw .notRunnable(program, error) }
        }
    }

    private func poll(_ request: RestartRequest) {
        guard case .waiting = state else { return }
        let isLate = deadline.map { clock.now >= $0 } ?? false
        if isLate || work() == 0 { return start(request) }
        arm(Self.pollTime) { $0.poll(request) }
    }

    private func start(_ request: RestartRequest) {
        state = .begun
        guard request.delay > .zero else { return begin(request) }
        arm(request.delay) { $0.begin(request) }
    }

    private func arm(_ time: Duration, _ action: @escaping @LoopActor (RestartDesk) -> Void) {
        timer?.cancel()
        let timer = LoopTimer(clock) { [weak self] in
            if let self { action(self) }
        }
        timer.arm(at: clock.now + time)
        self.timer = timer
    }
}

extension RestartDesk {
    /// Goes by what the configuration says of restarts, and starts nothing anew that it would keep from starting.
    func follow(_ configuration: LiveConfiguration) {
        obstacle = { [weak configuration] in (await configuration?.refusalOfNextStart()).map { .configuration($0) } }
        configuration.add(["commands.restart", "gateway.reload.deferralTimeoutMs"]) {
            [weak self] snapshot in
            let isOn = snapshot.bool("commands.restart") ?? true
            let time = snapshot.integer("gateway.reload.deferralTimeoutMs").map { Duration.milliseconds($0) }
            self?.isOn = isOn
            self?.deferralTime = { time == .zero ? nil : time ?? Self.defaultDeferral }
        }
    }
}
