import Platform

/// Looks now and then whether the state directory is still the one that this gateway holds. Removed or replaced beneath
/// it, all goes on in files that nobody will find again: that is not ready, and a second gateway could start there.
@LoopActor
final class StateWatch {
    static let interval = Duration.seconds(10)
    static let failure = "the state directory was removed or replaced while the gateway runs; put it back or restart"

    private let health: GatewayHealth
    private let log: Log
    private let isInPlace: @LoopActor () async -> Bool
    private let clock: any Clock
    private var timer: LoopTimer?
    private var isLost = false

    init(
        health: GatewayHealth, log: Log, clock: any Clock, isInPlace: @escaping @LoopActor () async -> Bool
    ) {
        self.health = health
        self.log = log
        self.clock = clock
        self.isInPlace = isInPlace
        timer = clock.makeTimer { [weak self] in startTask { await self?.look() } }
    }

    func start() { timer?.arm(at: clock.now + Self.interval) }

    func stop() {
        timer?.cancel()
        timer = nil
    }

    private func look() async {
        let isLost = await !isInPlace()
        guard timer != nil else { return }
        if isLost != self.isLost {
            self.isLost = isLost
            health.report("state", failure: isLost ? Self.failure : nil)
            if isLost { log.error(Self.failure) } else { log.info("the state directory is back in its place") }
        }
        start()
    }
}
