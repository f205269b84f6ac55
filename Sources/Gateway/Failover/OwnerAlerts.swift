import Failover
import Platform

/// What the owner is to hear of: each thing once, and not lost while nobody can say it.
@LoopActor
final class OwnerAlerts {
    /// The same words are not said again so soon.
    static let silence = Duration.seconds(600)
    /// From one try to the next, when nobody could say it; doubled each time.
    static let retryPause = Duration.seconds(60)
    static let longestPause = Duration.seconds(3600)
    /// What is older is in the history.
    static let keepTime = Duration.seconds(86_400)
    static let limit = 8

    private let clock: any Clock
    private let log: Log
    /// Returns whether somebody said it.
    private let deliver: @LoopActor (String) async -> Bool
    private var said: [String: Instant] = [:]
    private var waiting: [(text: String, since: Instant)] = []
    private var isTrying = false
    private let pause: Suspension

    init(clock: any Clock, log: Log, deliver: @escaping @LoopActor (String) async -> Bool) {
        self.clock = clock
        self.log = log
        self.deliver = deliver
        pause = Suspension(clock)
    }

    /// Logs it, and says whether it is to go on. `turn` tells events apart that have the same words.
    func isNew(_ text: String, turn: String = "") -> Bool {
        let key = "\(turn) \(text)"
        if let before = said[key], clock.now - before < Self.silence { return false }
        said = said.filter { clock.now - $0.value < Self.silence }
        said[key] = clock.now
        log.warn("\(text)")
        return true
    }

    /// Never waits for anybody.
    func tell(_ text: String) {
        if waiting.count >= Self.limit { waiting.removeFirst() }
        waiting.append((text, clock.now))
        if isTrying { return pause.wake() }
        isTrying = true
        startTask { await self.work() }
    }

    private func work() async {
        var wait = Self.retryPause
        while let first = waiting.first {
            let age = clock.now - first.since
            if age > Self.keepTime {
                waiting.removeFirst()
                continue
            }
            let text =
                age < Self.retryPause ? first.text : "\(first.text) (\(age.inNanoseconds / 60_000_000_000) min ago)"
            if await deliver(text) {
                // While it waited older ones may have been dropped.
                if waiting.first?.since == first.since { waiting.removeFirst() }
                wait = Self.retryPause
                continue
            }
            log.debug("nobody can tell the owner now")
            switch await pause.wait(until: clock.now + wait) {
            case .deadline: wait = min(wait * 2, Self.longestPause)
            case .event: break
            case .cancelled:
                isTrying = false
                return
            }
        }
        isTrying = false
    }
}

extension FailoverAlert {
    var isSwitch: Bool {
        switch self {
        case .tookOver, .steppedBack: true
        case .isolated, .flapping, .blocked, .foreign, .stillUp, .wouldNotStandAside: false
        }
    }

    /// Each switch is told of; what keeps a node from one is not told again and again.
    func turn(_ epoch: UInt64) -> String { isSwitch ? "\(epoch)" : "" }
}
