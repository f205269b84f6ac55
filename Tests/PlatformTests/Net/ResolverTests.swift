import Platform
import Support
import Testing

/// A look-up that blocks its thread until the test lets it go.
private final class Gate: Sendable {
    struct State: Sendable {
        var asked: [String] = []
        var answers: [String: Result<[SocketAddress], ResolveError>] = [:]
    }

    let state = Monitor(State())

    func lookUp(_ host: String) -> Result<[SocketAddress], ResolveError> {
        state.broadcast { $0.asked.append(host) }
        return state.wait { $0.answers[host] }
    }

    func answer(_ host: String, _ result: Result<[SocketAddress], ResolveError>) {
        state.broadcast { $0.answers[host] = result }
    }

    var asked: [String] { state.withLock { $0.asked } }
}

@Suite struct ResolverTests {
    private let found = SocketAddress(host: "192.0.2.7", port: 0)!

    @Test func addressesNeedNoThread() async throws {
        try await onLoop {
            let resolver = SystemResolver { _ in fatalError("asked for an address") }
            let four = try await resolver.resolve("192.0.2.1", port: 80, by: nil)
            #expect(four == [SocketAddress(host: "192.0.2.1", port: 80)!])
            let six = try await resolver.resolve("2001:db8::1", port: 80, by: nil)
            #expect(six == [SocketAddress(host: "2001:db8::1", port: 80)!])
            let zone = try await resolver.resolve("fe80::1%lo", port: 80, by: nil)
            #expect(zone.map(\.description) == ["[fe80::1]:80"])
            for host in ["", "a b", "1.2.3", "0x7f.1", "127.1", "1", "fe80::1%nowhere0", "::1::", "-a", "a..b", "a\0b"]
            {
                await #expect(throws: ResolveError.invalidName) {
                    _ = try await resolver.resolve(host, port: 1, by: nil)
                }
            }
        }
    }

    @Test func hostNamesEndAtTheirLimits() {
        let label = String(repeating: "a", count: 63)
        let long = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(long.utf8.count == 253)
        #expect(HostName.isValid(long) && HostName.isValid(long + ".") && HostName.isValid(String(long.dropLast())))
        #expect(!HostName.isValid(long + "b"))
        #expect(HostName.isValid(label) && !HostName.isValid(label + "a") && HostName.isValid(String(label.dropLast())))
    }

    @Test func thisMachineIsKnownWithoutAskingAnybody() async throws {
        try await onLoop {
            let resolver = SystemResolver { _ in fatalError("asked for this machine") }
            for name in ["localhost", "LocalHost", "localhost.", "gateway.localhost"] {
                let addresses = try await resolver.resolve(name, port: 81, by: nil)
                #expect(addresses == [.loopback(port: 81), SocketAddress(host: "::1", port: 81)!], "\(name)")
            }
        }
    }

    @Test func thoseWhoAskForTheSameNameShareOneLookUp() async throws {
        try await onLoop {
            let gate = Gate()
            let resolver = SystemResolver { gate.lookUp($0) }
            let tasks = ["host.example", "HOST.example", "host.example."].enumerated().map { index, host in
                startTask { try await resolver.resolve(host, port: UInt16(index + 1), by: nil) }
            }
            try await turns { !gate.asked.isEmpty }
            gate.answer("host.example", .success([found]))
            for (index, task) in tasks.enumerated() {
                let addresses = try await task.value
                #expect(addresses == [SocketAddress(host: "192.0.2.7", port: UInt16(index + 1))!])
            }
            #expect(gate.asked == ["host.example"])
        }
    }

    @Test func aDeadNameServerHoldsTwoThreadsAndNobodyLongerThanTheDeadline() async throws {
        try await onLoop {
            let (gate, clock) = (Gate(), FakeClock())
            let resolver = SystemResolver(clock: clock) { gate.lookUp($0) }
            let deadline = clock.now + .seconds(5)
            let tasks = (0..<4).map { number in
                startTask { () -> ResolveError? in
                    do throws(ResolveError) {
                        _ = try await resolver.resolve("h\(number).example", port: 1, by: deadline)
                    } catch { return error }
                    return nil
                }
            }
            try await turns { gate.asked.count == 2 }
            await clock.advance(by: .milliseconds(4999))
            #expect(clock.timers.count == 4)
            tasks[3].cancel()
            try await turns { clock.timers.count == 3 }
            await clock.advance(by: .milliseconds(1))
            var errors: [ResolveError?] = []
            for task in tasks { errors.append(try await task.value) }
            #expect(errors == [.timedOut, .timedOut, .timedOut, .cancelled])
            // The names that nobody waits for any more are not looked up at all.
            let last = startTask { try await resolver.resolve("last.example", port: 1, by: nil) }
            for number in 0..<2 { gate.answer("h\(number).example", .failure(.noAnswer)) }
            gate.answer("last.example", .success([found]))
            let addresses = try await last.value
            #expect(addresses.count == 1)
            #expect(Set(gate.asked) == ["h0.example", "h1.example", "last.example"])
        }
    }

    @Test func theReasonOfAFailureReachesTheCaller() async throws {
        try await onLoop {
            let resolver = SystemResolver { _ in .failure(.noSuchHost) }
            await #expect(throws: ResolveError.noSuchHost) {
                _ = try await resolver.resolve("nobody.example", port: 1, by: nil)
            }
        }
    }
}
