import Contract
import Platform

/// The control plane's own beat: a tick for every connection, and a fresh look at the health.
@LoopActor
final class Pulse {
    private let clock: any Clock
    private var timers: [LoopTimer] = []

    init(hub: EventHub, report: HealthReport, clock: any Clock) {
        self.clock = clock
        every(WireFacts.tickInterval) { hub.broadcast(.tick, ["ts": .int(clock.wall.milliseconds)]) }
        every(WireFacts.healthInterval) { report.refresh() }
    }

    private func every(_ interval: Duration, _ action: @escaping @LoopActor () -> Void) {
        let clock = clock
        let index = timers.count
        let timer = clock.makeTimer { [weak self] in
            action()
            self?.timers[index].arm(at: clock.now + interval)
        }
        timers.append(timer)
        timer.arm(at: clock.now + interval)
    }

    func stop() {
        for timer in timers { timer.cancel() }
    }
}
