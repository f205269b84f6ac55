/// Tells the service manager that started this process how it is, as sd_notify(3) describes.
@LoopActor
package final class ServiceNotifier {
    private let socket: String
    private let clock: any Clock
    /// How often the manager is told that the loop still turns; nil when it does not ask for it.
    private let interval: Duration?
    private var timer: LoopTimer?
    /// Why the last word did not reach the manager.
    private(set) package var failure: SystemError?

    /// Nil when no manager listens.
    package init?(_ environment: Environment, process: Int32 = ProcessFacts.own, clock: any Clock) {
        guard let socket = environment["NOTIFY_SOCKET"], !socket.isEmpty else { return nil }
        self.socket = socket
        self.clock = clock
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let time = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        interval = isMeant ? time.map { .microseconds($0) / Self.reports } : nil
    }

    /// How many times within the manager's limit: one that is late by a third of it is not yet dead.
    static let reports = 3

    package func ready(_ status: String) {
        tell("READY=1\nSTATUS=\(status)")
        beat()
    }

    package func stopping(_ status: String) { tell("STOPPING=1\nSTATUS=\(status)") }

    /// Says no more.
    package func end() {
        timer?.cancel()
        timer = nil
    }

    private func beat() {
        guard let interval else { return }
        tell("WATCHDOG=1")
        let timer = timer ?? LoopTimer(clock) { [weak self] in self?.beat() }
        self.timer = timer
        timer.arm(at: clock.now + interval)
    }

    private func tell(_ text: String) {
        do throws(SystemError) {
            try Socket.send(text, toDatagramSocket: socket)
            failure = nil
        } catch {
            failure = error
        }
    }
}
