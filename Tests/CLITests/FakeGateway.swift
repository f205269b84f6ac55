import Contract
import Gateway
import Platform
import Settings
import Support
import Wire

@testable import CLI

/// The other end of a client's connection, saying what the test wants.
@LoopActor
final class FakeGateway: WebSocketHandler {
    /// The frames that answer a request; `id` is the request's.
    typealias Answer = @LoopActor (_ method: String, _ params: JSON, _ id: String) -> [JSON]

    let clock = FakeClock()
    let state = ScratchDirectory()
    var answer: Answer = { _, _, _ in [] }
    /// What `connect` is answered with, one after the other; the last one for ever.
    var welcomes: [@LoopActor (_ id: String) -> JSON] = [{ FakeGateway.hello($0) }]
    var isSilent = false
    private(set) var connects: [JSON] = []
    private(set) var frames: [JSON] = []
    private(set) var sockets: [WebSocketConnection] = []
    static let nonce = "6a0a4c6e-5f64-4a5e-9a3c-0d2c5f6f7a11"
    static let challengeTime: Int64 = 1_790_000_000_123

    static func hello(_ id: String, auth: JSON = ["role": "operator", "scopes": ["operator.admin"]]) -> JSON {
        [
            "type": "res", "id": .string(id), "ok": true,
            "payload": [
                "type": "hello-ok", "protocol": 4, "server": ["version": "2026.12.0", "connId": "c1"],
                "features": ["methods": ["health", "status"], "events": ["tick"]],
                "snapshot": ["presence": [], "health": [:], "uptimeMs": 1500, "authMode": "token"],
                "auth": auth, "policy": ["maxPayload": 1_000_000, "tickIntervalMs": 30000],
            ],
        ]
    }

    static func failure(_ id: String, _ code: String, _ message: String, _ details: JSON? = nil) -> JSON {
        var error: JSON = ["code": .string(code), "message": .string(message)]
        error["details"] = details
        return ["type": "res", "id": .string(id), "ok": false, "error": error]
    }

    func connector() -> GatewayConnector {
        GatewayConnector(stateDirectory: state.path, clock: clock, dial: { _ in PipeDialer(self) })
    }

    func route(_ text: String = "ws://127.0.0.1:18789", token: String? = "the-shared-secret") throws -> GatewayRoute {
        var route = GatewayRoute(.url(try WebURL(text)))
        route.token = token.map { .init(value: $0, source: "gateway.auth.token in ~/.openclaw/openclaw.json") }
        return route
    }

    /// Takes the client's handshake over and goes on as a WebSocket.
    fileprivate func take(_ stream: MemoryPipe) {
        let peer = Peer(stream)
        startTask {
            try await turns { peer.text.contains("\r\n\r\n") }
            let lines = peer.text.split(separator: "\r\n")
            let acceptance = try WebSocketHandshake.accept(method: "GET") { name in
                lines.compactMap { line in
                    let parts = line.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2, parts[0].lowercased() == name else { return nil }
                    return parts[1].trimmed
                }
            }
            var head = ByteBuffer()
            head.append("HTTP/1.1 101 Switching Protocols\r\n")
            for (name, value) in acceptance.fields { head.append("\(name): \(value)\r\n") }
            head.append("\r\n")
            let socket = WebSocketConnection(
                role: .server, options: WebSocketOptions(), deflate: nil, handler: self, clock: self.clock)
            self.sockets.append(socket)
            socket.begin(stream: stream, received: ByteBuffer(), outbox: head)
            guard !self.isSilent else { return }
            self.send([
                "type": "event", "event": "connect.challenge",
                "payload": ["nonce": .string(Self.nonce), "ts": .int(Self.challengeTime)],
            ])
        }
    }

    func send(_ frame: JSON) { sockets.last?.send(frame.description) }

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        guard let frame = try? JSONParser.parse(bytes) else { return socket.close(.normal) }
        frames.append(frame)
        guard frame["type"]?.string == "req", let id = frame["id"]?.string else { return }
        if frame["method"]?.string == "connect" {
            connects.append(frame["params"] ?? .null)
            let welcome = welcomes.count > 1 ? welcomes.removeFirst() : welcomes[0]
            return send(welcome(id))
        }
        for reply in answer(frame["method"]?.string ?? "", frame["params"] ?? .null, id) { send(reply) }
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {}
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}

/// Leads to a fake gateway through memory.
@LoopActor
private final class PipeDialer: HTTPConnecting {
    private let gateway: FakeGateway

    init(_ gateway: FakeGateway) { self.gateway = gateway }

    func route(to origin: HTTPOrigin) -> HTTPRoute { .direct }

    func connect(to origin: HTTPOrigin) async throws -> any ByteStream {
        let (ours, theirs) = MemoryPipe.pair()
        gateway.take(theirs)
        return ours
    }
}

/// Lets time pass in steps until `body` is done. Fails when it is not after so many steps that no deadline is longer.
@LoopActor
func whileTimePasses<Value: Sendable>(
    _ clock: FakeClock, by step: Duration = .milliseconds(500),
    _ body: @escaping @LoopActor @Sendable () async throws -> Value
) async throws -> Value {
    let outcome = Outcome<Value>()
    startTask {
        do { outcome.result = .success(try await body()) } catch { outcome.result = .failure(error) }
    }
    for _ in 0..<100 {
        if let result = outcome.result { return try result.get() }
        await clock.advance(by: step)
        // The other end waits for threads of the pool; a machine that is busy must not let time run ahead of them.
        for _ in 0..<20 { await BlockingPool.shared.run {} }
    }
    throw StillWaiting()
}

private struct StillWaiting: Error {}

@LoopActor
private final class Outcome<Value: Sendable> {
    var result: Result<Value, any Error>?
}

/// What `body` fails with; nil when it does not.
@LoopActor
func failure<Value>(
    of body: @LoopActor () async throws(ClientError) -> Value
) async -> CommandFailure? {
    do throws(ClientError) {
        _ = try await body()
        return nil
    } catch {
        return error.failure("openclaw")
    }
}
