import Agents
import Channels
import Contract
import Models
import Platform
import Settings
import Store
import Support
import Testing
import Wire

@testable import Gateway

/// Lets in whoever comes, as what it asks to be.
@LoopActor
final class OpenGate: Admitting {
    func admit(
        _ params: ConnectParams, generation: Int, challenge: Challenge, from origin: ClientOrigin
    ) async throws(ConnectRefusal) -> Admission {
        Admission(
            role: Role(rawValue: params.role) ?? .operator,
            scopes: Set((params.scopes ?? []).compactMap { Scope(rawValue: $0) }), credential: .open, deviceID: nil)
    }
}

/// The control plane without HTTP around it: clients speak through pipes, on a fake clock.
@LoopActor
final class MethodBench {
    static let facts = GatewayFacts(
        version: "2026.1.0", profile: "default", hostName: "bench", platform: "linux",
        configPath: "/state/openclaw.json", stateDirectory: "/state", authMode: "token", defaultAgentID: "main",
        databasePath: "/state/openclaw.sqlite", workspaceDirectory: "/state/workspace")

    let clock = FakeClock()
    let health: GatewayHealth
    let plane: ControlPlane
    let output: LogOutput
    let configuration: LiveConfiguration
    let scratch = ScratchDirectory()
    private let desk: FrontDesk
    private var store: Store?

    /// With the gateway's own methods, or with those of a test.
    init(
        methods: [any Method]? = nil, log place: LogPlace? = nil, environment: [String: String] = [:],
        models: ModelDesk? = nil, restarts: RestartDesk? = nil, platforms: [ChannelPlatform] = []
    ) throws {
        let clock = clock
        let environment = Environment(["HOME": scratch.path].merging(environment) { $1 })
        configuration = LiveConfiguration(
            try Instance(flags: Instance.Flags(), environment: environment), environment: environment,
            schema: .product, clock: clock)
        health = GatewayHealth(version: Self.facts.version, clock: clock)
        output = LogOutput(LogSettings(level: .trace, place: place), clock: clock)
        let log = Log(output, subsystem: "gateway")
        // A run makes its workspace, so that must not be a directory of this machine's.
        var facts = Self.facts
        facts.workspaceDirectory = scratch.path("workspace")
        facts.stateDirectory = scratch.path("state")
        plane = ControlPlane(
            facts: facts, health: health, admission: OpenGate(), configuration: configuration, models: models,
            restarts: restarts, platforms: platforms, clock: clock, log: log)
        health.phase = .running
        plane.started()
        guard let methods else {
            desk = plane.desk
            return
        }
        let roster = AgentRoster(defaultID: "main")
        let report = HealthReport(facts: Self.facts, health: health, roster: roster, hub: plane.hub, clock: clock)
        desk = FrontDesk(
            router: MethodRouter(methods), admission: OpenGate(), hub: plane.hub,
            greeter: Greeter(
                facts: Self.facts, health: health, report: report, presence: Presence(clock: clock), hub: plane.hub),
            waiting: UnadmittedSessions(), clock: clock, log: log)
    }

    /// The configuration file's text.
    var file: String? {
        get { scratch.read(".openclaw/openclaw.json") }
        set { scratch.write(newValue ?? "", to: ".openclaw/openclaw.json") }
    }

    /// Puts a configuration in place, as it is when a gateway starts.
    func begin(_ text: String) async throws {
        try await PrivateDirectory.create(scratch.path(".openclaw"))
        file = text
        await configuration.begin()
    }

    /// What a process that starts with that configuration is decided on.
    func start() async throws -> GatewayStart {
        var flags = GatewayFlags()
        flags.allowUnconfigured = true
        return try await GatewayStart(
            configuration.instance, environment: Environment(["HOME": scratch.path]), flags: flags, isForced: false)
    }

    /// Opens the sessions, on a disk and in a store of this bench's own; `closeSessions` has to follow.
    func openSessions() async throws {
        try await PrivateDirectory.create(scratch.path("state"))
        let store = try await Store.open(at: scratch.path("state/sessions.sqlite"), schema: GatewaySchema.schema)
        self.store = store
        try await plane.openSessions(store, in: scratch.path("state"))
        try await plane.cron.open(store)
    }

    /// The same with channels.
    func openChannels() async throws {
        try await openSessions()
        if let store { try await plane.channels.open(store, plane.handler) }
    }

    /// Returns when what is on its way to the store has come back, and what that led to as well.
    func calm() async throws {
        for _ in 0..<16 {
            try await store?.write { _ throws(StoreError) in }
            try await store?.read { _ throws(StoreError) in }
            await BlockingPool.shared.run {}
            await clock.settle()
        }
    }

    func closeSessions() async {
        plane.cron.close()
        await plane.channels.drain()
        await plane.agents.sessions.shelf?.close()
        await store?.close()
    }

    var contracts: [MethodContract] { desk.router.contracts }

    func connect(
        role: Role = .operator, scopes: [Scope] = [.admin], mode: String = "backend", platform: String = "linux"
    ) async throws -> BenchClient {
        let (ours, theirs) = MemoryPipe.pair(capacity: 1 << 20)
        let origin = ClientOrigin(
            way: .socket, address: nil, isDirectlyLocal: true, browserOrigin: nil, isEncrypted: false)
        let session = ClientSession(origin: origin, desk: desk)
        let socket = WebSocketConnection(
            role: .server, options: FrontDesk.options, deflate: nil, handler: session, clock: clock)
        socket.begin(stream: theirs, received: ByteBuffer(), outbox: ByteBuffer())
        session.begin(on: socket)
        let client = BenchClient(stream: ours, server: socket, bench: self)
        let answer = try await client.request(
            "connect",
            [
                "minProtocol": 3, "maxProtocol": 4, "role": .string(role.rawValue),
                "scopes": .array(scopes.map { .string($0.rawValue) }),
                "client": [
                    "id": "gateway-client", "mode": .string(mode), "version": "1.0.0", "platform": .string(platform),
                ],
            ])
        try #require(answer["ok"]?.bool == true, "connect was refused: \(answer)")
        return client
    }
}

/// A client of the bench: sends frames and keeps what comes.
@LoopActor
final class BenchClient: WebSocketHandler {
    private(set) var frames: [JSON] = []
    private(set) var close: WebSocketClose?
    private var socket: WebSocketConnection?
    /// Kept for as long as the client is: the stream alone does not keep it.
    private let server: WebSocketConnection
    private let bench: MethodBench
    private var requests = 0

    init(stream: any ByteStream, server: WebSocketConnection, bench: MethodBench) {
        self.server = server
        self.bench = bench
        let socket = WebSocketConnection(
            role: .client, options: WebSocketOptions(), deflate: nil, handler: self, clock: bench.clock)
        self.socket = socket
        socket.begin(stream: stream, received: ByteBuffer(), outbox: ByteBuffer())
    }

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        do throws(JSONError) {
            frames.append(try JSONParser.parse(bytes))
        } catch {
            Issue.record("a frame that is not JSON: \(error)")
        }
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) { self.close = close }

    func send(_ frame: JSON) { socket?.send(.text, JSONWriter.bytes(of: frame).span) }

    func leave() { socket?.close(.normal) }

    /// Sends a request; `response` waits for its answer.
    func start(_ method: String, _ params: JSON? = nil) -> String {
        requests += 1
        let id = "r\(requests)"
        var frame: JSON = ["type": "req", "id": .string(id), "method": .string(method)]
        frame["params"] = params
        send(frame)
        return id
    }

    func response(_ id: String) async throws -> JSON {
        try await turns { responses(id).first != nil || close != nil }
        return try #require(responses(id).first, "no answer to \(id); closed: \(String(describing: close))")
    }

    func responses(_ id: String) -> [JSON] {
        frames.filter { $0["type"]?.string == "res" && $0["id"]?.string == id }
    }

    func request(_ method: String, _ params: JSON? = nil) async throws -> JSON {
        try await response(start(method, params))
    }

    /// The payload; a failure fails the test.
    func call(_ method: String, _ params: JSON? = nil) async throws -> JSON {
        let answer = try await request(method, params)
        try #require(answer["ok"]?.bool == true, "\(method) failed: \(answer)")
        return answer["payload"] ?? .null
    }

    /// The error's code and message; an answer fails the test.
    func refusal(_ method: String, _ params: JSON? = nil) async throws -> String {
        let answer = try await request(method, params)
        try #require(answer["ok"]?.bool == false, "\(method) was answered: \(answer)")
        return "\(answer["error"]?["code"]?.string ?? "") \(answer["error"]?["message"]?.string ?? "")"
    }

    func events(_ name: String) -> [JSON] {
        frames.filter { $0["event"]?.string == name }.compactMap { $0["payload"] }
    }

    func event(_ name: String) async throws -> JSON {
        try await turns { !events(name).isEmpty }
        return events(name)[0]
    }
}

extension JSON {
    /// Whether it is an object with this key, whatever its value.
    func has(_ key: String) -> Bool { object?.keys.contains(key) == true }
}
