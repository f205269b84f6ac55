import Platform
import Support
import Testing

@testable import Wire

@Suite struct HTTPConnectionPoolTests {
    /// Runs `count` calls at a time, one connection each. Returns when their responses are read.
    @LoopActor
    private func exchangeAtOnce(_ bench: ClientBench, _ count: Int, host: String = "h") async throws {
        let known = bench.peers.count
        let request = try bench.request(.get, "http://\(host)/")
        let calls = (0..<count).map { _ in startTask { try await bench.client.send(request) } }
        try await turns { bench.peers.count == known + count }
        for peer in bench.peers[known...] { peer.send(ok("")) }
        for call in calls { _ = try await call.value }
    }

    @Test(arguments: [-1, 0, 1])
    func idleConnectionsToOneOriginHaveALimit(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.pool.idlePerOrigin = 3
            try await exchangeAtOnce(bench, 3 + over)
            #expect(bench.client.pool.idleCount == 3 + min(0, over))
            await bench.clock.settle()
            #expect(bench.peers.count { $0.ended } == max(0, over))
            // The one that was idle for longest has gone.
            #expect(bench.peers[0].ended == (over > 0))
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func idleConnectionsInAllHaveALimit(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.pool.idle = 4
            for index in 0..<(4 + over) { try await exchangeAtOnce(bench, 1, host: "h\(index)") }
            #expect(bench.client.pool.idleCount == 4 + min(0, over))
            await bench.clock.settle()
            #expect(bench.peers.map(\.ended).filter(\.self).count == max(0, over))
            #expect(bench.peers[0].ended == (over > 0))
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func connectionsToOneOriginHaveALimit(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.pool.perOrigin = 3
            let request = try bench.request()
            let calls = (0..<(3 + over)).map { _ in startTask { try await bench.client.send(request) } }
            try await turns { bench.peers.count == min(3, 3 + over) }
            await bench.clock.settle()
            #expect(bench.peers.count == min(3, 3 + over))
            #expect(bench.client.pool.waiterCount(HTTPOrigin(request.url)) == max(0, over))
            for peer in bench.peers { peer.send(ok("")) }
            if over > 0 {
                try await turns { bench.peers[0].text.components("GET") == 2 }
                bench.peers[0].send(ok(""))
            }
            for call in calls { #expect(try await call.value.status == .ok) }
            #expect(bench.peers.count == min(3, 3 + over))
            try await bench.expectAllQuiet()
        }
    }

    @Test func callersWaitInTheirOrder() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.pool.perOrigin = 1
            var calls: [Task<HTTPClientResponse, any Error>] = []
            for turn in 0..<5 {
                let request = try bench.request(.get, "http://h/\(turn)")
                calls.append(startTask { try await bench.client.send(request) })
                await bench.clock.settle()
            }
            for turn in [0, 1] {
                try await turns { bench.peers[0].text.hasPrefix("GET /\(turn) ") }
                bench.peers[0].clear()
                bench.peers[0].send(ok(""))
                #expect(try await calls[turn].value.status == .ok)
            }
            // Who gives up loses the place in the queue, and a connection's end makes room as its return does.
            calls[3].cancel()
            #expect(await bench.failure(calls[3]) == .cancelled)
            try await turns { bench.peers[0].text.hasPrefix("GET /2 ") }
            bench.peers[0].send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            #expect(try await calls[2].value.status == .ok)
            try await turns { bench.peers.count == 2 && bench.peers[1].text.hasPrefix("GET /4 ") }
            bench.peers[1].send(ok(""))
            #expect(try await calls[4].value.status == .ok)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aPlaceIsNotLostOnACallerThatHasJustGivenUp() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.pool.perOrigin = 1
            let first = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            var hasty = try bench.request()
            hasty.deadlines.waiting = .seconds(1)
            let second = startTask { [hasty] in try await bench.client.send(hasty) }
            await bench.clock.settle()
            let request = try bench.request()
            let third = startTask { try await bench.client.send(request) }
            await bench.clock.settle()
            // The second's time is over and its place comes free before it has heard of either.
            _ = bench.clock.timers.fire(at: bench.clock.now + .seconds(1))
            first.body.abandon()
            try await turns { bench.peers.count == 2 && bench.peers[1].text.contains("\r\n\r\n") }
            bench.peers[1].send(ok(""))
            #expect(try await third.value.status == .ok)
            #expect(await bench.failure(second) == .timedOut(.waiting, peer: "h:80", after: .seconds(1)))
            try await bench.expectAllQuiet()
        }
    }

    @Test func aFailedConnectGivesItsPlaceToTheNext() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.pool.perOrigin = 1
            bench.isConnectHeld = true
            let request = try bench.request()
            let first = startTask { try await bench.client.send(request) }
            let second = startTask { try await bench.client.send(request) }
            await bench.clock.settle()
            bench.connectFailure = "refused"
            bench.isConnectHeld = false
            await bench.clock.advance(by: .seconds(1))
            let expected = HTTPClientError.notConnected(peer: "h:80", reason: "refused")
            #expect(await bench.failure(first) == expected)
            #expect(await bench.failure(second) == expected)
            #expect(bench.origins.count == 2)
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [
        "", "Keep-Alive: timeout=6, max=5\r\n", "Keep-Alive: timeout=9999\r\n", "Keep-Alive: timeout=x\r\n",
    ])
    func anIdleConnectionIsClosedInTime(hint: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            let time = hint.contains("=6") ? Duration.seconds(5) : bench.limits.pool.idleTime
            _ = try await bench.exchange(answer: ok("", hint))
            await bench.clock.advance(by: time - .nanoseconds(1))
            #expect(bench.client.pool.idleCount == 1)
            await bench.clock.advance(by: .nanoseconds(1))
            #expect(bench.client.pool.idleCount == 0)
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aConnectionClosedWhileIdleIsNotUsedAgain() async throws {
        try await onLoop {
            let bench = ClientBench()
            _ = try await bench.exchange(answer: ok(""))
            bench.peers[0].close()
            // Not yet told by the loop, but found out before the request is sent.
            _ = try await bench.exchange(try bench.request(.post), on: 1, answer: ok(""))
            bench.peers[1].finish()
            try await turns { bench.client.pool.idleCount == 0 }
            try await turns { bench.peers[1].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func theMostRecentlyUsedConnectionIsUsedFirst() async throws {
        try await onLoop {
            let bench = ClientBench()
            try await exchangeAtOnce(bench, 3)
            bench.peers[2].clear()
            _ = try await bench.exchange(on: 2, answer: ok(""))
            #expect(bench.peers.count == 3)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aClientThatIsLetGoClosesItsConnections() async throws {
        try await onLoop {
            let bench = ClientBench()
            var client: HTTPClient? = HTTPClient(connector: BenchConnector(bench), clock: bench.clock)
            let request = try bench.request()
            let call = startTask { [client] in try await client?.send(request) }
            try await turns { bench.peers.count == 1 && !bench.peers[0].received.isEmpty }
            bench.peers[0].send(ok(""))
            #expect(try await call.value?.status == .ok)
            #expect(!bench.peers[0].ended)
            client = nil
            try await turns { bench.peers[0].ended }
            #expect(bench.clock.timers.count == 0)
        }
    }
}

extension String {
    func components(_ part: String) -> Int { ranges(of: part).count }
}
