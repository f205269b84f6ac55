import Platform
import Store
import Support
import Wire

@testable import Channels

/// Slack as far as the connector knows it: the Web API and Socket Mode.
@LoopActor
final class FakeSlack {
    /// One socket that somebody opened.
    @LoopActor
    final class Socket: WebSocketHandler {
        let number: Int
        weak var slack: FakeSlack?
        var connection: WebSocketConnection?

        init(_ number: Int, _ slack: FakeSlack) {
            self.number = number
            self.slack = slack
        }

        var isOpen: Bool { connection?.isOpen == true }

        func send(_ json: JSON) { connection?.send(json.description) }

        func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
            slack?.acknowledged(self, Array(copying: bytes))
        }

        func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
            slack?.story.append("closed \(number)")
            slack?.bringAgain()
        }
    }

    let clock: FakeClock
    private(set) var service: FakeService!
    private(set) var sockets: [Socket] = []
    /// What happened to the sockets, in order.
    var story: [String] = []
    private(set) var acks: [String] = []
    private(set) var calls: [(method: String, arguments: String)] = []
    /// What the next calls of a method are answered with.
    var answers: [String: [JSON]] = [:]
    var app = "A1"
    var scopes = SlackConnector.scopes.joined(separator: ",")
    /// What nobody acknowledged. When the socket that brought it ends, another brings it again.
    private var unacknowledged: [(id: String, json: JSON, carrier: Socket?)] = []
    var saysHello = true

    init(_ clock: FakeClock) {
        self.clock = clock
        service = FakeService(clock) { [weak self] exchange, body in self?.answer(exchange, body) }
    }

    /// Ends every connection, the sockets' too.
    func restart() {
        service.restart()
        for socket in open { socket.connection?.cut() }
    }

    var open: [Socket] { sockets.filter(\.isOpen) }

    func count(_ method: String) -> Int { calls.count { $0.method == method } }

    func last(_ method: String) -> String? { calls.last { $0.method == method }?.arguments }

    private func answer(_ exchange: HTTPExchange, _ body: [UInt8]) {
        let path = exchange.request.path
        if path == "/link" { return accept(exchange) }
        let method = String(path.dropFirst("/api/".count))
        calls.append((method, String(decoding: body, as: UTF8.self)))
        if var waiting = answers[method], !waiting.isEmpty {
            let next = waiting.removeFirst()
            answers[method] = waiting
            return exchange.respond(json: next)
        }
        var response = HTTPResponse.json(.ok, JSONWriter.bytes(of: usual(method)))
        response.fields.set("x-oauth-scopes", scopes)
        exchange.respond(response)
    }

    private func usual(_ method: String) -> JSON {
        switch method {
        case "auth.test":
            [
                "ok": true, "user_id": "UBOT", "user": "claw", "bot_id": "BBOT", "team_id": "T1",
                "url": "https://t1.test/",
            ]
        case "bots.info": ["ok": true, "bot": ["id": "BBOT", "app_id": .string(app)]]
        case "apps.connections.open": ["ok": true, "url": "wss://slack.test/link?ticket=secret-ticket"]
        case "chat.postMessage": ["ok": true, "channel": "C1", "ts": "1790000000.000900"]
        case "conversations.open": ["ok": true, "channel": ["id": "D9"]]
        case "conversations.history", "conversations.replies": ["ok": true, "messages": [], "has_more": false]
        case "files.getUploadURLExternal":
            ["ok": true, "upload_url": "https://slack.test/upload/secret-place", "file_id": "F1"]
        default: ["ok": true]
        }
    }

    private func accept(_ exchange: HTTPExchange) {
        let socket = Socket(sockets.count + 1, self)
        sockets.append(socket)
        story.append("open \(socket.number)")
        socket.connection = exchange.acceptWebSocket(options: WebSocketOptions(), handler: socket)
        guard saysHello else { return }
        socket.send(["type": "hello", "num_connections": 1, "connection_info": ["app_id": .string(app)]])
        bringAgain()
    }

    private func bringAgain() {
        guard saysHello, let socket = open.last else { return }
        for place in unacknowledged.indices where unacknowledged[place].carrier?.isOpen != true {
            unacknowledged[place].carrier = socket
            var again = unacknowledged[place].json
            again["retry_attempt"] = 1
            socket.send(again)
        }
    }

    private func acknowledged(_ socket: Socket, _ bytes: [UInt8]) {
        guard let id = (try? JSONParser.parse(bytes))?["envelope_id"]?.string else { return }
        acks.append(id)
        unacknowledged.removeAll { $0.id == id }
    }

    /// Brings an event to one of the open sockets, now or when there is one.
    func bring(_ id: String, _ event: JSON, to socket: Socket? = nil, kind: String = "events_api") {
        let payload: JSON = kind == "events_api" ? ["team_id": "T1", "api_app_id": "A1", "event": event] : event
        let json: JSON = [
            "envelope_id": .string(id), "type": .string(kind), "accepts_response_payload": false, "payload": payload,
        ]
        let carrier = socket ?? open.first
        unacknowledged.append((id, json, carrier))
        carrier?.send(json)
    }

    /// What somebody says.
    static func said(_ text: String, _ ts: String, chat: String = "C1", type: String = "message") -> JSON {
        var event: JSON = [
            "type": .string(type), "user": "U7", "text": .string(text), "ts": .string(ts), "channel": .string(chat),
            "event_ts": .string(ts),
        ]
        if type == "message" { event["channel_type"] = chat.hasPrefix("D") ? "im" : "channel" }
        return event
    }
}

/// An account at the fake, with everything around it.
@LoopActor
final class SlackFixture: AccountBench {
    let clock = FakeClock()
    let slack: FakeSlack
    var handler = FakeHandler()
    let account = ChannelAccount(channel: "slack")
    private let scratch = ScratchDirectory()
    private(set) var store: Store
    private(set) var runner: AccountRunner
    private(set) var connectors: [SlackConnector] = []
    let settings: SlackSettings
    private let client: HTTPClient

    init(_ settings: SlackSettings) async throws {
        self.settings = settings
        slack = FakeSlack(clock)
        client = slack.service.client()
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
        runner = AccountRunner(
            account, .slack, store: store, handler: handler, clock: clock, log: Self.log(clock), chance: { 0 },
            make: { fatalError() })
        runner = AccountRunner(
            account, .slack, store: store, handler: handler, clock: clock, log: Self.log(clock), chance: { 0 },
            make: { [self] in
                connectors.append(connector())
                return connectors[connectors.count - 1]
            })
    }

    static func log(_ clock: FakeClock) -> Log {
        Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
    }

    func connector() -> SlackConnector {
        SlackConnector(settings, http: client, clock: clock, log: Self.log(clock))
    }

    /// Starts the account and returns when both sockets are open.
    func connect() async throws {
        runner.start()
        try await turns { self.runner.present.isReceiving && self.slack.open.count == 2 }
    }

    func message(_ text: String, chat: String = "C1", thread: String? = nil) -> OutboundMessage {
        OutboundMessage(ChatAddress(account, chat: chat, thread: thread), text: text)
    }

    func end() async {
        for socket in slack.sockets { socket.connection?.cut() }
        await runner.close()
        slack.service.end()
        await store.close()
    }
}

/// Runs a test with an account, and ends it.
func withSlack(
    _ settings: SlackSettings = SlackSettings(
        botToken: "xoxb-secret", appToken: "xapp-1-A1-secret", apiRoot: "https://slack.test/api"),
    _ body: @escaping @LoopActor @Sendable (SlackFixture) async throws -> Void
) async throws {
    try await onLoop {
        let fixture = try await SlackFixture(settings)
        do {
            try await body(fixture)
        } catch {
            await fixture.end()
            throw error
        }
        await fixture.end()
    }
}
