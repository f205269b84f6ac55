import Platform
import Support
import Testing

@testable import Wire

@Suite struct HTTPClientTests {
    @Test func aRequestIsAnsweredAndTheConnectionUsedAgain() async throws {
        try await onLoop {
            let bench = ClientBench()
            for turn in 0..<3 {
                let request = try bench.request(.get, "http://h/\(turn)")
                let call = try await bench.start(request, on: 0)
                #expect(bench.peers[0].text == "GET /\(turn) HTTP/1.1\r\nHost: h\r\n\r\n")
                bench.peers[0].clear()
                bench.peers[0].send(ok("hello", "X-Turn: \(turn)\r\n"))
                let response = try await call.value
                #expect(response.status == .ok)
                #expect(response.fields["x-turn"] == "\(turn)")
                #expect(response.url.path == "/\(turn)")
                #expect(try await text(response) == "hello")
            }
            #expect(bench.peers.count == 1)
            #expect(bench.client.pool.idleCount == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", true),
        (
            "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            true
        ),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false),
    ])
    func anAnswerMayComeInAnyPieces(answer: String, isKept: Bool) async throws {
        try await onLoop {
            let bytes = Array(answer.utf8)
            for step in [1, 3, bytes.count] {
                let bench = ClientBench()
                let call = try await bench.start(try bench.request(), on: 0)
                let body = startTask { try await text(try await call.value) }
                for start in stride(from: 0, to: bytes.count, by: step) {
                    bench.peers[0].send(Array(bytes[start..<min(bytes.count, start + step)]))
                    await bench.clock.settle()
                }
                #expect(try await body.value == "hello")
                #expect(bench.client.pool.idleCount == (isKept ? 1 : 0))
                try await turns { bench.peers[0].ended != isKept }
                try await bench.expectAllQuiet()
            }
        }
    }

    @Test func aBodyWithoutALengthEndsWithItsConnection() async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\n\r\nhel")
            bench.peers[0].send("lo")
            bench.peers[0].finish()
            #expect(try await text(response) == "hello")
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: ["HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 304 No\r\nContent-Length: 7\r\n\r\n"])
    func aResponseWithoutABodyLeavesTheConnectionForTheNext(answer: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            let first = try await bench.exchange(answer: answer)
            #expect(try await first.body.next() == nil)
            let head = try await bench.exchange(
                try bench.request(.head), answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
            #expect(try await head.body.collect().isEmpty)
            #expect(bench.peers.count == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func bytesNobodyAskedForEndTheConnection() async throws {
        try await onLoop {
            let bench = ClientBench()
            _ = try await bench.exchange(answer: "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nhi")
            try await turns { bench.peers[0].ended }
            let response = try await bench.exchange(on: 1, answer: ok("a"))
            #expect(try await text(response) == "a")
            #expect(bench.client.pool.idleCount == 1)
            // Also later, while the connection is idle.
            bench.peers[1].send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            try await turns { bench.peers[1].ended }
            #expect(bench.client.pool.idleCount == 0)
            try await bench.expectAllQuiet()
        }
    }

    @Test func differentOriginsDoNotShareConnections() async throws {
        try await onLoop {
            let bench = ClientBench()
            for (index, url) in ["http://h/", "https://h/", "http://h:81/", "http://i/"].enumerated() {
                _ = try await bench.exchange(try bench.request(.get, url), on: index, answer: ok(""))
            }
            #expect(Set(bench.origins).count == 4)
            #expect(bench.client.pool.idleCount == 4)
            _ = try await bench.exchange(try bench.request(.get, "http://H:80/x"), on: 0, answer: ok(""))
            #expect(bench.peers.count == 4)
            try await bench.expectAllQuiet()
        }
    }

    @Test func redirectsAreFollowedOnlyWhenAskedFor() async throws {
        try await onLoop {
            let bench = ClientBench()
            let redirect = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 4\r\n\r\ngone"
            let plain = try await bench.exchange(answer: redirect)
            #expect(plain.status.code == 302)
            #expect(try await text(plain) == "gone")

            var request = try bench.request()
            request.redirects = .followed(limit: 1)
            let call = try await bench.start(request, on: 0)
            bench.peers[0].clear()
            bench.peers[0].send(redirect)
            try await turns { bench.peers[0].text.hasPrefix("GET /next ") }
            bench.peers[0].send(ok("there"))
            let response = try await call.value
            #expect(response.url.path == "/next")
            #expect(try await text(response) == "there")
            #expect(bench.peers.count == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func redirectsHaveALimit(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request()
            request.redirects = .followed(limit: HTTPRedirects.defaultLimit)
            let call = startTask { try await bench.client.send(request) }
            for turn in 0..<(HTTPRedirects.defaultLimit + over) {
                try await turns { bench.peers.first?.text.hasPrefix("GET /\(turn == 0 ? "" : "x\(turn)") ") == true }
                bench.peers[0].clear()
                bench.peers[0].send("HTTP/1.1 302 Found\r\nLocation: /x\(turn + 1)\r\nContent-Length: 0\r\n\r\n")
            }
            if over <= 0 {
                try await turns { bench.peers[0].text.hasSuffix("\r\n\r\n") }
                bench.peers[0].send(ok(""))
                #expect(try await call.value.status == .ok)
            } else {
                let error = await bench.failure(call)
                #expect(error == .redirect(peer: "h:80", reason: "there were more than 5 of them"))
            }
            try await bench.expectAllQuiet()
        }
    }

    @Test func theBodyOfARedirectIsNotWaitedFor() async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request()
            request.redirects = .followed(limit: 1)
            let call = try await bench.start(request, on: 0)
            bench.peers[0].send(
                "HTTP/1.1 302 Found\r\nLocation: /\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
            try await turns { bench.peers.count == 2 && bench.peers[0].ended }
            bench.peers[1].send(ok(""))
            #expect(try await call.value.status == .ok)
            try await bench.expectAllQuiet()
        }
    }

    @Test func anUpgradeHandsTheStreamOver() async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request(.get, "ws://h/s")
            request.fields = HTTPFields(["Upgrade": "websocket"])
            let call = startTask { try await bench.client.upgrade(request) }
            try await turns { bench.peers.first?.text.hasSuffix("\r\n\r\n") == true }
            #expect(bench.peers[0].text.contains("Connection: Upgrade\r\n"))
            bench.peers[0].send("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nframes")
            let upgraded = try await call.value
            #expect(upgraded.head.fields["Upgrade"] == "websocket")
            #expect(String(decoding: upgraded.leftover, as: UTF8.self) == "frames")
            #expect(bench.clock.timers.count == 0)
            let ours = Peer(try #require(upgraded.stream as? MemoryPipe))
            bench.peers[0].send("more")
            try await turns { ours.text == "more" }
            ours.send("back")
            try await turns { bench.peers[0].text.hasSuffix("back") }
            ours.close()
            try await bench.expectAllQuiet()
        }
    }

    @Test func anUpgradeBeforeTheRequestIsCompleteIsRefused() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.capacity = 100
            bench.doPeersRead = false
            var request = try bench.request(.get, "ws://h/\(String(repeating: "s", count: 500))")
            request.fields = HTTPFields(["Upgrade": "websocket"])
            let call = startTask { [request] in try await bench.client.upgrade(request).leftover }
            try await turns { bench.peers.count == 1 }
            bench.peers[0].send("HTTP/1.1 101 Switching\r\n\r\n")
            let error = await #expect(throws: HTTPClientError.self) { try await call.value }
            #expect(error?.description.contains("101 before the request was complete") == true)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aHeadMayBeLargerThanWhatIsReadAhead() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.head = 3 * HTTPClientConnection.readAhead
            let value = String(repeating: "v", count: 2 * HTTPClientConnection.readAhead)
            let response = try await bench.exchange(answer: ok("", "X: \(value)\r\n"))
            #expect(response.fields["X"] == value)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aRefusedUpgradeSaysHow() async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request(.get, "wss://h/s")
            request.fields = HTTPFields(["Upgrade": "websocket", "Authorization": "secret"])
            let call = startTask { try await bench.client.upgrade(request) }
            try await turns { bench.peers.first?.text.hasSuffix("\r\n\r\n") == true }
            bench.peers[0].send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno")
            await #expect(throws: HTTPClientError.notUpgraded(peer: "h:443", status: .unauthorized)) {
                try await call.value
            }
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aClosedClientTakesNoRequests() async throws {
        try await onLoop {
            let bench = ClientBench()
            let first = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
            _ = try await bench.exchange(on: 1, answer: ok(""))
            bench.client.close()
            try await turns { bench.peers[1].ended }
            // What is under way goes on, and then its connection is closed too.
            bench.peers[0].send("lo")
            #expect(try await text(first) == "hello")
            try await turns { bench.peers[0].ended }
            let request = try bench.request()
            await #expect(throws: HTTPClientError.closed) { try await bench.client.send(request) }
            await #expect(throws: HTTPClientError.closed) { try await bench.client.upgrade(request) }
            try await bench.expectAllQuiet()
        }
    }
}
