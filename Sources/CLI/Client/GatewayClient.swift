import Contract
import Platform
import Wire

/// As what a client presents itself.
struct ClientRole: Sendable {
    let id: String
    let mode: String

    static let cli = ClientRole(id: "cli", mode: "cli")
    static let probe = ClientRole(id: "openclaw-probe", mode: "probe")
}

/// A gateway that let us in.
@LoopActor
final class GatewayClient {
    nonisolated static let defaultTimeout = Duration.seconds(10)
    /// How long a gateway that accepts the connection has for its first word (protocol.md section 0, rule 11).
    nonisolated static let challengeTime = Duration.seconds(5)
    /// How soon a gateway that says it is starting is asked again, when it does not say.
    nonisolated static let startingPause = Duration.milliseconds(500)

    let hello: Hello
    /// From the first packet to the gateway's welcome.
    let connectTime: Duration
    private let connection: ClientConnection
    private let clock: any Clock

    init(_ connection: ClientConnection, _ hello: Hello, _ connectTime: Duration, _ clock: any Clock) {
        self.connection = connection
        self.hello = hello
        self.connectTime = connectTime
        self.clock = clock
    }

    var route: GatewayRoute { connection.route }

    @discardableResult
    func call(
        _ method: String, _ params: JSON? = nil, within time: Duration = defaultTimeout
    ) async throws(ClientError) -> JSON {
        try await connection.request(method, params, by: clock.now + time)
    }

    /// For methods that first say `accepted`: waits for what became of it.
    func callForEnd(_ method: String, _ params: JSON?, within time: Duration) async throws(ClientError) -> JSON {
        try await connection.request(method, params, by: clock.now + time, final: true)
    }

    /// Events as they come. They end, with the reason as an error, when the connection does.
    nonisolated var events: GatewayEvents { GatewayEvents(connection: connection) }

    /// The next event; nil when none comes by then.
    func event(by deadline: Instant?) async throws(ClientError) -> GatewayEvent? {
        try await connection.event(by: deadline)
    }

    func close() { connection.close() }
}

/// The events of one connection, for one reader.
struct GatewayEvents: AsyncSequence {
    let connection: ClientConnection

    struct AsyncIterator: AsyncIteratorProtocol {
        let connection: ClientConnection

        mutating func next(isolation actor: isolated (any Actor)?) async throws(ClientError) -> GatewayEvent? {
            try await connection.event(by: nil)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(connection: connection) }
}
