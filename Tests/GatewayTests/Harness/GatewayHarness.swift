import Contract
import Platform
import Store
import Support
import Testing
import Wire

@testable import Gateway

/// A gateway's server and control plane in memory, on a fake clock. Clients come in over pipes, through the same HTTP
/// server and routes as over a port.
@LoopActor
final class GatewayHarness {
    nonisolated static let token = "harness-token-0123456789"

    static let facts = GatewayFacts(
        version: "2026.1.0", profile: "default", hostName: "harness", platform: "linux",
        configPath: "/state/openclaw.json", stateDirectory: "/state", authMode: "token", defaultAgentID: "main",
        identity: GatewayIdentity(key: Ed25519.PrivateKey()))

    let clock = FakeClock()
    /// What was stored of pairings.
    let storage = MemoryDevices()
    let health: GatewayHealth
    let plane: ControlPlane
    let log: LogOutput
    let server: HTTPServer
    let routes: GatewayRoutes

    /// `isOpen`: whether the control plane stands behind the routes already.
    init(
        access: AccessSettings = AccessSettings(token: GatewayHarness.token),
        phase: GatewayHealth.Phase = .running, isOpen: Bool = true,
        kinship: @escaping @Sendable (PeerCredentials) -> OriginFinder.Kinship = PeerKinship.of
    ) async throws {
        log = LogOutput(LogSettings(level: .trace), clock: clock)
        health = GatewayHealth(version: Self.facts.version, clock: clock)
        plane = ControlPlane(
            facts: Self.facts, health: health, access: access, kinship: kinship, clock: clock,
            log: Log(log, subsystem: "gateway"))
        routes = GatewayRoutes(health: health, doorstep: plane.entrance.doorstep)
        if isOpen { routes.open(plane) }
        server = HTTPServer(handler: routes, commonFields: GatewayRoutes.commonFields(), clock: clock)
        try await plane.devices.open(storage)
        health.phase = phase
        if phase == .running { plane.started() }
    }

    /// This machine itself.
    nonisolated static let loopback = HTTPPeer(address: .v4(address: .loopback, port: 50_000))

    /// Another machine of the network.
    nonisolated static let stranger = HTTPPeer(address: .v4(address: IPv4Address(bits: 0xc0a8_0107), port: 50_000))

    /// The client's end of a new connection.
    func connection(_ peer: HTTPPeer = loopback) -> Peer {
        let (ours, theirs) = MemoryPipe.pair()
        server.adopt(theirs, peer)
        return Peer(ours)
    }

    /// Sends a request as it is written and returns the answer up to where the body ends.
    func exchange(_ head: String, from peer: HTTPPeer = loopback) async throws -> HarnessAnswer {
        let connection = connection(peer)
        connection.send(head)
        try await turns { HarnessAnswer(connection.text).isComplete || connection.isOver }
        connection.close()
        return HarnessAnswer(connection.text)
    }

    func get(
        _ path: String, _ fields: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789"],
        from peer: HTTPPeer = loopback
    ) async throws -> HarnessAnswer {
        try await exchange(Self.head("GET \(path) HTTP/1.1", fields), from: peer)
    }

    static func head(_ line: String, _ fields: KeyValuePairs<String, String>) -> String {
        line + "\r\n" + fields.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
    }

    /// Opens a WebSocket; the challenge is the first frame to come. `fields` beside those of the handshake.
    func open(
        _ path: String = "/", _ fields: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789"],
        from peer: HTTPPeer = loopback
    ) async throws -> HarnessClient {
        let connection = connection(peer)
        let offer = WebSocketOffer(nonce: Array(repeating: 7, count: 16))
        let lines = (fields.map { $0 } + offer.fields.map { (key: $0.name, value: $0.value) }).map {
            "\($0.key): \($0.value)\r\n"
        }
        connection.send("GET \(path) HTTP/1.1\r\n\(lines.joined())\r\n")
        try await turns { connection.received.hasEndOfHead || connection.isOver }
        return HarnessClient(connection, clock: clock)
    }

    /// Opens a WebSocket and connects with these parameters.
    func connect(
        _ params: JSON = GatewayHarness.params(scopes: Scope.operatorDefaults.words),
        _ fields: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789"],
        from peer: HTTPPeer = loopback
    ) async throws -> HarnessClient {
        let client = try await open("/", fields, from: peer)
        _ = try await client.event("connect.challenge")
        let answer = try await client.request("connect", params)
        try #require(answer["ok"]?.bool == true, "connect was refused: \(answer)")
        return client
    }

    /// What a client without a device sends.
    nonisolated static func params(
        protocols: ClosedRange<Int> = 3...4, id: String = "gateway-client", mode: String = "backend",
        role: String? = nil, scopes: [String]? = nil, token: String? = GatewayHarness.token, auth: JSON? = nil
    ) -> JSON {
        var params: JSON = [
            "minProtocol": JSON(protocols.lowerBound), "maxProtocol": JSON(protocols.upperBound),
            "client": ["id": .string(id), "mode": .string(mode), "version": "1.0.0", "platform": "linux"],
        ]
        params["role"] = role.map { .string($0) }
        params["scopes"] = scopes.map { .array($0.map { .string($0) }) }
        params["auth"] = auth ?? token.map { ["token": .string($0)] }
        return params
    }
}

/// Pairings in memory, as the store would keep them: as JSON.
@LoopActor
final class MemoryDevices: DeviceStoring {
    var devices: [String: JSON] = [:]
    var requests: [String: JSON] = [:]
    /// What the next writes fail with.
    var failure: StoreError?

    func load() async throws(StoreError) -> (devices: [PairedDevice], requests: [PairingRequest]) {
        (
            devices.values.compactMap { try? PairedDevice(JSONField($0)) },
            requests.values.compactMap { try? PairingRequest(JSONField($0)) }
        )
    }

    func apply(_ changes: [DeviceChange]) async throws(StoreError) {
        if let failure { throw failure }
        for change in changes {
            switch change {
            case .device(let device): devices[device.id] = device.stored
            case .deviceRemoved(let id): devices[id] = nil
            case .request(let request): requests[request.id] = request.json
            case .requestRemoved(let id): requests[id] = nil
            }
        }
    }
}

/// An HTTP answer taken apart.
struct HarnessAnswer {
    let status: Int
    let head: String
    let body: String

    init(_ text: String) {
        let bytes = Array(text.utf8)
        let end = bytes.indices.first { bytes[$0...].starts(with: [13, 10, 13, 10]) } ?? bytes.count
        head = String(decoding: bytes[..<end], as: UTF8.self)
        body = String(decoding: bytes[min(end + 4, bytes.count)...], as: UTF8.self)
        status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// Whether all of the announced body is there; some answers never have one.
    var isComplete: Bool {
        status == 304 || field("Content-Length").flatMap { Int($0) }.map { body.utf8.count >= $0 } ?? false
    }

    /// A header field's value.
    func field(_ name: String) -> String? {
        for line in head.split(whereSeparator: \.isNewline).dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts[0].lowercased() == name.lowercased() { return String(parts[1].drop { $0 == " " }) }
        }
        return nil
    }

    var json: JSON? { try? JSONParser.parse(Array(body.utf8).span) }
}

extension [UInt8] {
    fileprivate var hasEndOfHead: Bool { indices.contains { self[$0...].starts(with: [13, 10, 13, 10]) } }
}
