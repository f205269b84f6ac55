import Platform
import Support
import Wire

@testable import Channels

/// Discord in memory, as far as the connector goes: REST, and a gateway with sessions that can be taken up again.
@LoopActor
final class FakeDiscord: ServiceInMemory {
    @LoopActor
    final class Socket: WebSocketHandler {
        weak var discord: FakeDiscord?
        var connection: WebSocketConnection?
        let path: String

        init(_ discord: FakeDiscord, _ path: String) {
            self.discord = discord
            self.path = path
        }

        var isOpen: Bool { connection?.isOpen == true }

        func send(_ op: Int, _ data: JSON) {
            let frame: JSON = ["op": JSON(op), "d": data]
            connection?.send(frame.description)
        }

        func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
            guard let json = try? JSONParser.parse(bytes) else { return }
            discord?.heard(self, json)
        }

        func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
            discord?.closes.append(Int(close.code.rawValue))
        }
    }

    let clock: FakeClock
    private(set) var service: FakeService!
    private(set) var sockets: [Socket] = []
    /// What was said over the sockets, by operation.
    private(set) var heard: [(op: Int, data: JSON)] = []
    var closes: [Int] = []
    private(set) var calls: [(call: String, body: JSON)] = []
    /// What the next calls are answered with: status and body.
    var answers: [String: [(HTTPStatus, JSON)]] = [:]
    /// Every message there is, oldest first.
    private(set) var messages: [JSON] = []
    private var session: (id: String, events: [JSON])?
    private var sessions = 0
    private var sequence = 0
    private var nextID: UInt64
    var knowsSessions = true
    var canResume = false
    /// Whether the address for taking sessions up again is gone.
    var hidesSessions = false
    /// Channels of the guild beside the usual.
    var moreChannels = 0
    var isGuildAway = false
    /// Whether answers to commands of the menu find their place.
    var knowsTickets = true
    var answersBeats = true
    var token = "good-token"
    var flags = 1 << 19

    init(_ clock: FakeClock) {
        self.clock = clock
        nextID = Snowflake(clock.wall)?.number ?? 1
        service = FakeService(clock) { [weak self] exchange, body in self?.answer(exchange, body) }
    }

    var open: Socket? { sockets.last { $0.isOpen } }
    func count(_ op: Int) -> Int { heard.count { $0.op == op } }
    func last(_ call: String) -> JSON? { calls.last { $0.call == call }?.body }
    func count(of call: String) -> Int { calls.count { $0.call == call } }

    // MARK: REST

    private func answer(_ exchange: HTTPExchange, _ body: [UInt8]) {
        let path = exchange.request.path
        if exchange.wantsWebSocket {
            if path == "/resume", hidesSessions { return exchange.respond(json: [:], .notFound) }
            let socket = Socket(self, path)
            sockets.append(socket)
            socket.connection = exchange.acceptWebSocket(options: WebSocketOptions(), handler: socket)
            return socket.send(10, ["heartbeat_interval": 41_250])
        }
        guard exchange.request.fields["authorization"] == "Bot \(token)" else {
            return exchange.respond(json: ["message": "401: Unauthorized", "code": 0], .unauthorized)
        }
        let call = "\("\(exchange.request.method)".uppercased()) \(path.dropFirst("/api/v10/".count))"
        let json = (try? JSONParser.parse(body)) ?? .null
        calls.append((call, json))
        if var scripted = answers[call], !scripted.isEmpty {
            let (status, answer) = scripted.removeFirst()
            answers[call] = scripted
            return exchange.respond(json: answer, status)
        }
        let parts = call.split(separator: "/").map(String.init)
        switch (call, parts.last) {
        case ("GET users/@me", _): exchange.respond(json: ["id": "99", "username": "molly", "bot": true])
        case ("GET applications/@me", _): exchange.respond(json: ["id": "98", "flags": JSON(flags)])
        case ("GET gateway/bot", _):
            exchange.respond(json: [
                "url": "wss://discord.test/gateway", "session_start_limit": ["remaining": 1000, "reset_after": 1000],
            ])
        case ("POST users/@me/channels", _): exchange.respond(json: ["id": "700"])
        case (_, "@original"):
            guard knowsTickets else {
                return exchange.respond(json: ["message": "Unknown Webhook", "code": 10015], .notFound)
            }
            exchange.respond(json: ["id": "1500000000000000000"])
        case (_, "messages") where parts[0].hasPrefix("GET"):
            let query = exchange.request.query.split(separator: "&").map(String.init)
            let after = query.first { $0.hasPrefix("after=") }.flatMap { UInt64($0.dropFirst(6)) } ?? 0
            let page = messages.filter {
                $0["channel_id"]?.string == parts[1] && (UInt64($0["id"]?.string ?? "") ?? 0) > after
            }
            exchange.respond(json: .array(page.prefix(100).reversed()))
        case (_, "messages"):
            let known = messages.first { $0["nonce"] != nil && $0["nonce"] == json["nonce"] }
            exchange.respond(json: known ?? add(json, chat: parts[1], author: "99", guild: nil))
        case ("GET guilds/1/channels", _): exchange.respond(json: guild["channels"] ?? [])
        case ("GET guilds/1/threads/active", _): exchange.respond(json: ["threads": guild["threads"] ?? []])
        case ("GET guilds/1/roles", _): exchange.respond(json: guild["roles"] ?? [])
        case ("GET guilds/1/members/7", _): exchange.respond(json: ["user": ["id": "7"], "roles": ["43"]])
        case ("GET channels/8", _): exchange.respond(json: ["id": "8", "type": 11, "parent_id": "5", "name": "t"])
        default: exchange.respond(json: ["id": "1"])
        }
    }

    // MARK: The gateway

    fileprivate func heard(_ socket: Socket, _ json: JSON) {
        let op = json["op"]?.int ?? -1
        heard.append((op, json["d"] ?? .null))
        switch op {
        case 1: if answersBeats { socket.send(11, .null) }
        case 2:
            sessions += 1
            sequence = 0
            session = ("s\(sessions)", [])
            dispatch(
                "READY",
                [
                    "session_id": .string("s\(sessions)"), "resume_gateway_url": "wss://discord.test/resume",
                    "user": ["id": "99"], "application": ["id": "98"], "guilds": [["id": "1", "unavailable": true]],
                ])
            if !isGuildAway { dispatch("GUILD_CREATE", guild) }
        case 6:
            guard knowsSessions, let session, session.id == json["d"]?["session_id"]?.string else {
                return socket.send(9, .bool(canResume))
            }
            let seen = json["d"]?["seq"]?.int ?? 0
            for event in session.events where (event["s"]?.int ?? 0) > seen {
                socket.connection?.send(event.description)
            }
            dispatch("RESUMED", [:])
        default: break
        }
    }

    var guild: JSON {
        func lastID(_ chat: String) -> JSON { messages.last { $0["channel_id"]?.string == chat }?["id"] ?? .null }
        return [
            "id": "1", "roles": [["id": "42", "tags": ["bot_id": "99"]], ["id": "43"]],
            "channels": .array(
                [("5", "ops"), ("6", "dev")].map { id, name in
                    ["id": .string(id), "type": 0, "name": .string(name), "last_message_id": lastID(id)]
                }
                    + (0..<moreChannels).map { number in
                        [
                            "id": .string("\(10_000 + number)"), "type": 0,
                            "last_message_id": lastID("\(10_000 + number)"),
                        ]
                    }),
            "threads": [
                ["id": "7", "type": 11, "parent_id": "5", "name": "thread", "last_message_id": lastID("7")]
            ],
        ]
    }

    func dispatch(_ name: String, _ data: JSON) {
        sequence += 1
        let event: JSON = ["op": 0, "t": .string(name), "s": JSON(sequence), "d": data]
        session?.events.append(event)
        open?.connection?.send(event.description)
    }

    /// Somebody says something; whoever listens hears of it.
    @discardableResult
    func say(
        _ text: String, chat: String = "900", author: String = "7", guild: String? = nil, roles: [String] = []
    ) -> String {
        let parts: JSON = ["content": .string(text), "mention_roles": .array(roles.map { .string($0) })]
        let json = add(parts, chat: chat, author: author, guild: guild)
        dispatch("MESSAGE_CREATE", json)
        return json["id"]?.string ?? ""
    }

    /// Somebody says something and nobody is told.
    func keep(_ text: String, chat: String, guild: String? = nil) {
        _ = add(["content": .string(text)], chat: chat, author: "7", guild: guild)
    }

    private func add(_ parts: JSON, chat: String, author: String, guild: String?) -> JSON {
        nextID += 1 << 22
        var json = parts
        json["id"] = .string("\(nextID)")
        json["channel_id"] = .string(chat)
        json["author"] = ["id": .string(author), "username": "ada", "bot": .bool(author == "99")]
        json["type"] = 0
        // History does not say in which guild it is.
        messages.append(json)
        json["guild_id"] = guild.map { .string($0) }
        return json
    }

    /// Ends every connection without a word.
    func restart() {
        service.restart()
        for socket in sockets where socket.isOpen { socket.connection?.cut() }
    }

    func close(_ code: UInt16) { open?.connection?.close(WebSocketCloseCode(rawValue: code), "") }
}

typealias DiscordBench = ServiceBench<FakeDiscord>

extension DiscordBench {
    var discord: FakeDiscord { fake }
}

func withDiscord(_ body: @escaping @LoopActor @Sendable (DiscordBench) async throws -> Void) async throws {
    try await withAccount(
        at: {
            let settings = DiscordSettings(token: "good-token", root: try WebURL("https://discord.test/api/v10"))
            return try await DiscordBench(.discord, chat: "5") { client, clock, log in
                DiscordConnector(settings, http: client, clock: clock, log: log, chance: { 0.5 })
            }
        }, body)
}
