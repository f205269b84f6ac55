import Platform
import Support
import Wire

@testable import Channels

/// A homeserver in memory, as far as the connector goes: one list of events, and syncs that wait for more.
@LoopActor
final class FakeMatrix: ServiceInMemory {
    nonisolated static let bot = "@molly:hs.test"
    nonisolated static let room = "!ops:hs.test"

    private(set) var service: FakeService!
    private let clock: FakeClock
    /// What happened, in order: a room and an event.
    private(set) var events: [(room: String, event: JSON)] = []
    private var waiting: [(exchange: HTTPExchange, since: Int, timer: LoopTimer)] = []
    private(set) var calls: [(call: String, body: JSON)] = []
    /// What the next calls are answered with: status and body.
    var answers: [String: [(HTTPStatus, JSON)]] = [:]
    var token = "good-token"
    var direct: JSON = ["@ada:hs.test": ["!dm:hs.test"]]
    var invitations: JSON = [:]
    var encrypted: Set<String> = []
    /// How many events of a room one sync tells.
    var limit = 50
    /// While it is set, a sync is never answered.
    var isMute = false
    private var held: [HTTPExchange] = []
    private var sent: [String: String] = [:]

    init(_ clock: FakeClock) {
        self.clock = clock
        service = FakeService(clock) { [weak self] exchange, body in self?.answer(exchange, body) }
    }

    /// A sync that waits says from where it was.
    var isAttended: Bool { !waiting.isEmpty }

    func last(_ call: String) -> JSON? { calls.last { $0.call.hasPrefix(call) }?.body }
    func count(_ call: String) -> Int { calls.count { $0.call.hasPrefix(call) } }

    @discardableResult
    func say(
        _ text: String, in room: String = "!dm:hs.test", from sender: String = "@ada:hs.test", _ more: JSON = [:]
    ) -> String {
        var content: JSON = ["msgtype": "m.text", "body": .string(text)]
        for member in more.object?.members ?? [] { content[member.key] = member.value }
        return add(["type": "m.room.message", "sender": .string(sender), "content": content], room)
    }

    @discardableResult
    func add(_ event: JSON, _ room: String) -> String {
        var event = event
        let id = "$e\(events.count + 1)"
        event["event_id"] = .string(id)
        event["origin_server_ts"] = .int(clock.wall.milliseconds)
        events.append((room, event))
        for one in waiting {
            one.timer.cancel()
            one.exchange.respond(json: news(since: one.since))
        }
        waiting = []
        return id
    }

    private func answer(_ exchange: HTTPExchange, _ body: [UInt8]) {
        let json = (try? JSONParser.parse(body)) ?? .null
        let path = exchange.request.path.dropFirst("/_matrix/client/v3/".count)
        let parts = path.split(separator: "/").map { Self.decoded(String($0)) }
        let call = "\("\(exchange.request.method)".uppercased()) \(parts.joined(separator: "/"))"
        if call == "POST login" {
            guard json["password"]?.string == "good-password" else {
                return exchange.respond(json: ["errcode": "M_FORBIDDEN", "error": "Invalid password"], .forbidden)
            }
            calls.append((call, json))
            return exchange.respond(json: ["access_token": .string(token), "user_id": .string(Self.bot)])
        }
        guard exchange.request.fields["authorization"] == "Bearer \(token)" else {
            return exchange.respond(
                json: ["errcode": "M_UNKNOWN_TOKEN", "error": "Unknown token", "soft_logout": false], .unauthorized)
        }
        calls.append((call, json))
        if var scripted = answers[call], !scripted.isEmpty {
            let (status, answer) = scripted.removeFirst()
            answers[call] = scripted
            return exchange.respond(json: answer, status)
        }
        switch parts.first {
        case "account": exchange.respond(json: ["user_id": .string(Self.bot)])
        case "profile": exchange.respond(json: ["displayname": "Molly"])
        case "sync": sync(exchange)
        case "join":
            invitations[parts[1]] = nil
            add(
                [
                    "type": "m.room.member", "sender": .string(Self.bot), "state_key": .string(Self.bot),
                    "content": ["membership": "join"],
                    "unsigned": [
                        "prev_sender": "@bob:hs.test", "prev_content": ["membership": "invite", "is_direct": true],
                    ],
                ], parts[1])
            exchange.respond(json: ["room_id": .string(parts[1])])
        case "createRoom": exchange.respond(json: ["room_id": "!new:hs.test"])
        case "directory": exchange.respond(json: ["room_id": .string(Self.room)])
        case "user":
            if !body.isEmpty { direct = json }
            exchange.respond(json: body.isEmpty ? direct : [:])
        case "rooms": room(exchange, parts, json)
        default: exchange.respond(json: ["errcode": "M_UNRECOGNIZED", "error": "?"], .notFound)
        }
    }

    private func room(_ exchange: HTTPExchange, _ parts: [String], _ json: JSON) {
        switch parts[2] {
        case "state":
            encrypted.contains(parts[1])
                ? exchange.respond(json: ["algorithm": "m.megolm.v1.aes-sha2"])
                : exchange.respond(json: ["errcode": "M_NOT_FOUND", "error": "none"], .notFound)
        case "messages":
            let query = query(exchange)
            let (from, to) = (Int(query["from"] ?? "") ?? 0, Int(query["to"] ?? "") ?? 0)
            let size = Int(query["limit"] ?? "") ?? 10
            let page = events.enumerated().filter { $0.offset < from && $0.offset >= to && $0.element.room == parts[1] }
                .suffix(size).reversed()
            var answer: JSON = ["chunk": .array(page.map(\.element.event))]
            if let last = page.last { answer["end"] = .string("\(last.offset)") }
            exchange.respond(json: answer)
        default:
            if let known = sent[parts[4]] { return exchange.respond(json: ["event_id": .string(known)]) }
            let id = add(["type": .string(parts[3]), "sender": .string(Self.bot), "content": json], parts[1])
            sent[parts[4]] = id
            exchange.respond(json: ["event_id": .string(id)])
        }
    }

    /// Without the signs of an address.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func query(_ exchange: HTTPExchange) -> [String: String] {
        var found: [String: String] = [:]
        for item in exchange.request.query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { found[pair[0]] = Self.decoded(pair[1]) }
        }
        return found
    }

    private func sync(_ exchange: HTTPExchange) {
        guard !isMute else { return held.append(exchange) }
        let query = query(exchange)
        let since = query["since"].map { Int($0) ?? -1 } ?? 0
        guard since >= 0 else {
            return exchange.respond(json: ["errcode": "M_UNKNOWN", "error": "Invalid stream token"], .badRequest)
        }
        let time = (query["timeout"].flatMap { Int($0) } ?? 0) / 1000
        let isQuiet = since == events.count && invitations.object?.members.isEmpty != false
        guard isQuiet, time > 0, query["since"] != nil else { return exchange.respond(json: news(since: since)) }
        let timer = clock.timer { [weak self] in
            guard let self else { return }
            waiting.removeAll { $0.exchange === exchange }
            exchange.respond(json: news(since: since))
        }
        timer.arm(at: clock.now + .seconds(time))
        waiting.append((exchange, since, timer))
    }

    private func news(since: Int) -> JSON {
        var rooms: JSON = [:]
        for (room, _) in events[min(since, events.count)...] where rooms[room] == nil {
            let all = events.enumerated().filter { $0.offset >= since && $0.element.room == room }
            let told = all.suffix(limit)
            rooms[room] = [
                "timeline": [
                    "events": .array(told.map(\.element.event)), "limited": .bool(told.count < all.count),
                    "prev_batch": .string("\(told.first?.offset ?? 0)"),
                ]
            ]
        }
        return ["next_batch": .string("\(events.count)"), "rooms": ["join": rooms, "invite": invitations]]
    }

    /// Ends every connection.
    func restart() {
        for one in waiting { one.timer.cancel() }
        waiting = []
        service.restart()
    }
}

typealias MatrixBench = ServiceBench<FakeMatrix>

extension MatrixBench {
    var matrix: FakeMatrix { fake }
}

func withMatrix(
    _ credentials: MatrixSettings.Credentials = .token("good-token"), joining: MatrixSettings.Joining = .off,
    _ body: @escaping @LoopActor @Sendable (MatrixBench) async throws -> Void
) async throws {
    try await withAccount(
        at: {
            var settings = MatrixSettings(homeserver: try WebURL("https://hs.test"), credentials: credentials)
            settings.joining = joining
            let made = settings
            return try await MatrixBench(.matrix, chat: FakeMatrix.room) { client, clock, log in
                MatrixConnector(made, http: client, clock: clock, log: log)
            }
        }, body)
}
