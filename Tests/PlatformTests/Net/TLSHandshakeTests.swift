import Platform
import Support
import Testing

@Suite struct TLSHandshakeTests {
    /// What a client with these settings says about a server with that identity; nil when it is content.
    @LoopActor
    private func verdict(
        _ identity: TLSIdentity, _ trust: TLSTrust, host: String = "localhost"
    ) async throws -> StreamError? {
        var verdict: StreamError?
        let server = try TLSServer(identity)
        let context = TLSClientContext(TLSClientSettings(trust: trust))
        try await context.prepare()
        let stream = try context.start(on: connectSocket(to: server.address), host: host, port: server.port)
        do throws(StreamError) { try await stream.handshake() } catch { verdict = error }
        if verdict != nil {
            // Nothing but the error comes out of a stream that never was secure.
            #expect { _ = try stream.write([1].span) } throws: { $0 as? StreamError == verdict }
        }
        stream.close()
        server.close()
        #expect(server.leftOpen <= 0)
        return verdict
    }

    private func text(_ error: StreamError?) -> String {
        if case .tls(let reason) = error { return reason }
        return "\(error.map(\.description) ?? "content")"
    }

    @Test(arguments: ["localhost", "LOCALHOST.", "127.0.0.1"])
    func aTrustedCertificateForTheHostIsAccepted(host: String) async throws {
        let error = try await onLoop {
            try await verdict(TestIdentity.local, TestIdentity.trust(TestIdentity.local), host: host)
        }
        #expect(error == nil)
    }

    @Test(arguments: ["elsewhere.example", "a.wild.example", "192.0.2.1", "2001:db8::1", "2001:DB8:0::1"])
    func aCertificateIsForTheNamesAndAddressesItCarries(host: String) async throws {
        let error = try await onLoop {
            try await verdict(TestIdentity.other, TestIdentity.trust(TestIdentity.other), host: host)
        }
        #expect(error == nil)
    }

    @Test(arguments: ["localhost", "b.a.wild.example", "wild.example", "192.0.2.2", "127.0.0.1", "test"])
    func aCertificateForSomebodyElseIsRefusedWithItsNames(host: String) async throws {
        let error = try await onLoop {
            try await verdict(TestIdentity.other, TestIdentity.trust(TestIdentity.other), host: host)
        }
        #expect(
            text(error)
                == "the certificate is for elsewhere.example, *.wild.example, 192.0.2.1, 2001:db8::1, not for \(host)")
    }

    @Test func anExpiredCertificateIsRefusedWithItsDayAndOurs() async throws {
        let error = try await onLoop {
            try await verdict(TestIdentity.expired, TestIdentity.trust(TestIdentity.expired))
        }
        let words = text(error)
        #expect(words.hasPrefix("the certificate of localhost expired on 20"))
        #expect(words.contains(" UTC; this machine's clock says 20"))
    }

    @Test func aCertificateOfTheFutureIsRefusedWithItsDay() async throws {
        let error = try await onLoop { try await verdict(TestIdentity.future, TestIdentity.trust(TestIdentity.future)) }
        #expect(text(error).hasPrefix("the certificate of localhost is valid only from 20"))
    }

    @Test func aSelfSignedCertificateIsRefusedWithTheFingerprintToPin() async throws {
        let error = try await onLoop {
            try await verdict(TestIdentity.local, TestIdentity.trust(TestIdentity.other))
        }
        let words = text(error)
        #expect(words.hasPrefix("the certificate of localhost is self-signed"))
        #expect(words.contains(TestIdentity.local.fingerprint.description))
    }

    @Test func aPinNeedsNeitherChainNorNameNorDates() async throws {
        for identity in [TestIdentity.local, TestIdentity.other, TestIdentity.expired] {
            let error = try await onLoop { try await verdict(identity, .pin(identity.fingerprint)) }
            #expect(error == nil)
        }
    }

    @Test func anotherCertificateThanThePinnedIsRefusedWithBothFingerprints() async throws {
        let error = try await onLoop {
            try await verdict(TestIdentity.local, .pin(TestIdentity.other.fingerprint))
        }
        #expect(
            text(error) == "the certificate of localhost is not the pinned one: it has the fingerprint "
                + "\(TestIdentity.local.fingerprint), pinned is \(TestIdentity.other.fingerprint)")
    }

    @Test func aPinTogetherWithAuthoritiesNeedsBoth() async throws {
        let (local, other) = (TestIdentity.local, TestIdentity.other)
        let both = TLSTrust.pinAndAuthorities(local.fingerprint, .pem(local.certificatePEM))
        let onlyPin = TLSTrust.pinAndAuthorities(local.fingerprint, .pem(other.certificatePEM))
        let onlyChain = TLSTrust.pinAndAuthorities(other.fingerprint, .pem(local.certificatePEM))
        let verdicts = try await onLoop {
            var verdicts: [StreamError?] = []
            for trust in [both, onlyPin, onlyChain] { verdicts.append(try await verdict(local, trust)) }
            return verdicts
        }
        #expect(verdicts[0] == nil)
        #expect(text(verdicts[1]).contains("self-signed"))
        #expect(text(verdicts[2]).contains("is not the pinned one"))
    }

    @Test func aSecondConnectionTakesUpTheSessionOfTheFirst() async throws {
        try await onLoop {
            let server = try TLSServer()
            let settings = TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint))
            let context = TLSClientContext(settings)
            @LoopActor func connect(_ host: String) async throws -> (TLSStream, Peer) {
                let stream = try context.start(
                    on: connectSocket(to: server.address), host: host, port: server.port)
                let peer = Peer(stream)
                try await stream.handshake()
                let accepted = server.accepted[server.accepted.count - 1]
                try await accepted.handshake()
                _ = try accepted.write([1].span)
                // The session comes along with the first bytes.
                try await turns { !peer.received.isEmpty }
                return (stream, peer)
            }
            let streams = [
                try await connect("localhost").0, try await connect("localhost").0, try await connect("127.0.0.1").0,
            ]
            #expect(streams.map(\.isResumed) == [false, true, false])
            #expect(streams[1].peerCertificate?.fingerprint == TestIdentity.local.fingerprint)
            for stream in streams { stream.close() }
            server.close()
        }
    }

    @Test(arguments: [31, 32, 33])
    func theSessionsOfThirtyTwoServersAreRemembered(count: Int) async throws {
        try await onLoop {
            let server = try TLSServer()
            let context = TLSClientContext(TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint)))
            @LoopActor func isResumed(_ host: String) async throws -> Bool {
                let stream = try context.start(
                    on: connectSocket(to: server.address), host: host, port: server.port)
                let peer = Peer(stream)
                try await stream.handshake()
                let accepted = server.accepted[server.accepted.count - 1]
                try await accepted.handshake()
                _ = try accepted.write([1].span)
                try await turns { !peer.received.isEmpty }
                let isResumed = stream.isResumed
                peer.close()
                accepted.close()
                return isResumed
            }
            for number in 1...count { _ = try await isResumed("h\(number)") }
            let first = try await isResumed("h1")
            #expect(first == (count <= 32))
            server.close()
        }
    }

    @Test func aNewIdentityIsShownToNewConnectionsOnly() async throws {
        try await onLoop {
            let server = try TLSServer()
            let identity = TestIdentity.make(["localhost"])
            let context = TLSClientContext(
                TLSClientSettings(
                    trust: .authorities(.pem(TestIdentity.local.certificatePEM + identity.certificatePEM))))
            @LoopActor func connect() async throws -> TLSStream {
                let stream = try context.start(
                    on: connectSocket(to: server.address), host: "localhost", port: server.port)
                try await stream.handshake()
                return stream
            }
            let old = try await connect()
            try server.context.replace(identity)
            #expect(server.context.fingerprint == identity.fingerprint)
            let new = try await connect()
            #expect(old.peerCertificate?.fingerprint == TestIdentity.local.fingerprint)
            #expect(new.peerCertificate?.fingerprint == identity.fingerprint)
            let peer = Peer(old)
            _ = try server.accepted[0].write([1].span)
            try await turns { peer.received == [1] }
            for stream in [old, new] { stream.close() }
            server.close()
        }
    }

    @Test func aClientOfOtherProtocolsIsRefusedAndOneWithoutAnyIsNot() async throws {
        try await onLoop {
            let server = try TLSServer()
            var outcomes: [String] = []
            for protocols in [["h2"], ["h2", "http/1.1"], []] {
                let context = TLSClientContext(
                    TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint), protocols: protocols))
                let stream = try context.start(
                    on: connectSocket(to: server.address), host: "localhost", port: server.port)
                do throws(StreamError) {
                    try await stream.handshake()
                    outcomes.append(stream.applicationProtocol ?? "none")
                } catch {
                    outcomes.append("\(error)")
                }
                stream.close()
            }
            server.close()
            #expect(
                outcomes == [
                    "TLS: localhost does not speak the same application protocol (ALPN)", "http/1.1", "none",
                ])
        }
    }

    @Test func aServerThatSpeaksPlainHTTPIsNamedSo() async throws {
        try await onLoop {
            for (answer, words) in [
                ("HTTP/1.1 400 Bad Request\r\n\r\n", "it answers in plain HTTP"),
                ("220 mail.example ESMTP\r\n", "localhost does not speak TLS on this port"),
                ("", "localhost ended the connection during the handshake without a word"),
            ] {
                var peers: [Peer] = []
                let listener = try Listener(.loopback(port: 0)) { accepted in
                    let peer = Peer(accepted.stream)
                    peers.append(peer)
                    peer.send(answer)
                    peer.finish()
                }
                let context = TLSClientContext(TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint)))
                let stream = try context.start(on: connectSocket(to: listener.address), host: "localhost", port: 1)
                var failure: StreamError?
                do throws(StreamError) { try await stream.handshake() } catch { failure = error }
                #expect("\(failure ?? .closed)".contains(words))
                stream.close()
                for peer in peers { peer.close() }
                listener.close()
            }
        }
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{0}\u{0}\u{0}\u{0}\u{0}", "hello there"])
    func aClientThatSpeaksPlainTextIsToldApart(text: String) async throws {
        try await onLoop {
            let server = try TLSServer()
            let client = try connectSocket(to: server.address)
            try await turns { server.accepted.count == 1 }
            let peer = Peer(client)
            peer.send(text)
            var failure: StreamError?
            do throws(StreamError) { try await server.accepted[0].handshake() } catch { failure = error }
            #expect(failure == .tls("the client does not speak TLS: it has to connect with https:// or wss://"))
            peer.close()
            server.close()
            #expect(server.leftOpen <= 0)
        }
    }

    @Test func aHandshakeGoesByteByByte() async throws {
        try await onLoop {
            let server = try TLSServer()
            let relay = try Relay(to: server.address)
            relay.portion = 1
            let context = TLSClientContext(TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint)))
            let stream = try context.start(on: connectSocket(to: relay.address), host: "localhost", port: 1)
            try await stream.handshake()
            try await server.accepted[0].handshake()
            let peer = Peer(stream)
            _ = try server.accepted[0].write(Array("slow but whole".utf8).span)
            server.accepted[0].finishWriting()
            try await turns { peer.ended }
            #expect(peer.text == "slow but whole")
            stream.close()
            server.close()
            relay.close()
        }
    }

    @Test func aPeerThatStallsIsLeftAtTheDeadline() async throws {
        try await onLoop {
            let clock = FakeClock()
            let silent = try SilentServer()
            let context = TLSClientContext(
                TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint)), clock: clock)
            let stream = try context.start(on: connectSocket(to: silent.address), host: "localhost", port: 1)
            let deadline = clock.now + .seconds(10)
            let waiting = startTask { () -> StreamError? in
                do throws(StreamError) { try await stream.handshake(by: deadline, clock: clock) } catch {
                    return error
                }
                return nil
            }
            await clock.settle()
            await clock.advance(by: .milliseconds(9999))
            #expect(clock.timers.count == 1)
            await clock.advance(by: .milliseconds(1))
            let error = try await waiting.value
            #expect(error == .timedOut)
            #expect(clock.timers.count == 0)
            stream.close()
            silent.close()
            #expect(silent.leftOpen <= 0)
        }
    }

    @Test func whoIsClosedOrCancelledInTheHandshakeIsTold() async throws {
        try await onLoop {
            let silent = try SilentServer()
            let context = TLSClientContext(TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint)))
            let stream = try context.start(on: connectSocket(to: silent.address), host: "localhost", port: 1)
            func wait() -> Task<StreamError?, any Error> {
                startTask {
                    do throws(StreamError) { try await stream.handshake() } catch { return error }
                    return nil
                }
            }
            let cancelled = wait()
            let closed = wait()
            await loopTurn()
            cancelled.cancel()
            let first = try await cancelled.value
            #expect(first == .cancelled)
            stream.close()
            let second = try await closed.value
            #expect(second == .closed)
            let late = try await wait().value
            #expect(late == .closed)
            silent.close()
        }
    }

    @Test func aNameThatIsNoneIsRefusedBeforeAnythingIsSent() async throws {
        try await onLoop {
            let silent = try SilentServer()
            let context = TLSClientContext(TLSClientSettings(trust: .pin(TestIdentity.local.fingerprint)))
            for host in ["", "a b", "a..b", "host\u{0}.example", "1.2.3"] {
                #expect {
                    _ = try context.start(on: connectSocket(to: silent.address), host: host, port: 1)
                } throws: { "\($0)".contains("is not a host name") }
            }
            silent.close()
            #expect(silent.leftOpen <= 0)
        }
    }
}
