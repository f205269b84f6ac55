import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// mission R2: where the gateway listens.
@Suite struct BindPlanTests {
    static func address(_ host: String, _ port: UInt16 = 0) -> SocketAddress { SocketAddress(host: host, port: port)! }

    static let interfaces = ["127.0.0.1", "192.168.1.7", "100.101.102.103", "::1", "fd7a:115c:a1e0::7", "fe80::1"].map {
        address($0)
    }

    static func places(_ mode: BindMode, host: String? = nil, interfaces: [SocketAddress] = interfaces) throws
        -> [String]
    {
        try BindPlan(mode, customHost: host, port: 80, interfaces: interfaces).places.map { "\($0.address)" }
    }

    @Test func eachModeHasItsPlaces() throws {
        #expect(try Self.places(.loopback) == ["127.0.0.1:80", "[::1]:80"])
        #expect(try Self.places(.lan) == ["0.0.0.0:80", "[::]:80"])
        #expect(
            try Self.places(.tailnet) == ["100.101.102.103:80", "[fd7a:115c:a1e0::7]:80", "127.0.0.1:80", "[::1]:80"])
        #expect(try Self.places(.auto) == ["127.0.0.1:80", "[::1]:80", "100.101.102.103:80", "[fd7a:115c:a1e0::7]:80"])
        #expect(try Self.places(.auto, interfaces: [Self.address("127.0.0.1")]) == ["127.0.0.1:80", "[::1]:80"])
        #expect(try Self.places(.custom, host: "192.168.1.7") == ["192.168.1.7:80"])
        #expect(try Self.places(.custom, host: "::") == ["[::]:80"])
    }

    @Test func whatCannotBePlannedSaysWhy() {
        #expect(throws: BindPlan.Failure.noTailnet) {
            try Self.places(.tailnet, interfaces: [Self.address("10.0.0.1")])
        }
        #expect(throws: BindPlan.Failure.badHost("")) { try Self.places(.custom) }
        #expect(throws: BindPlan.Failure.badHost("box")) { try Self.places(.custom, host: "box") }
    }

    @Test func onlyLoopbackIsLoopback() throws {
        #expect(try BindPlan(.loopback, port: 1, interfaces: []).isLoopbackOnly)
        #expect(try BindPlan(.custom, customHost: "127.0.0.9", port: 1, interfaces: []).isLoopbackOnly)
        #expect(try BindPlan(.auto, port: 1, interfaces: []).isLoopbackOnly)
        #expect(try !BindPlan(.auto, port: 1, interfaces: Self.interfaces).isLoopbackOnly)
        #expect(try !BindPlan(.lan, port: 1, interfaces: []).isLoopbackOnly)
    }

    @Test func thisMachineHasAnAddress() { #expect(NetworkInterfaces.addresses.contains { $0.isLoopback }) }
}

@Suite struct GatewayListeningTests {
    @LoopActor final class Nothing: HTTPHandler {
        func handle(_ exchange: HTTPExchange) { exchange.respond(.text(.ok, "here")) }
    }

    @LoopActor static func listening(
        _ scratch: ScratchDirectory, _ settings: ListenSettings = ListenSettings(port: 0), socket: String? = nil
    ) -> GatewayListening {
        let log = Log(LogOutput(LogSettings(level: .trace)), subsystem: "test")
        return GatewayListening(
            settings: settings, stateDirectory: scratch.path, socketPath: socket ?? scratch.path("gateway.sock"),
            hostName: "box", inherited: InheritedListeners(), log: log, clock: EventLoop.shared)
    }

    @Test func thePortAndTheSocketAreOpenAndGo() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            scratch.write("left over", to: "gateway.sock")
            let server = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
            let place = try await Self.listening(scratch).start(server, requiresAuth: true)
            #expect(place.url == "http://\(place.address)")
            #expect(scratch.mode("gateway.sock") == 0o600)
            let owner = await BlockingPool.shared.run { PortOwner.find(port: place.address.port!) }
            #expect(owner?.process == ProcessFacts.own)
            await server.drain()
            #expect(!scratch.names().contains("gateway.sock"))
        }
    }

    @Test func aPortThatIsTakenIsNamedWithItsOwner() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let first = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
            let place = try await Self.listening(scratch).start(first, requiresAuth: true)
            let second = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
            let again = Self.listening(ScratchDirectory(), ListenSettings(port: place.address.port!))
            do throws(GatewayRefusal) {
                _ = try await again.start(second, requiresAuth: true)
                Issue.record("the port was taken")
            } catch {
                guard case .portTaken(let conflict) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(conflict.owner?.process == ProcessFacts.own)
                #expect(!conflict.isGateway)
                #expect("\(error)".hasPrefix("another gateway instance is already listening on ws://\(place.address)"))
            }
            await first.drain()
        }
    }

    /// `--force` ends gateways alone: this process is none, and a program that only sleeps is none either.
    @Test func nothingButAGatewayIsEnded() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let server = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
            let address = try server.listen(on: .loopback(port: 0))
            let takeover = GatewayTakeover(
                log: Log(LogOutput(LogSettings()), subsystem: "test"), clock: EventLoop.shared)
            #expect(await takeover.end(listenerOn: address.port!) == false)
            await server.drain()
            scratch.write("", to: "lock")
            let owner = LockOwner(process: ProcessFacts.parent(of: ProcessFacts.own))
            #expect(await takeover.end(owner, holding: scratch.path("lock")) == false)
            #expect(await takeover.end(LockOwner(process: nil), holding: scratch.path("lock")) == false)
        }
    }

    @Test func aHealthyGatewayIsRecognised() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let address = try gateway.server.listen(on: .loopback(port: 0))
            // Hundreds of tests share the loop: the question is what is recognised, not how soon.
            #expect(await PortConflict.look(at: address, within: .seconds(60)).isGateway)
            await gateway.server.drain()
        }
    }

    @Test func aSocketPathThatIsTooLongIsLeftOut() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            for (extra, isThere) in [(-1, true), (0, true), (1, false)] {
                let length = SocketAddress.pathLimit + extra - scratch.path.utf8.count - 1
                let name = String(repeating: "s", count: length)
                let server = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
                _ = try await Self.listening(scratch, socket: scratch.path(name)).start(server, requiresAuth: true)
                #expect(scratch.names().contains(name) == isThere)
                await server.drain()
            }
        }
    }

    @Test func withoutAuthenticationNobodyElseMayConnect() async throws {
        try await onLoop {
            var settings = ListenSettings(port: 0)
            settings.bind = .lan
            let server = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
            do throws(GatewayRefusal) {
                _ = try await Self.listening(ScratchDirectory(), settings).start(server, requiresAuth: false)
                Issue.record("it listens")
            } catch {
                #expect("\(error)".hasPrefix("refusing to bind gateway to 0.0.0.0:0 without auth"))
                #expect(error.isFinal)
            }
        }
    }

    @Test func anOwnCertificateIsMadeOnceAndKept() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            var settings = ListenSettings(port: 0)
            settings.tls = ListenSettings.TLS()
            var fingerprints: [CertificateFingerprint?] = []
            for _ in 0..<2 {
                let server = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
                let place = try await Self.listening(scratch, settings).start(server, requiresAuth: true)
                #expect(place.socketURL.hasPrefix("wss://"))
                fingerprints.append(place.fingerprint)
                await server.drain()
            }
            #expect(fingerprints[0] != nil)
            #expect(fingerprints[0] == fingerprints[1])
            #expect(scratch.mode("tls/gateway-key.pem") == 0o600)
            scratch.write("damaged", to: "tls/gateway-cert.pem")
            let server = HTTPServer(handler: Nothing(), clock: EventLoop.shared)
            do throws(GatewayRefusal) {
                _ = try await Self.listening(scratch, settings).start(server, requiresAuth: true)
                Issue.record("a damaged certificate is shown")
            } catch {
                #expect(error.isFinal)
            }
        }
    }
}

@Suite struct GatewayIdentityTests {
    @Test func aKeyIsMadeOnceAndKeptPrivate() throws {
        let scratch = ScratchDirectory()
        let first = try GatewayIdentity.open(in: scratch.path)
        let second = try GatewayIdentity.open(in: scratch.path)
        #expect(first.deviceID == second.deviceID)
        #expect(first.deviceID == Hex.encode(SHA256.hash(first.key.publicKey.rawBytes)))
        #expect(scratch.mode("identity/gateway.json") == 0o600)
        #expect(scratch.mode("identity") == 0o700)
        scratch.write("{}", to: "identity/gateway.json")
        #expect(throws: GatewayIdentity.Failure.self) { try GatewayIdentity.open(in: scratch.path) }
    }
}
