import Failover
import Platform

/// Has a node that stands by prove now and then that it could answer, so that nobody learns on the night itself that a key
/// has expired.
@LoopActor
final class StandbyProofs {
    /// After the start, when everything else has settled.
    static let firstPause = Duration.seconds(60)
    /// From one that failed and may pass by itself to the next.
    static let retryPause = Duration.seconds(300)

    /// After a change that came while a proof was under way.
    static let changePause = Duration.seconds(10)

    private let interval: Duration
    private let clock: any Clock
    private let prove: @LoopActor () async -> [StandbyFault]
    private let isWanted: @LoopActor () -> Bool
    private let pause: Suspension
    private var isDraining = false
    /// Something changed while a proof was under way; what the proof itself changes is its own doing.
    private var isChanged = false
    private var isFetching = false
    private(set) var report = SyncReport()
    /// What people were told of since all was well.
    private var told: Set<String> = []

    /// Told of each proof that is not to be kept from people: nil when all is well again.
    var onNews: @LoopActor (String?) -> Void = { _ in }

    init(
        every interval: Duration, clock: any Clock, isWanted: @escaping @LoopActor () -> Bool,
        prove: @escaping @LoopActor () async -> [StandbyFault]
    ) {
        self.interval = interval
        self.clock = clock
        self.isWanted = isWanted
        self.prove = prove
        pause = Suspension(clock)
    }

    /// Nil for a node that has nothing to prove.
    convenience init?(
        _ settings: FailoverSettings, _ monitor: FailoverMonitor, clock: any Clock,
        prove: @escaping @LoopActor () async -> [StandbyFault]
    ) {
        guard let interval = settings.proofInterval else { return nil }
        // A node that acts shows by its channels and its answers what works; one that is cut off knows that.
        self.init(
            every: .milliseconds(interval), clock: clock,
            isWanted: { [weak monitor] in monitor?.isStandingBy ?? false },
            prove: prove)
    }

    func start() { startTask { await self.run() } }

    func drain() {
        isDraining = true
        pause.wake()
    }

    /// What failed may have been mended: it is looked at now, unless the proof did that itself.
    func configurationChanged() {
        guard !isFetching else { return }
        isChanged = true
        if report.failure != nil { pause.wake() }
    }

    /// Lets `body` fetch what the proof goes by.
    func fetching(_ body: @LoopActor () async -> Void) async {
        isFetching = true
        await body()
        isFetching = false
    }

    /// The last proof, and how old the last good one is.
    var json: JSON { report.json(now: clock.wall) }

    private func run() async {
        var next = min(Self.firstPause, interval)
        while !isDraining {
            if await pause.wait(until: clock.now + next) == .cancelled || isDraining { break }
            next = min(Self.retryPause, interval)
            guard isWanted() else { continue }
            isChanged = false
            let faults = await prove()
            if isDraining { break }
            note(faults)
            if isChanged, !faults.isEmpty {
                next = min(Self.changePause, interval)
                continue
            }
            // A key that was refused is not shown again and again; a change of the configuration comes first.
            if faults.allSatisfy(\.isLasting) { next = interval }
        }
    }

    private func note(_ faults: [StandbyFault]) {
        report.lastTry = clock.wall
        guard !faults.isEmpty else {
            report.lastSuccess = clock.wall
            report.failure = nil
            report.failures = 0
            if !told.isEmpty { onNews(nil) }
            told = []
            return
        }
        let text = faults.map(\.text).joined(separator: "; ").cut(to: Self.textLimit)
        report.failure = text
        report.failures += 1
        // What may pass is looked at a second time first.
        guard report.failures > 1 || faults.contains(where: \.isLasting) else { return }
        let keys = Set(faults.map(\.key))
        guard !keys.isSubset(of: told) else { return }
        told.formUnion(keys)
        onNews(text)
    }

    private static let textLimit = 500
}
