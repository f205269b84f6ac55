/// Connects to whichever of a host's addresses answers first (RFC 8305, "happy eyeballs"): a broken IPv6 costs a quarter
/// of a second instead of minutes.
@LoopActor
final class ConnectRace {
    /// Section 8: how long an attempt goes alone before the next one joins it.
    static let attemptDelay = Duration.milliseconds(250)

    struct Failure: Error {
        enum Reason { case allFailed, timedOut, cancelled }
        let reason: Reason
        let failed: [FailedAttempt]
        /// Those that had not answered yet.
        let pending: [SocketAddress]
    }

    private let addresses: [SocketAddress]
    private let connecting: any Connecting
    private let clock: any Clock
    private let suspension: Suspension
    private var running: [Int: any ConnectAttempt] = [:]
    private var failed: [FailedAttempt] = []
    private var winner: (stream: SocketStream, address: SocketAddress)?
    private var next = 0
    private var nextStart: Instant

    init(_ addresses: [SocketAddress], _ connecting: any Connecting, _ clock: any Clock) {
        self.addresses = Self.interleaved(addresses)
        self.connecting = connecting
        self.clock = clock
        suspension = Suspension(clock)
        nextStart = clock.now
    }

    /// To be called once.
    func run(by deadline: Instant?) async throws(Failure) -> (stream: SocketStream, address: SocketAddress) {
        defer {
            for (_, attempt) in running.sorted(by: { $0.key < $1.key }) { attempt.cancel() }
            running = [:]
        }
        while true {
            if let winner {
                // A cancelled caller has no use for it.
                if !Task.isCancelled { return winner }
                winner.stream.close()
                throw failure(.cancelled)
            }
            if next < addresses.count, running.isEmpty || clock.now >= nextStart {
                startNext()
                continue
            }
            if running.isEmpty { throw failure(.allFailed) }
            var wakeTime = deadline
            if next < addresses.count { wakeTime = deadline.map { min($0, nextStart) } ?? nextStart }
            switch await suspension.wait(until: wakeTime) {
            case .event: break
            case .deadline: if let deadline, clock.now >= deadline, winner == nil { throw failure(.timedOut) }
            case .cancelled: if winner == nil { throw failure(.cancelled) }
            }
        }
    }

    private func startNext() {
        let number = next
        next += 1
        nextStart = clock.now + Self.attemptDelay
        do throws(SystemError) {
            let attempt = try connecting.connect(to: addresses[number]) { self.finished(number, $0) }
            running[number] = attempt
        } catch {
            failed.append(FailedAttempt(address: addresses[number], error: error))
            nextStart = clock.now
        }
    }

    private func finished(_ number: Int, _ result: Result<SocketStream, SystemError>) {
        running[number] = nil
        switch result {
        case .success(let stream):
            if winner == nil { winner = (stream, addresses[number]) } else { stream.close() }
        case .failure(let error):
            failed.append(FailedAttempt(address: addresses[number], error: error))
            // Section 5: a failure does not wait for the delay to pass.
            nextStart = clock.now
        }
        suspension.wake()
    }

    private func failure(_ reason: Failure.Reason) -> Failure {
        Failure(reason: reason, failed: failed, pending: running.keys.sorted().map { addresses[$0] })
    }

    /// Section 4: the families alternate, beginning with that of the first address; within each the order stays.
    nonisolated static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        guard let family = addresses.first?.family else { return [] }
        let (first, second) = (addresses.filter { $0.family == family }, addresses.filter { $0.family != family })
        return (0..<max(first.count, second.count)).flatMap { index in
            Array(first.dropFirst(index).prefix(1)) + Array(second.dropFirst(index).prefix(1))
        }
    }
}
