import Platform
import Support
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Knows the names that the test gives it.
@LoopActor
private final class FakeResolver: Resolver {
    let names: [String: [SocketAddress]]
    var asked: [String] = []

    init(_ names: [String: [SocketAddress]]) { self.names = names }

    func resolve(_ host: String, port: UInt16, by deadline: Instant?) async throws(ResolveError) -> [SocketAddress] {
        asked.append(host)
        guard let found = names[host] else { throw .noSuchHost }
        return found
    }
}

/// A proxy that answers each request for a tunnel as the test says, and then leads where the test says.
@LoopActor
private final class FakeProxy {
    private var listener: Listener?
    private var tunnels: [Tunnel] = []
    private var foreign = 0
    let answer: String
    let target: SocketAddress?
    var heads: [String] { tunnels.map(\.head) }

    init(_ answer: String, to target: SocketAddress? = nil) throws {
        (self.answer, self.target) = (answer, target)
        listener = try Listener(.loopback(port: 0)) { [unowned self] in tunnels.append(Tunnel(self, $0.stream)) }
        foreign = openSockets(port: port) - 1
    }

    var port: UInt16 { listener!.address.port! }
    var leftOpen: Int { openSockets(port: port) - foreign }

    func settings(_ userInfo: String = "") -> ProxySettings {
        ProxySettings(["ALL_PROXY": "http://\(userInfo)127.0.0.1:\(port)"])
    }

    func close() {
        listener?.close()
        for tunnel in tunnels { tunnel.close() }
    }

    @LoopActor
    private final class Tunnel: PollHandler {
        unowned let proxy: FakeProxy
        let client: SocketStream
        var target: SocketStream?
        var back: Back?
        var head = ""

        init(_ proxy: FakeProxy, _ client: SocketStream) {
            (self.proxy, self.client) = (proxy, client)
            client.watch(.read, self)
        }

        func pollReady(_ readiness: Readiness) {
            let memory = EventLoop.shared.readBuffer.memory
            guard case .bytes(let count) = try? client.read(into: memory) else { return close() }
            let bytes = Array(memory[..<count])
            if let target {
                _ = try? target.write(bytes.span)
                return
            }
            head += String(decoding: bytes, as: UTF8.self)
            guard head.hasSuffix("\r\n\r\n") else { return }
            let answer = Array(proxy.answer.utf8)
            _ = try? client.write(answer.span)
            guard let address = proxy.target else { return client.finishWriting() }
            let stream = try! connectSocket(to: address)
            target = stream
            back = Back(from: stream, to: client)
        }

        func close() {
            client.close()
            target?.close()
        }
    }

    @LoopActor
    private final class Back: PollHandler {
        let from: SocketStream
        let to: SocketStream

        init(from: SocketStream, to: SocketStream) {
            (self.from, self.to) = (from, to)
            from.watch(.read, self)
        }

        func pollReady(_ readiness: Readiness) {
            let memory = EventLoop.shared.readBuffer.memory
            guard case .bytes(let count) = try? from.read(into: memory) else { return from.close() }
            let bytes = Array(memory[..<count])
            _ = try? to.write(bytes.span)
        }
    }
}

@Suite struct ConnectDialerTests {
    private let pinned = TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint))

    /// What a dialer says that is expected to fail.
    @LoopActor
    private func failure(_ dialer: Dialer, _ target: DialTarget, by deadline: Instant? = nil) async -> DialError? {
        do throws(DialError) {
            let connection = try await dialer.dial(target, by: deadline)
            connection.stream.close()
            return nil
        } catch {
            return error
        }
    }

    @Test func aNameLeadsToASecuredConnection() async throws {
        try await onLoop {
            let server = try TLSServer()
            let resolver = FakeResolver(["localhost": [server.address]])
            let context = TLSClientContext(TLSClientSettings(trust: TestIdentity.trust(TestIdentity.local)))
            let connection = try await Dialer(resolver: resolver).dial(
                DialTarget(.host("localhost", port: server.port), tls: context), by: nil)
            #expect(connection.tls?.version == "TLSv1.3")
            #expect(connection.address == server.address)
            #expect(!connection.isProxied)
            let peer = Peer(connection.stream)
            try await server.accepted[0].handshake()
            _ = try server.accepted[0].write([7].span)
            try await turns { peer.received == [7] }
            peer.close()
            server.close()
            #expect(server.leftOpen <= 0)
        }
    }

    @Test func plainAndUnixConnectionsNeedLess() async throws {
        try await onLoop {
            for address in [SocketAddress.loopback(port: 0), .unix(path: "/tmp/openclaw-dialer-test.sock")] {
                var peers: [Peer] = []
                let listener = try Listener(address) { accepted in
                    peers.append(Peer(accepted.stream))
                    peers[0].send("hello")
                }
                let place: DialTarget.Place =
                    switch listener.address {
                    case .unix(let path): .unix(path: path)
                    default: .host("127.0.0.1", port: listener.address.port!)
                    }
                let connection = try await Dialer().dial(DialTarget(place), by: nil)
                let client = Peer(connection.stream)
                try await turns { client.text == "hello" }
                #expect(connection.tls == nil)
                client.close()
                peers[0].close()
                listener.close()
            }
        }
    }

    @Test func theFirstAddressThatAnswersIsTaken() async throws {
        try await onLoop {
            let server = try TLSServer()
            // Nothing listens at the first: it was there a moment ago.
            let gone = try Listener(.loopback(port: 0)) { _ in }
            gone.close()
            let resolver = FakeResolver(["localhost": [gone.address, server.address]])
            let connection = try await Dialer(resolver: resolver).dial(
                DialTarget(.host("localhost", port: server.port), tls: TLSClientContext(pinned)), by: nil)
            #expect(connection.address == server.address)
            connection.stream.close()
            server.close()
        }
    }

    @Test func eachStageSaysWhatFailedAndLeavesNothingOpen() async throws {
        try await onLoop {
            let gone = try Listener(.loopback(port: 0)) { _ in }
            gone.close()
            let port = gone.address.port!
            let resolver = FakeResolver(["gone.example": [gone.address, .v6(address: .loopback, port: port)]])
            let dialer = Dialer(resolver: resolver)
            let unknown = await failure(dialer, DialTarget(.host("nobody.example", port: 1)))
            #expect(
                unknown?.description
                    == "cannot find nobody.example: there is no such host (is the name spelled right?)")
            let refused = await failure(dialer, DialTarget(.host("gone.example", port: port)))
            #expect(
                refused?.description
                    == "cannot connect to gone.example:\(port): 127.0.0.1:\(port): Connection refused; "
                    + "[::1]:\(port): Connection refused")
            let server = try TLSServer(TestIdentity.other)
            let insecure = await failure(
                Dialer(), DialTarget(.host("127.0.0.1", port: server.port), tls: TLSClientContext(pinned)))
            #expect(
                insecure?.description.hasPrefix(
                    "no secure connection to 127.0.0.1:\(server.port): the certificate of 127.0.0.1 is not the pinned"
                ) == true)
            server.close()
            #expect(server.leftOpen <= 0)
            let path = "/tmp/openclaw-no-such.sock"
            let missing = await failure(dialer, DialTarget(.unix(path: path)))
            #expect(missing?.description == "cannot connect to \(path): \(path): No such file or directory")
            for (count, isTooLong) in [(106, false), (107, false), (108, true)] {
                let long = "/tmp/" + String(repeating: "s", count: count - 5)
                let error = await failure(dialer, DialTarget(.unix(path: long)))
                #expect((error == .invalid("the path of a socket has 1 to 107 bytes: \(long)")) == isTooLong)
            }
        }
    }

    @Test func theDeadlineCoversEveryStage() async throws {
        try await onLoop {
            @LoopActor func outcome(_ dialer: Dialer, _ target: DialTarget, _ clock: FakeClock) async throws -> String {
                let deadline = clock.now + .seconds(10)
                let task = startTask { await failure(dialer, target, by: deadline)?.description ?? "connected" }
                // Sockets take real turns, the deadline a fake second.
                for _ in 0..<200 { await loopTurn() }
                await clock.advance(by: .milliseconds(9999))
                for _ in 0..<5 { await loopTurn() }
                #expect(clock.timers.count == 1)
                await clock.advance(by: .milliseconds(1))
                return try await task.value
            }
            let clock = FakeClock()
            let silent = try SilentServer()
            let port = silent.address.port!
            let context = TLSClientContext(pinned, clock: clock)
            try await context.prepare()
            let target = DialTarget(.host("127.0.0.1", port: port), tls: context)

            let handshake = try await outcome(Dialer(clock: clock), target, clock)
            #expect(handshake == "no connection to 127.0.0.1:\(port) in time: the TLS handshake is not finished")

            let hole = SocketAddress(host: "192.0.2.1", port: 443)!
            let connecting = FakeConnecting(clock, [hole: .silence])
            let dialer = Dialer(connecting: connecting, clock: clock)
            let connect = try await outcome(dialer, DialTarget(.host("192.0.2.1", port: 443)), clock)
            #expect(connect == "no connection to 192.0.2.1:443 in time: 192.0.2.1:443: no answer")

            let gate = Monitor(false)
            let resolver = SystemResolver(clock: clock) { _ in gate.wait { $0 ? .failure(.noAnswer) : nil } }
            let name = DialTarget(.host("slow.example", port: 443))
            let resolve = try await outcome(Dialer(resolver: resolver, clock: clock), name, clock)
            #expect(resolve == "no connection to slow.example:443 in time: looking up slow.example")
            gate.broadcast { $0 = true }

            let settings = ProxySettings(["https_proxy": "127.0.0.1:\(port)"])
            let proxied = DialTarget(.host("api.example", port: 443), tls: context)
            let tunnel = try await outcome(Dialer(proxies: settings, clock: clock), proxied, clock)
            #expect(
                tunnel == "no connection to api.example:443 in time: the proxy 127.0.0.1:\(port) does not answer")

            silent.close()
            #expect(silent.leftOpen <= 0)
            #expect(clock.timers.count == 0)
        }
    }

    @Test func cancellationClosesWhateverIsOpen() async throws {
        try await onLoop {
            let silent = try SilentServer()
            let port = silent.address.port!
            let settings = ProxySettings(["http_proxy": "127.0.0.1:\(port)"])
            let secured = DialTarget(.host("127.0.0.1", port: port), tls: TLSClientContext(pinned))
            let tunneled = DialTarget(.host("api.example", port: 80))
            for target in [secured, tunneled] {
                for waits in [0, 1, 5, 200] {
                    let task = startTask { await failure(Dialer(proxies: settings), target) }
                    for _ in 0..<waits { await loopTurn() }
                    task.cancel()
                    let error = try await task.value
                    #expect(error == .cancelled)
                }
            }
            silent.close()
            try await turns { silent.leftOpen <= 0 }
        }
    }

    @Test func aTunnelLeadsThroughTheProxyWithoutAskingForTheName() async throws {
        try await onLoop {
            let server = try TLSServer()
            let proxy = try FakeProxy(
                "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n", to: server.address)
            let resolver = FakeResolver(["127.0.0.1": [.loopback(port: proxy.port)]])
            let dialer = Dialer(resolver: resolver, proxies: proxy.settings("claw:p%40ss@"))
            let context = TLSClientContext(pinned)
            let connection = try await dialer.dial(DialTarget(.host("api.example", port: 8443), tls: context), by: nil)
            #expect(connection.isProxied)
            #expect(connection.address.port == proxy.port)
            #expect(connection.tls?.peerCertificate?.fingerprint == TestIdentity.local.fingerprint)
            #expect(resolver.asked == ["127.0.0.1"])
            #expect(
                proxy.heads == [
                    "CONNECT api.example:8443 HTTP/1.1\r\nHost: api.example:8443\r\n"
                        + "Proxy-Authorization: Basic \(Base64.standard.encode(Array("claw:p@ss".utf8)))\r\n\r\n"
                ])
            connection.stream.close()
            proxy.close()
            server.close()
            #expect(proxy.leftOpen <= 0)
        }
    }

    @Test(arguments: ["", "a b", "a\r\nX: y", "a\0b", "1.2"])
    func aNameThatIsNoneNeverReachesTheProxy(host: String) async throws {
        try await onLoop {
            let proxy = try FakeProxy("HTTP/1.1 200 OK\r\n\r\n")
            let error = await failure(Dialer(proxies: proxy.settings()), DialTarget(.host(host, port: 80)))
            #expect(error == .unresolved(host: host, .invalidName))
            #expect(proxy.heads.isEmpty)
            proxy.close()
        }
    }

    @Test func whatTheTargetSaysFirstIsNotTakenForTheProxysAnswer() async throws {
        try await onLoop {
            var peers: [Peer] = []
            let listener = try Listener(.loopback(port: 0)) { accepted in
                peers.append(Peer(accepted.stream))
                peers[0].send("NOTICE * :hello\r\n")
            }
            // The greeting comes in one packet with the proxy's answer.
            let proxy = try FakeProxy("HTTP/1.0 200 OK\r\n\r\n:irc.example 020 *\r\n", to: listener.address)
            let connection = try await Dialer(proxies: proxy.settings()).dial(
                DialTarget(.host("irc.example", port: 6667)), by: nil)
            let client = Peer(connection.stream)
            try await turns { client.text == ":irc.example 020 *\r\nNOTICE * :hello\r\n" }
            client.close()
            proxy.close()
            listener.close()
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "", "refuses the connection to api.example:443: HTTP/1.1 403 Forbidden"),
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "",
            "wants a name and a password (HTTP/1.1 407 Proxy Authentication Required): set ALL_PROXY to http://name:"
        ),
        ("HTTP/1.1 407 No\r\n\r\n", "u:secret@", "does not accept the name and password in ALL_PROXY"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "", "(ALL_PROXY) does not answer like an HTTP proxy"),
        ("HTTP/1.1 20\r\n\r\n", "", "does not answer like an HTTP proxy"),
        ("", "", "broke off the connection to api.example:443"),
        ("HTTP/1.1 200 OK\r\n", "", "broke off the connection to api.example:443"),
    ])
    func aProxyThatDoesNotHelpIsQuoted(answer: String, userInfo: String, words: String) async throws {
        try await onLoop {
            let proxy = try FakeProxy(answer)
            let dialer = Dialer(proxies: proxy.settings(userInfo))
            let error = await failure(
                dialer, DialTarget(.host("api.example", port: 443), tls: TLSClientContext(pinned)))
            let text = error?.description ?? "connected"
            #expect(text.contains(words))
            #expect(text.contains("127.0.0.1:\(proxy.port)"))
            #expect(!text.contains("secret"))
            proxy.close()
            #expect(proxy.leftOpen <= 0)
        }
    }

    @Test func anAnswerOfTheProxyEndsAtItsLimit() async throws {
        try await onLoop {
            let silent = try SilentServer()
            for (size, isTaken) in [(8190, true), (8191, true), (8192, false), (9000, false)] {
                let start = "HTTP/1.1 200 OK\r\nX: "
                let filler = String(repeating: "x", count: size - start.utf8.count - 4)
                let proxy = try FakeProxy(start + filler + "\r\n\r\n", to: silent.address)
                let dialer = Dialer(proxies: proxy.settings())
                let error = await failure(dialer, DialTarget(.host("api.example", port: 80)))
                #expect((error == nil) == isTaken)
                if !isTaken { #expect(error?.description.hasSuffix("is longer than 8192 bytes") == true) }
                proxy.close()
            }
            silent.close()
        }
    }
}
