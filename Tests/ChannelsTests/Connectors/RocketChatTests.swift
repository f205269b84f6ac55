import Platform
import Store
import Support
import Testing
import Wire

@testable import Channels

/// A Rocket.Chat server in memory: REST and the socket, as far as the connector goes.
@LoopActor
final class FakeRocketChat: WebSocketHandler {
    let service: FakeService
    private let clock: FakeClock
    private(set) var sockets: [WebSocketConnection] = []
    /// What the socket was told.
    private(set) var frames: [JSON] = []
    private(set) var sent: [JSON] = []
    private(set) var deeds: [(method: String, body: JSON)] = []
    /// Every message there is, by id.
    private(set) var history: [JSON] = []
    var token = "good-token"
    var answersPings = true
    /// Steps of the opening that are never answered.
    var isMute = false
    private var subscribers: Set<ObjectIdentifier> = []

    init(_ clock: FakeClock) {
        self.clock = clock
        service = FakeService(clock) { _, _ in }
        service.answer = { [unowned self] exchange, body in answer(exchange, body) }
    }

    // MARK: REST

    private func answer(_ exchange: HTTPExchange, _ body: [UInt8]) {
        let request = exchange.request
        if exchange.wantsWebSocket {
            if let socket = exchange.acceptWebSocket(options: WebSocketOptions(), handler: self) {
                sockets.append(socket)
            }
            return
        }
        let json = (try? JSONParser.parse(body)) ?? .null
        let method = String(request.path.dropFirst("/api/v1/".count))
        if method == "login" {
            guard json["password"]?.string == "good-password" else {
                return exchange.respond(json: ["status": "error", "message": "Unauthorized"], .unauthorized)
            }
            return exchange.respond(json: [
                "status": "success", "data": ["userId": "bot", "authToken": .string(token)],
            ])
        }
        guard request.fields["X-Auth-Token"] == token, request.fields["X-User-Id"] == "bot" else {
            return exchange.respond(
                json: ["status": "error", "message": "You must be logged in to do this."], .unauthorized)
        }
        deeds.append((method, json))
        switch method {
        case "me":
            exchange.respond(json: ["_id": "bot", "username": "molly", "roles": ["user", "bot"], "success": true])
        case "subscriptions.get":
            exchange.respond(json: [
                "update": [["rid": "r1", "t": "d", "name": "ada"], ["rid": "r2", "t": "c", "name": "ops"]],
                "remove": [], "success": true,
            ])
        case "chat.syncMessages":
            let room = request.query.split(separator: "&").first { $0.hasPrefix("roomId=") }?.dropFirst(7)
            let last = request.query.split(separator: "&").first { $0.hasPrefix("lastUpdate=") }?.dropFirst(11)
            let since = last?.split(separator: "%3A").joined(separator: ":")
            let list = history.filter { message in
                // What came later, as the server's own query has it.
                message["rid"]?.string == room.map(String.init)
                    && RocketChatTime.text(message["ts"].flatMap(RocketChatTime.read) ?? clock.wall) > since ?? ""
            }
            exchange.respond(json: [
                "result": ["updated": .array(list.map(Self.overREST)), "deleted": []], "success": true,
            ])
        case "rooms.info":
            exchange.respond(json: ["room": ["_id": "r9", "t": "p", "name": "secret"], "success": true])
        case "im.create": exchange.respond(json: ["room": ["_id": "dm-of-ada"], "success": true])
        case "chat.sendMessage":
            let message = json["message"] ?? .null
            guard !sent.contains(where: { $0["_id"] == message["_id"] }) else {
                return exchange.respond(
                    json: ["success": false, "error": "E11000 duplicate key error"], .badRequest)
            }
            sent.append(message)
            exchange.respond(json: ["message": message, "success": true])
        default: exchange.respond(json: ["success": true])
        }
    }

    /// REST writes times as text.
    private static func overREST(_ message: JSON) -> JSON {
        var message = message
        message["ts"] = message["ts"].flatMap(RocketChatTime.read).map { .string(RocketChatTime.text($0)) }
        return message
    }

    // MARK: DDP

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        guard let frame = try? JSONParser.parse(bytes) else { return }
        frames.append(frame)
        guard !isMute else { return }
        func send(_ json: JSON) { socket.send(json.description) }
        switch frame["msg"]?.string {
        case "connect": send(["msg": "connected", "session": "s"])
        case "method":
            let isGood = frame["params"]?[0]?["resume"]?.string == token
            send(
                isGood
                    ? ["msg": "result", "id": frame["id"] ?? .null, "result": ["id": "bot"]]
                    : [
                        "msg": "result", "id": frame["id"] ?? .null,
                        "error": ["error": 403, "reason": "You've been logged out"],
                    ])
        case "sub":
            subscribers.insert(ObjectIdentifier(socket))
            send(["msg": "ready", "subs": [frame["id"] ?? .null]])
        case "ping": if answersPings { send(["msg": "pong"]) }
        default: break
        }
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
        subscribers.remove(ObjectIdentifier(socket))
        sockets.removeAll { $0 === socket }
    }

    /// Somebody says something; who listens hears it.
    func say(
        _ text: String, id: String, room: String = "r1", type: String = "d", _ change: (inout JSON) -> Void = { _ in }
    ) {
        var message: JSON = [
            "_id": .string(id), "rid": .string(room), "msg": .string(text),
            "ts": ["$date": .int(clock.wall.milliseconds)],
            "u": ["_id": "ada-id", "username": "ada", "name": "Ada"],
        ]
        change(&message)
        history.append(message)
        show(message, type)
    }

    func show(_ message: JSON, _ type: String = "d") {
        let frame: JSON = [
            "msg": "changed", "collection": "stream-room-messages", "id": "id",
            "fields": [
                "eventName": "__my_messages__",
                "args": [message, ["roomParticipant": true, "roomType": .string(type), "roomName": "a room"]],
            ],
        ]
        for socket in sockets where subscribers.contains(ObjectIdentifier(socket)) { socket.send(frame.description) }
    }
}

/// An account of it, with a real inbox around.
@LoopActor
final class RocketChatBench: AccountBench {
    let clock = FakeClock()
    let server: FakeRocketChat
    let handler = FakeHandler()
    let runner: AccountRunner
    private let scratch = ScratchDirectory()
    let store: Store

    init(_ credentials: RocketChatSettings.Credentials = .token(userID: "bot", authToken: "good-token")) async throws {
        let server = FakeRocketChat(clock)
        self.server = server
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
        let settings = RocketChatSettings(baseURL: try WebURL("https://chat.test"), credentials: credentials)
        let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
        runner = AccountRunner(
            ChannelAccount(channel: "rocketchat"), .rocketChat, store: store, handler: handler, clock: clock, log: log,
            chance: { 0 }
        ) { [clock] in
            RocketChatConnector(settings, http: server.service.client(), clock: clock, log: log)
        }
        runner.start()
    }

    func end() async {
        server.service.end()
        await runner.close()
        await store.close()
    }
}

struct RocketChatTests {
    static func with(
        _ credentials: RocketChatSettings.Credentials = .token(userID: "bot", authToken: "good-token"),
        _ body: @escaping @LoopActor @Sendable (RocketChatBench) async throws -> Void
    ) async throws {
        try await onLoop {
            let bench = try await RocketChatBench(credentials)
            do {
                try await body(bench)
            } catch {
                await bench.end()
                throw error
            }
            await bench.end()
        }
    }

    @Test func whatIsSaidIsTakenOnceHoweverOftenItIsShown() async throws {
        try await Self.with { bench in
            try await bench.calm()
            #expect(bench.runner.present.isReceiving)
            #expect(bench.runner.present.identity == BotIdentity(id: "bot", name: "molly"))
            bench.server.say("hello", id: "m1")
            try await bench.calm()
            let message = try #require(bench.server.history.first)
            bench.server.show(message)
            var edited = message
            edited["editedAt"] = ["$date": 1]
            edited["msg"] = "hello, edited"
            bench.server.show(edited)
            bench.server.say("Ada joined", id: "m2") { $0["t"] = "uj" }
            bench.server.say("my own", id: "m3") { $0["u"] = ["_id": "bot", "username": "molly"] }
            bench.server.say("old", id: "m4") { $0["ts"] = ["$date": 1000] }
            bench.server.show(["_id": "no-room"])
            bench.server.say("again", id: "m5", room: "r2", type: "c") {
                $0["mentions"] = [["_id": "bot", "username": "molly"]]
                $0["tmid"] = "m0"
            }
            try await bench.calm()
            #expect(bench.handler.begun == ["hello", "again"])
        }
    }

    @Test func placesAttentionAndFilesAreRead() throws {
        let json = try JSON5Document(
            """
            {_id: 'm', rid: 'r', msg: 'see', ts: '2026-11-27T12:00:00.250Z', tmid: 'top',
             u: {_id: 'u', username: 'ada', name: 'Ada'}, bot: {i: 'x'},
             mentions: [{_id: 'other', username: 'other'}],
             attachments: [{title: 'a.png', title_link: '/file-upload/1/a.png', image_url: '/x'}, {text: 'quote'}]}
            """
        ).value
        let message = try #require(RocketChatMessage(json)).inbound(.init(.channel, "r", title: "ops"), own: "bot")
        #expect(message.sender == .init(id: "u", name: "ada", isBot: true))
        #expect(message.place == .init(.channel, "r", thread: "top", title: "ops"))
        #expect(message.attention == .others)
        #expect(message.media == [.init(kind: "photo", name: "a.png", reference: "/file-upload/1/a.png")])
        #expect(message.sentAt == WallTime(milliseconds: 1_795_780_800_250))
        #expect(RocketChatTime.text(message.sentAt) == "2026-11-27T12:00:00.250Z")
        #expect(RocketChatMessage(["_id": "m", "rid": "r"]) == nil)
    }

    @Test func whatWasSaidMeanwhileIsAskedFor() async throws {
        try await Self.with { bench in
            try await bench.calm()
            bench.server.say("before", id: "m1")
            try await bench.calm()
            bench.server.service.faults = [.refused, .refused]
            bench.server.service.restart()
            for socket in bench.server.sockets { socket.cut() }
            try await bench.calm()
            bench.server.say("while you were away", id: "m2")
            bench.server.say("in another room", id: "m3", room: "r2", type: "c")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving)
            #expect(bench.handler.begun == ["before", "while you were away", "in another room"])
            bench.server.say("after", id: "m4")
            try await bench.calm()
            #expect(bench.handler.begun.last == "after" && bench.handler.begun.count == 4)
        }
    }

    @Test func whatIsSaidDuringTheFirstOpeningIsAskedForAfterItFailed() async throws {
        try await Self.with { bench in
            bench.server.isMute = true
            try await bench.calm()
            bench.server.say("the first word", id: "m1")
            bench.server.isMute = false
            for socket in bench.server.sockets { socket.cut() }
            try await bench.pass(.seconds(35))
            #expect(bench.handler.begun == ["the first word"])
        }
    }

    static let passing: [FakeService.Fault] = [
        .refused, .resetBefore, .resetAfter, .half("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"),
        .raw("\u{0}\u{1}\r\n\r\n"),
        .answer(.tooManyRequests, #"{"success":false,"error":"too many"}"#, ["Retry-After": "5"]),
        .answer(.internalError, "{}", [:]),
        .answer(.badGateway, "<html>bad gateway</html>", ["Content-Type": "text/html"]),
        .answer(.ok, #"{"success":tr"#, [:]),
    ]

    @Test(arguments: passing.indices) func aFaultAtTheStartPasses(index: Int) async throws {
        try await Self.with { bench in
            bench.server.service.faults = [Self.passing[index], Self.passing[index]]
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving, "\(Self.passing[index])")
            bench.server.say("hello", id: "m1")
            try await bench.calm()
            #expect(bench.handler.begun == ["hello"])
        }
    }

    @Test func aServerThatSaysNothingIsLeft() async throws {
        try await Self.with { bench in
            try await bench.calm()
            #expect(bench.runner.present.isReceiving)
            // Accepted and never answered; the pings of the socket as well.
            bench.server.isMute = true
            try await bench.pass(.seconds(95))
            #expect(!bench.runner.present.isReceiving)
            bench.server.say("still there?", id: "m1")
            bench.server.isMute = false
            try await bench.pass(.seconds(50))
            #expect(bench.runner.present.isReceiving)
            #expect(bench.handler.begun == ["still there?"])
        }
    }

    @Test func aVirtualDayWithoutAWordIsNoFault() async throws {
        try await Self.with { bench in
            try await bench.calm()
            let frames = bench.server.frames.count
            for _ in 0..<(24 * 60) {
                await bench.clock.advance(by: .seconds(60))
                try await bench.store(settles: 1)
            }
            #expect(bench.runner.present.restarts == 0 && bench.runner.present.isReceiving)
            #expect(bench.server.frames.count > frames + 1000)
        }
    }

    @Test(arguments: [
        RocketChatSettings.Credentials.token(userID: "bot", authToken: "revoked"),
        .password(username: "molly", password: "wrong"),
    ])
    func whoIsNotLetInStopsAndSaysWhatToDo(credentials: RocketChatSettings.Credentials) async throws {
        try await Self.with(credentials) { bench in
            try await bench.calm()
            guard case .stopped(let reason, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(reason.contains("does not let the account in"))
            #expect(cure.contains("personal access token"))
            #expect(!reason.contains("revoked") && !reason.contains("wrong"))
            let requests = bench.server.service.requests.count
            try await bench.pass(.seconds(300))
            #expect(bench.server.service.requests.count == requests, "it does not try again by itself")
        }
    }

    @Test func aTokenThatIsRevokedLaterStopsIt() async throws {
        try await Self.with(.password(username: "molly", password: "good-password")) { bench in
            try await bench.calm()
            #expect(bench.runner.present.isReceiving)
            bench.server.token = "another"
            for socket in bench.server.sockets { socket.cut() }
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving, "the password gives a new token")
        }
    }

    @Test func aMessageIsSentOnceEvenWhenItsAnswerIsLost() async throws {
        try await Self.with { bench in
            try await bench.calm()
            bench.server.service.faults = [.resetAfter]
            let address = ChatAddress(ChannelAccount(channel: "rocketchat"), chat: "r1", thread: "top")
            try await bench.runner.outbox.put([OutboxEntry(key: "k", OutboundMessage(address, text: "done"))])
            try await bench.pass(.seconds(35))
            // The reset took the request after it was read and before it was carried out; the next one carried it out.
            #expect(bench.server.sent.count == 1)
            #expect(bench.server.sent.first?["tmid"]?.string == "top")
            let connector = RocketChatConnector(
                RocketChatSettings(
                    baseURL: try WebURL("https://chat.test"),
                    credentials: .token(userID: "bot", authToken: "good-token")),
                http: bench.server.service.client(), clock: bench.clock,
                log: Log(LogOutput(LogSettings(level: .error), clock: bench.clock), subsystem: "channels"))
            _ = try await connector.probe()
            let again = await connector.send(OutboundMessage(address, text: "done"), key: "k")
            #expect(again == .delivered(bench.server.sent.first?["_id"]?.string ?? ""))
            #expect(bench.server.sent.count == 1)
            let named = ChatAddress(ChannelAccount(channel: "rocketchat"), chat: "@ada")
            _ = await connector.send(OutboundMessage(named, text: "hi"), key: "k2")
            #expect(bench.server.sent.last?["rid"]?.string == "dm-of-ada")
            var reaction = OutboundMessage(address, text: "")
            reaction.action = .react(emoji: ":+1:", to: "m1", isRemoved: true)
            #expect(await connector.send(reaction, key: "k3") == .delivered("m1"))
            #expect(bench.server.deeds.last?.body["shouldReact"]?.bool == false)
            reaction.action = .poll(question: "q", options: ["a", "b"], allowsSeveral: false)
            #expect(await connector.send(reaction, key: "k4") == .refused("Rocket.Chat has no polls"))
        }
    }
}

extension RocketChatBench {
    func store(settles count: Int) async throws {
        for _ in 0..<count { await clock.settle() }
    }
}
