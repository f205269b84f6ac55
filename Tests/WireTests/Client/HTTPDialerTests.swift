import Platform
import Support
import Testing

@testable import Wire

/// Answers with the request's body; `/stream` with one that never ends.
@LoopActor
private final class EchoServer: HTTPHandler {
    private var server: HTTPServer?
    private(set) var gone = 0
    private(set) var connections = Set<String>()
    private var streams: [ResponseStream] = []

    func listen() throws -> String {
        var limits = HTTPLimits()
        limits.body = 16 * 1024 * 1024
        let server = HTTPServer(handler: self, limits: limits, clock: EventLoop.shared)
        self.server = server
        return "http://\(try server.listen(on: .loopback(port: 0)))"
    }

    var openConnections: Int { server?.connectionCount ?? 0 }

    func handle(_ exchange: HTTPExchange) {
        connections.insert("\(exchange.peer.address.map(String.init(describing:)) ?? "")")
        if exchange.request.pathIs("/stream") {
            exchange.onClientGone = { self.gone += 1 }
            guard let stream = exchange.startStream(.ok, HTTPFields()) else { return }
            streams.append(stream)
            startTask { try await stream.write([97]) }
            return
        }
        startTask { exchange.respond(HTTPResponse(.ok, body: try await exchange.body.collect())) }
    }

    func stop() {
        streams = []
        server?.cut()
        server = nil
    }
}

@Suite struct HTTPDialerTests {
    @Test func requestsReachAServerOverSockets() async throws {
        try await onLoop {
            let server = EchoServer()
            let base = try WebURL(try server.listen())
            let client = HTTPClient(connector: HTTPDialer())
            for size in [0, 1, 100_000, 5_000_000] {
                let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }
                var left = body[...]
                let pieces: HTTPBodyProducer = {
                    defer { left = left.dropFirst(70_001) }
                    return left.isEmpty ? nil : Array(left.prefix(70_001))
                }
                for content in [HTTPRequestBody.bytes(body), .chunked(pieces)] {
                    let response = try await client.send(HTTPClientRequest(.post, base, body: content))
                    #expect(try await response.body.collect() == body)
                }
            }
            #expect(server.connections.count == 1)
            client.close()
            try await turns { server.openConnections == 0 }
            server.stop()
        }
    }

    @Test func aCancelledReaderIsSeenByTheServerAtOnce() async throws {
        try await onLoop {
            let server = EchoServer()
            let base = try WebURL(try server.listen())
            let client = HTTPClient(connector: HTTPDialer())
            let request = HTTPClientRequest(.get, try base.appending(path: "stream"))
            let response = try await client.send(request)
            #expect(try await response.body.next() == [97])
            let reader = startTask { try await response.body.next() }
            await Task.yield()
            reader.cancel()
            await #expect(throws: HTTPClientError.cancelled) { try await reader.value }
            try await turns { server.gone == 1 }
            server.stop()
        }
    }

    @Test func aRefusedConnectionNamesItsPeer() async throws {
        try await onLoop {
            let server = EchoServer()
            let base = try WebURL(try server.listen())
            server.stop()
            let client = HTTPClient(connector: HTTPDialer())
            let request = HTTPClientRequest(.get, try base.appending(path: "secret"))
            let error = await #expect(throws: HTTPClientError.self) { try await client.send(request) }
            #expect(error?.description.contains(base.peer) == true)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test(arguments: [
        ("http://h/", false, HTTPRoute.proxy(authorization: "Basic dTpw")), ("https://h/", false, .direct),
        ("ws://h/", true, .direct), ("http://inside/", false, .direct), ("http://127.0.0.1/", false, .direct),
    ])
    func onlyPlainRequestsAreForwardedByAProxy(url: String, isUpgrade: Bool, route: HTTPRoute) async throws {
        try await onLoop {
            let settings = ["http_proxy": "http://u:p@proxy:3128", "https_proxy": "http://proxy", "no_proxy": "inside"]
            let dialer = HTTPDialer(proxies: ProxySettings(Environment(settings)))
            let origin = HTTPOrigin(try WebURL(url), isUpgrade: isUpgrade)
            #expect(dialer.route(to: origin) == route)
        }
    }

    @Test func aProxySettingOfNoUseIsAnError() async throws {
        try await onLoop {
            let dialer = HTTPDialer(proxies: ProxySettings(["http_proxy": "socks5://u:secret@proxy"]))
            let client = HTTPClient(connector: dialer)
            let request = HTTPClientRequest(.get, try WebURL("http://h/"))
            let error = await #expect(throws: HTTPClientError.self) { try await client.send(request) }
            #expect(error?.description.contains("http_proxy") == true)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test func connectionsOfDifferentTrustAreNotShared() throws {
        let url = try WebURL("https://h/")
        let pem = TLSClientContext(TLSClientSettings(trust: .authorities(.pem([1]))))
        let same = TLSClientContext(TLSClientSettings(trust: .authorities(.pem([1]))))
        #expect(HTTPOrigin(url) != HTTPOrigin(url, tls: pem))
        #expect(HTTPOrigin(url, tls: pem) == HTTPOrigin(url, tls: same))
        #expect(HTTPOrigin(url, tls: pem).hashValue == HTTPOrigin(url, tls: same).hashValue)
    }
}
