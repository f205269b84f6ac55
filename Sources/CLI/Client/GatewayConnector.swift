import Contract
import Gateway
import Platform
import Wire

/// Opens connections to gateways: transport, upgrade, challenge, `connect`.
@LoopActor
final class GatewayConnector {
    /// What opens the stream of a route; tests put a pipe in its place.
    typealias Dial = @LoopActor @Sendable (GatewayRoute) -> any HTTPConnecting

    /// What the commands need, all at once: a device that later asks for more would have to be approved again.
    static let scopes: [Scope] = [.admin, .approvals, .pairing, .read, .write]

    private let stateDirectory: String
    private let clock: any Clock
    private let resolver: any Resolver
    private let dial: Dial?
    /// In place of that of the state directory, into which nothing is written then.
    private let identity: DeviceIdentity?

    init(
        stateDirectory: String, clock: any Clock = EventLoop.shared, resolver: any Resolver = SystemResolver.shared,
        dial: Dial? = nil, identity: DeviceIdentity? = nil
    ) {
        self.identity = identity
        self.stateDirectory = stateDirectory
        self.clock = clock
        self.resolver = resolver
        self.dial = dial
    }

    /// Connects, and asks again as long as the gateway says that it is starting.
    func connect(
        _ route: GatewayRoute, as role: ClientRole = .cli, within time: Duration = GatewayClient.defaultTimeout
    ) async throws(ClientError) -> GatewayClient {
        let deadline = clock.now + time
        while true {
            do throws(ClientError) {
                return try await attempt(route, role, deadline)
            } catch {
                guard error.isStarting, clock.now + GatewayClient.startingPause < deadline else { throw error }
                try? await clock.sleep(for: GatewayClient.startingPause)
            }
        }
    }

    private func attempt(
        _ route: GatewayRoute, _ role: ClientRole, _ deadline: Instant
    ) async throws(ClientError) -> GatewayClient {
        let began = clock.now
        let connection = ClientConnection(route, clock)
        connection.begin(try await open(route, connection, deadline))
        do throws(ClientError) {
            let hello = try await handshake(connection, route, role, deadline)
            remember(hello, route)
            return GatewayClient(connection, hello, clock.now - began, clock)
        } catch {
            connection.close()
            throw error
        }
    }

    // MARK: Transport

    private func open(
        _ route: GatewayRoute, _ handler: ClientConnection, _ deadline: Instant
    ) async throws(ClientError) -> WebSocketConnection {
        let left = deadline - clock.now
        guard left > .zero else { throw .timedOut(route, what: "no connection", after: .zero) }
        let connecting = try await connecting(route, deadline)
        var options = WebSocketOptions()
        options.limits.message = WireFacts.frameBytes
        options.limits.frame = WireFacts.frameBytes
        var deadlines = HTTPDeadlines()
        deadlines.connecting = left
        deadlines.firstByte = left
        deadlines.total = left
        let client = HTTPClient(connector: connecting, clock: clock, userAgent: "openclaw/\(Help.version)")
        do throws(WebSocketClientError) {
            return try await client.openWebSocket(
                Self.address(route), options: options, deadlines: deadlines, handler: handler, clock: clock)
        } catch {
            throw Self.reason(error, route, left)
        }
    }

    /// Over the socket the name does not matter; it is one that every gateway serves.
    private static func address(_ route: GatewayRoute) -> WebURL {
        switch route.place {
        case .socket: localhost
        case .url(let url): url
        }
    }

    private static let localhost = try! WebURL("ws://localhost/")

    private func connecting(
        _ route: GatewayRoute, _ deadline: Instant
    ) async throws(ClientError) -> any HTTPConnecting {
        if let dial { return dial(route) }
        switch route.place {
        case .socket(let path): return SocketDialer(path: path)
        case .url(let url):
            let tls = route.pin.map { TLSClientContext(TLSClientSettings(trust: .pin($0))) } ?? .system
            if url.scheme.isSecure { return HTTPDialer(tls: tls, resolver: resolver) }
            return HTTPDialer(resolver: FixedResolver(try await judged(url, route, deadline)))
        }
    }

    /// The addresses of a host that may be spoken to in the clear.
    private func judged(
        _ url: WebURL, _ route: GatewayRoute, _ deadline: Instant
    ) async throws(ClientError) -> [SocketAddress] {
        let addresses: [SocketAddress]
        do throws(ResolveError) {
            addresses = try await resolver.resolve(url.host, port: url.port, by: deadline)
        } catch {
            throw .unreachable(route, reason: "cannot find \(url.host): \(error)")
        }
        if let refusal = PlainTransport.refusal(
            host: url.host, addresses, allowsPrivate: route.allowsPlainPrivate)
        {
            throw .plain(refusal)
        }
        return addresses
    }

    private static func reason(
        _ error: WebSocketClientError, _ route: GatewayRoute, _ time: Duration
    ) -> ClientError {
        switch error {
        case .request(.notUpgraded(_, let status)): .turnedAway(route, status: status.code)
        case .request(.notConnected(_, let reason)): .unreachable(route, reason: short(reason, route))
        case .request(.timedOut(.connecting, _, _)): .timedOut(route, what: "no connection", after: time)
        case .request(.timedOut): .timedOut(route, what: "no answer to the upgrade", after: time)
        default: .foreign(route, reason: "\(error)")
        }
    }

    /// The way's name stands before the reason already.
    static func short(_ reason: String, _ route: GatewayRoute) -> String {
        let target =
            switch route.place {
            case .socket(let path): path
            case .url(let url): url.peer
            }
        var rest = reason[...]
        for front in ["cannot connect to \(target): ", "\(target): "] where rest.hasPrefix(front) {
            rest = rest.dropFirst(front.count)
        }
        return String(rest)
    }

    // MARK: Handshake

    private func handshake(
        _ connection: ClientConnection, _ route: GatewayRoute, _ role: ClientRole, _ deadline: Instant
    ) async throws(ClientError) -> Hello {
        let patience = min(deadline, clock.now + GatewayClient.challengeTime)
        guard let challenge = try await connection.event("connect.challenge", by: patience) else {
            throw .foreign(route, reason: "it sent no connect.challenge; the port may belong to another program")
        }
        let params = try connectParams(route, role, challenge.payload)
        let payload: JSON
        do throws(ClientError) {
            payload = try await connection.request("connect", params, by: deadline)
        } catch .failed(_, let error) {
            throw .refused(route, error)
        }
        do throws(JSONDecodingError) {
            return try Hello(payload)
        } catch {
            throw .foreign(route, reason: "its hello-ok cannot be read: \(error)")
        }
    }

    private func connectParams(
        _ route: GatewayRoute, _ role: ClientRole, _ challenge: JSON
    ) throws(ClientError) -> JSON {
        let scopes = Self.scopes.map(\.rawValue)
        var params: JSON = [
            "minProtocol": .int(Int64(WireFacts.protocols.lowerBound)),
            "maxProtocol": .int(Int64(WireFacts.protocols.upperBound)),
            "client": [
                "id": .string(role.id), "version": .string(Help.version), "platform": .string(Self.platform),
                "mode": .string(role.mode),
            ],
            "role": .string(Role.operator.rawValue), "scopes": .array(scopes.map(JSON.string)), "caps": [],
        ]
        // The socket's file says who we are.
        guard let url = route.url else { return params }
        let issued = DeviceTokens(in: stateDirectory).token(for: GatewayRoute.key(url))
        var auth = JSON.object(JSONObject())
        if let token = route.token?.value ?? issued { auth["token"] = .string(token) }
        if let password = route.password?.value { auth["password"] = .string(password) }
        if auth.object?.isEmpty == false { params["auth"] = auth }
        let statement = DeviceStatement(
            deviceID: "", clientID: role.id, clientMode: role.mode, role: Role.operator.rawValue, scopes: scopes,
            // The gateway's own time: two clocks may differ by more than it would allow.
            signedAt: challenge["ts"]?.int.map { Int64($0) } ?? clock.wall.milliseconds,
            token: auth["token"]?.string ?? "", nonce: challenge["nonce"]?.string ?? "", platform: Self.platform,
            deviceFamily: "")
        let device = if let identity { identity } else { try DeviceIdentity.loadOrCreate(in: stateDirectory) }
        params["device"] = device.proof(statement)
        return params
    }

    private func remember(_ hello: Hello, _ route: GatewayRoute) {
        guard identity == nil, let url = route.url, let token = hello.deviceToken else { return }
        // Without it the next connection is made with the shared secret again.
        try? DeviceTokens(in: stateDirectory).set(
            token, scopes: hello.scopes, for: GatewayRoute.key(url), at: clock.wall)
    }

    private static let platform: String = {
        #if os(macOS)
        "macos"
        #else
        "linux"
        #endif
    }()
}

extension GatewayRoute {
    /// What a gateway's device token is kept under.
    static func key(_ url: WebURL) -> String { "\(url.scheme.rawValue)://\(url.peer)" }
}
