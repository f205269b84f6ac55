package import Platform
import Store
package import Wire

/// An account of a Rocket.Chat server: its messages come over a socket that speaks DDP, all else goes over REST. What was
/// said while the socket was away is asked for by REST before anything new is taken.
@LoopActor
package final class RocketChatConnector: Connector {
    static let pingInterval = Duration.seconds(30)
    /// For each step of the opening.
    static let stepTime = Duration.seconds(15)
    /// Rooms that are asked for what was said meanwhile.
    static let catchUpLimit = 200
    /// A message older than that is brought again by a reaction or an edit, and is none.
    static let newsTime = Duration.seconds(2 * 24 * 3600)

    let settings: RocketChatSettings
    private let http: HTTPClient
    private let clock: any Clock
    private let log: Log
    let api: RocketChatAPI
    private var rooms: [String: InboundMessage.Place] = [:]
    private var own = ""
    private var ownName = ""
    /// While it is there.
    private weak var socket: MessageSocket?
    /// Up to when everything was taken.
    private var since: WallTime?

    package init(_ settings: RocketChatSettings, http: HTTPClient, clock: any Clock, log: Log) {
        self.settings = settings
        self.http = http
        self.clock = clock
        self.log = log
        api = RocketChatAPI(settings.baseURL, http: http, clock: clock)
    }

    package func probe() async throws(ConnectorFault) -> BotIdentity {
        do throws(RocketChatAPI.Failure) {
            try await api.signIn(settings.credentials)
            return try await api.me()
        } catch {
            throw error.fault
        }
    }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        let identity = try await probe()
        own = identity.id
        ownName = identity.name
        let cursor = try await intake.enter(identity)
        let kept = cursor.flatMap(Int64.init).map { WallTime(milliseconds: $0) }
        if kept == nil { try await begin(intake) }
        since = kept ?? since
        let socket = try await connect()
        defer { socket.close() }
        self.socket = socket
        if let kept { try await catchUp(from: kept, intake) }
        intake.beat()
        try await receive(socket, intake)
    }

    // MARK: The socket

    private func connect() async throws(ConnectorFault) -> MessageSocket {
        let socket: MessageSocket
        do {
            var options = WebSocketOptions()
            options.limits.message = 4 * 1024 * 1024
            socket = try await MessageSocket.open(http, try socketURL(), options: options, clock: clock)
        } catch let error as WebURLError {
            throw .lasting(
                "baseUrl: \(error)", cure: "set baseUrl to the server's address, such as https://chat.example.com")
        } catch {
            throw .passing("\(error)")
        }
        socket.send(#"{"msg":"connect","version":"1","support":["1"]}"#)
        _ = try await step(socket, "connect") { $0["msg"]?.string == "connected" }
        let token = api.session?.authToken ?? ""
        send(socket, ["msg": "method", "method": "login", "id": "login", "params": [["resume": .string(token)]]])
        let login = try await step(socket, "login") { $0["msg"]?.string == "result" && $0["id"]?.string == "login" }
        if let error = login["error"] {
            let words = (error["reason"]?.string ?? error["message"]?.string ?? "no reason was given").cut(to: 200)
            throw RocketChatAPI.Failure.notAllowed(words).fault
        }
        send(
            socket,
            ["msg": "sub", "id": "messages", "name": "stream-room-messages", "params": ["__my_messages__", false]])
        let answer = try await step(socket, "subscribe") { frame in
            frame["msg"]?.string == "nosub"
                || frame["subs"]?.array?.contains { $0.string == "messages" } == true
        }
        guard answer["msg"]?.string == "ready" else {
            let words = answer["error"]?["reason"]?.string ?? "no reason was given"
            throw .passing("the server gives no messages: \(words.cut(to: 200))")
        }
        return socket
    }

    private func socketURL() throws(WebURLError) -> WebURL {
        let base = settings.baseURL
        let scheme = base.scheme.isSecure ? "wss" : "ws"
        return try WebURL("\(scheme)://\(base.authority)\(base.path)").appending(path: "websocket")
    }

    private func send(_ socket: MessageSocket, _ frame: JSON) { socket.send(frame.description) }

    /// Waits for the frame that answers a step. Messages that come meanwhile are asked for afterwards.
    private func step(
        _ socket: MessageSocket, _ name: String, _ fits: (JSON) -> Bool
    ) async throws(ConnectorFault) -> JSON {
        let deadline = clock.now + Self.stepTime
        while true {
            guard let frame = try await frame(socket, until: deadline) else {
                throw .passing("\(settings.baseURL.peer): no answer to \(name) within \(Self.stepTime)")
            }
            if frame["msg"]?.string == "ping" { pong(socket, frame) }
            if fits(frame) { return frame }
        }
    }

    /// The next frame that is one; nil when there is none by then.
    private func frame(_ socket: MessageSocket, until deadline: Instant) async throws(ConnectorFault) -> JSON? {
        while true {
            switch await socket.next(until: deadline) {
            case .text(let bytes)?:
                if let json = try? JSONParser.parse(bytes) { return json }
                log.warn("a frame that cannot be read is passed over", ["bytes": LogValue(bytes.count)])
            case .binary?: continue
            case .closed(let close)?: throw .passing("the server closed the connection (\(close.code.rawValue))")
            case nil: return nil
            }
        }
    }

    private func pong(_ socket: MessageSocket, _ ping: JSON) {
        var pong: JSON = ["msg": "pong"]
        pong["id"] = ping["id"]
        send(socket, pong)
    }

    private func receive(_ socket: MessageSocket, _ intake: any Intake) async throws(ConnectorFault) {
        var unanswered = 0
        while !Task.isCancelled {
            guard let frame = try await frame(socket, until: clock.now + Self.pingInterval) else {
                guard !Task.isCancelled else { return }
                unanswered += 1
                guard unanswered <= 2 else { throw .passing("two pings were not answered") }
                socket.send(#"{"msg":"ping"}"#)
                continue
            }
            unanswered = 0
            switch frame["msg"]?.string {
            case "ping":
                pong(socket, frame)
                intake.beat()
            case "pong": intake.beat()
            case "changed":
                guard frame["collection"]?.string == "stream-room-messages" else { continue }
                intake.beat()
                let arguments = frame["fields"]?["args"]?.array ?? []
                guard let first = arguments.first else { continue }
                if arguments.count > 1 { learn(first["rid"]?.string, arguments[1]) }
                try await take([first], intake)
            default: continue
            }
        }
    }

    // MARK: Messages

    /// The room as the stream describes it.
    private func learn(_ room: String?, _ json: JSON) {
        guard let room, rooms[room] == nil, let type = json["roomType"]?.string else { return }
        rooms[room] = Self.place(room, type, json["roomName"]?.string)
    }

    private static func place(_ room: String, _ type: String, _ name: String?) -> InboundMessage.Place {
        let kind: ChatKind = type == "d" ? .direct : type == "c" ? .channel : .group
        return InboundMessage.Place(kind, room, title: kind == .direct ? nil : name)
    }

    private func place(of room: String) async throws(ConnectorFault) -> InboundMessage.Place? {
        if let known = rooms[room] { return known }
        do throws(RocketChatAPI.Failure) {
            let info = try await api.get("rooms.info", ["roomId": room])["room"]
            guard let type = info?["t"]?.string else { return nil }
            let place = Self.place(room, type, info?["name"]?.string)
            rooms[room] = place
            return place
        } catch .refused(let words, _) {
            log.warn("a message of a room that cannot be looked at is passed over: \(words)")
            return nil
        } catch {
            throw error.fault
        }
    }

    private func take(_ list: [JSON], _ intake: any Intake) async throws(ConnectorFault) {
        var messages: [InboundMessage] = []
        let oldest = WallTime(nanoseconds: clock.wall.nanoseconds - Self.newsTime.inNanoseconds)
        for json in list {
            guard let message = RocketChatMessage(json) else {
                log.warn("a message that cannot be read is passed over")
                continue
            }
            guard message.isNews, message.sender.id != own, message.sentAt > oldest,
                let place = try await place(of: message.room)
            else { continue }
            messages.append(message.inbound(place, own: own))
            // A server's clock may be ahead of ours; what it says then must not hide what comes after.
            since = max(since ?? message.sentAt, min(message.sentAt, clock.wall))
        }
        guard !messages.isEmpty else { return }
        try await intake.keep(messages, cursor: since.map { "\($0.milliseconds)" })
    }

    /// The first time: what was said before the bot came was not said to it. All later is, if the opening fails as well.
    private func begin(_ intake: any Intake) async throws(ConnectorFault) {
        since = clock.wall
        try await intake.keep([], cursor: "\(clock.wall.milliseconds)")
    }

    /// What was said since the last message that was taken, room by room.
    private func catchUp(from: WallTime, _ intake: any Intake) async throws(ConnectorFault) {
        // The server tells what came later than it is asked; of two messages of one millisecond one may be taken.
        let before = RocketChatTime.text(WallTime(milliseconds: from.milliseconds - 1))
        do throws(RocketChatAPI.Failure) {
            let list = try await api.get("subscriptions.get", ["updatedSince": before])["update"]
            var missed: [JSON] = []
            for room in (list?.array ?? []).prefix(Self.catchUpLimit) {
                guard let id = room["rid"]?.string else { continue }
                if let type = room["t"]?.string { rooms[id] = Self.place(id, type, room["name"]?.string) }
                let answer = try await api.get(
                    "chat.syncMessages", ["roomId": id, "lastUpdate": before])
                missed += (answer["result"]?["updated"]?.array ?? []).filter { json in
                    (json["ts"].flatMap(RocketChatTime.read) ?? from) >= from
                }
                intake.beat()
            }
            missed.sort {
                (RocketChatTime.read($0["ts"] ?? .null) ?? from) < (RocketChatTime.read($1["ts"] ?? .null) ?? from)
            }
            missed.isEmpty ? () : log.info("messages that were missed are taken", ["count": LogValue(missed.count)])
            return try await takeMissed(missed, intake)
        } catch {
            throw error.fault
        }
    }

    private func takeMissed(_ missed: [JSON], _ intake: any Intake) async throws(RocketChatAPI.Failure) {
        do throws(ConnectorFault) { try await take(missed, intake) } catch { throw .broken(error.reason) }
    }

    // MARK: Sending

    package func showTyping(in address: ChatAddress) async {
        guard let socket else { return }
        var activity: JSON = [:]
        activity["tmid"] = address.thread.map { .string($0) }
        send(
            socket,
            [
                "msg": "method", "method": "stream-notify-room", "id": "typing",
                "params": [.string("\(address.chat)/user-activity"), .string(ownName), ["user-typing"], activity],
            ])
    }

    package func send(_ message: OutboundMessage, key: String) async -> SendOutcome {
        guard api.session != nil else { return .notSent("the account is not logged in") }
        do throws(RocketChatAPI.Failure) {
            switch message.action {
            case .say:
                if let media = message.media { return try await send(media, message) }
                return try await say(message, key)
            case .edit(let id):
                let room = try await room(message.address.chat)
                _ = try await api.post(
                    "chat.update", ["roomId": .string(room), "msgId": .string(id), "text": .string(message.text)])
                return .delivered(id)
            case .react(let emoji, let id, let isRemoved):
                _ = try await api.post(
                    "chat.react",
                    ["messageId": .string(id), "emoji": .string(emoji), "shouldReact": .bool(!isRemoved)])
                return .delivered(id)
            case .poll: return .refused("Rocket.Chat has no polls")
            }
        } catch {
            return error.outcome
        }
    }

    /// The message's id is made of our key, so that the same message is refused the second time.
    private func say(_ message: OutboundMessage, _ key: String) async throws(RocketChatAPI.Failure) -> SendOutcome {
        let id = String(Hex.encode(SHA256.hash(key)).prefix(24))
        var body: JSON = [
            "_id": .string(id), "rid": .string(try await room(message.address.chat)), "msg": .string(message.text),
        ]
        body["tmid"] = (message.address.thread ?? message.replyTo).map { .string($0) }
        do throws(RocketChatAPI.Failure) {
            _ = try await api.post("chat.sendMessage", ["message": body])
        } catch .refused(let words, let type) {
            // The first try was taken, though its answer was lost.
            guard type.contains("duplicate") || words.contains("duplicate") || words.contains("E11000") else {
                throw .refused(words, errorType: type)
            }
        }
        return .delivered(id)
    }

    /// People write `@ada` and `#ops`; the server wants the room's id.
    func room(_ chat: String) async throws(RocketChatAPI.Failure) -> String {
        let name = String(chat.dropFirst())
        switch chat.first {
        case "@":
            let answer = try await api.post("im.create", ["username": .string(name)])
            if let id = answer["room"]?["_id"]?.string ?? answer["room"]?["rid"]?.string { return id }
        case "#":
            if let id = try await api.get("rooms.info", ["roomName": name])["room"]?["_id"]?.string { return id }
        default: return chat
        }
        throw .refused("there is no room \(chat.cut(to: 80))", errorType: "")
    }
}
