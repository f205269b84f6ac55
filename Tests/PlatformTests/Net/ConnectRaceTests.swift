import Platform
import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Attempts that end as the test says, at the time it says.
@LoopActor
final class FakeConnecting: Connecting {
    enum Fate {
        case refused(after: Duration)
        case connected(after: Duration)
        case silence
        case unreachableAtOnce
    }

    let clock: FakeClock
    let fates: [SocketAddress: Fate]
    var started: [(address: SocketAddress, at: Duration)] = []
    var cancelled: [SocketAddress] = []
    var handedOut: [SocketStream] = []
    private let begin: Instant

    init(_ clock: FakeClock, _ fates: [SocketAddress: Fate]) {
        (self.clock, self.fates, begin) = (clock, fates, clock.now)
    }

    final class Attempt: ConnectAttempt {
        var timer: LoopTimer?
        let onCancel: () -> Void
        init(onCancel: @escaping () -> Void) { self.onCancel = onCancel }
        func cancel() {
            timer?.cancel()
            onCancel()
        }
    }

    func connect(
        to address: SocketAddress, whenDone: @escaping @LoopActor (Result<SocketStream, SystemError>) -> Void
    ) throws(SystemError) -> any ConnectAttempt {
        started.append((address, clock.now - begin))
        let attempt = Attempt { self.cancelled.append(address) }
        switch fates[address] {
        case .refused(let delay):
            attempt.timer = LoopTimer(clock) {
                whenDone(.failure(SystemError(code: ECONNREFUSED, call: "connect")))
            }
            attempt.timer?.arm(at: clock.now + delay)
        case .connected(let delay):
            attempt.timer = LoopTimer(clock) {
                let stream = SocketStream(descriptor: try! Socket.startConnecting(to: .loopback(port: 1)))
                self.handedOut.append(stream)
                whenDone(.success(stream))
            }
            attempt.timer?.arm(at: clock.now + delay)
        case .silence, nil: break
        case .unreachableAtOnce: throw SystemError(code: ENETUNREACH, call: "connect")
        }
        return attempt
    }
}

private let v6 = (1...3).map { SocketAddress(host: "2001:db8::\($0)", port: 443)! }
private let v4 = (1...3).map { SocketAddress(host: "192.0.2.\($0)", port: 443)! }

@Suite struct ConnectRaceTests {
    /// Runs a race on a fake clock in steps of 10 ms until it ends. Returns the winner or the failure, and when.
    @LoopActor
    private func race(
        _ addresses: [SocketAddress], _ connecting: FakeConnecting, deadline: Duration? = nil,
        cancelAfter: Duration? = nil
    ) async throws -> (Result<SocketAddress, ConnectRace.Failure>, took: Duration) {
        let clock = connecting.clock
        let begin = clock.now
        let race = ConnectRace(addresses, connecting, clock)
        let task = startTask { () -> (Result<SocketAddress, ConnectRace.Failure>, Duration) in
            do throws(ConnectRace.Failure) {
                let (stream, address) = try await race.run(by: deadline.map { begin + $0 })
                stream.close()
                return (.success(address), clock.now - begin)
            } catch {
                return (.failure(error), clock.now - begin)
            }
        }
        await clock.settle()
        for _ in 0..<1000 {
            if let cancelAfter, clock.now - begin >= cancelAfter { task.cancel() }
            await clock.advance(by: .milliseconds(10))
        }
        let result = try await task.value
        #expect(clock.timers.count == 0)
        return result
    }

    @Test func familiesAlternateBeginningWithTheFirst() {
        #expect(
            ConnectRace.interleaved([v6[0], v6[1], v6[2], v4[0], v4[1]]) == [v6[0], v4[0], v6[1], v4[1], v6[2]])
        #expect(ConnectRace.interleaved([v4[0], v4[1], v6[0]]) == [v4[0], v6[0], v4[1]])
        #expect(ConnectRace.interleaved([]) == [])
    }

    @Test func anAddressThatAnswersAtOnceIsTheOnlyOneTried() async throws {
        try await onLoop {
            let connecting = FakeConnecting(FakeClock(), [v6[0]: .connected(after: .milliseconds(249))])
            let (result, took) = try await race([v6[0], v4[0]], connecting)
            #expect(try result.get() == v6[0])
            #expect(took == .milliseconds(249))
            #expect(connecting.started.map(\.address) == [v6[0]])
        }
    }

    @Test func aBlackHoleIsJoinedAfterAQuarterOfASecondAndGivenUpWhenTheOtherWins() async throws {
        try await onLoop {
            let connecting = FakeConnecting(
                FakeClock(), [v6[0]: .silence, v4[0]: .connected(after: .milliseconds(30))])
            let (result, took) = try await race([v6[0], v6[1], v4[0], v4[1]], connecting)
            #expect(try result.get() == v4[0])
            #expect(took == .milliseconds(280))
            #expect(connecting.started.map(\.at) == [.zero, .milliseconds(250)])
            #expect(connecting.cancelled == [v6[0]])
        }
    }

    @Test func aFailureStartsTheNextWithoutDelay() async throws {
        try await onLoop {
            let connecting = FakeConnecting(
                FakeClock(),
                [
                    v6[0]: .refused(after: .milliseconds(20)), v4[0]: .unreachableAtOnce,
                    v6[1]: .connected(after: .milliseconds(20)),
                ])
            let (result, took) = try await race([v6[0], v6[1], v4[0]], connecting)
            #expect(try result.get() == v6[1])
            #expect(took == .milliseconds(40))
            #expect(connecting.started.map(\.at) == [.zero, .milliseconds(20), .milliseconds(20)])
        }
    }

    @Test func whoSucceedsLateIsClosed() async throws {
        try await onLoop {
            let connecting = FakeConnecting(
                FakeClock(),
                [v6[0]: .connected(after: .milliseconds(300)), v4[0]: .connected(after: .milliseconds(50))])
            let (result, _) = try await race([v6[0], v4[0]], connecting)
            // Both succeed in the same instant; one wins, the other must not stay open.
            #expect(try [v6[0], v4[0]].contains(result.get()))
            for stream in connecting.handedOut {
                #expect { _ = try stream.write([1].span) } throws: { $0 as? StreamError == .closed }
            }
        }
    }

    @Test func whenAllFailEachIsNamedWithItsReason() async throws {
        try await onLoop {
            let connecting = FakeConnecting(
                FakeClock(),
                [
                    v6[0]: .unreachableAtOnce, v4[0]: .refused(after: .milliseconds(5)),
                    v4[1]: .refused(after: .seconds(1)),
                ]
            )
            let (result, _) = try await race([v6[0], v4[0], v4[1]], connecting)
            guard case .failure(let failure) = result else { Issue.record("a connection came about"); return }
            #expect(failure.reason == .allFailed)
            #expect(
                failure.failed.map(\.description) == [
                    "[2001:db8::1]:443: Network is unreachable", "192.0.2.1:443: Connection refused",
                    "192.0.2.2:443: Connection refused",
                ])
        }
    }

    @Test func theDeadlineEndsAllAttemptsAndNamesTheSilentOnes() async throws {
        try await onLoop {
            let connecting = FakeConnecting(
                FakeClock(), [v6[0]: .silence, v4[0]: .refused(after: .milliseconds(10)), v4[1]: .silence])
            let (result, took) = try await race([v6[0], v4[0], v4[1]], connecting, deadline: .seconds(1))
            guard case .failure(let failure) = result else { Issue.record("a connection came about"); return }
            #expect(failure.reason == .timedOut)
            #expect(failure.pending == [v6[0], v4[1]])
            #expect(failure.failed.map(\.address) == [v4[0]])
            #expect(took == .seconds(1))
            #expect(connecting.cancelled == [v6[0], v4[1]])
        }
    }

    @Test func cancellationEndsAllAttempts() async throws {
        try await onLoop {
            let connecting = FakeConnecting(FakeClock(), [:])
            let (result, _) = try await race([v6[0], v4[0]], connecting, cancelAfter: .milliseconds(400))
            guard case .failure(let failure) = result else { Issue.record("a connection came about"); return }
            #expect(failure.reason == .cancelled)
            #expect(connecting.cancelled == [v6[0], v4[0]])
        }
    }
}
