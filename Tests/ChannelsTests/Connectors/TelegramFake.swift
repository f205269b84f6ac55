import Platform
import Support
import Wire

@testable import Channels

/// Telegram's Bot API in memory, as far as the connector goes: updates wait until they are confirmed.
@LoopActor
final class FakeTelegram: ServiceInMemory {
    private(set) var service: FakeService!
    private let clock: FakeClock
    private var queue: [JSON] = []
    private var nextID = 1000
    /// Polls that wait for something.
    private var waiting: [(exchange: HTTPExchange, timer: LoopTimer, limit: Int)] = []
    /// Polls that nobody will ever answer, and whether those that come are left so.
    private(set) var left: [HTTPExchange] = []
    var isMute = false
    private(set) var calls: [(method: String, arguments: JSON)] = []
    /// What the next calls of a method are answered with.
    var answers: [String: [JSON]] = [:]
    var token = "123:good-token"
    /// Which account has which bot, as the account's connectors see it.
    var bots = TelegramBots()
    /// Polls come back at once, whatever they ask for.
    var isHasty = false
    /// Where updates are brought to.
    var webhook = ""
    var readsAll = true

    init(_ clock: FakeClock) {
        self.clock = clock
        service = FakeService(clock) { [weak self] exchange, body in self?.answer(exchange, body) }
    }

    func last(_ method: String) -> JSON? { calls.last { $0.method == method }?.arguments }
    func count(_ method: String) -> Int { calls.count { $0.method == method } }

    /// Something new, under the next number.
    func bring(_ parts: JSON) {
        put([numbered(parts)])
    }

    func numbered(_ parts: JSON) -> JSON {
        var update = parts
        update["update_id"] = JSON(nextID)
        nextID += 1
        return update
    }

    /// Updates as they are.
    func put(_ updates: [JSON]) {
        queue += updates
        for poll in waiting {
            poll.timer.cancel()
            poll.exchange.respond(json: ["ok": true, "result": .array(Array(queue.prefix(poll.limit)))])
        }
        waiting = []
    }

    /// The numbers go on from somewhere else, as after a week without news.
    func renumber(from id: Int) { nextID = id }

    nonisolated static func said(_ text: String, id: Int, chat: JSON = ["id": 7, "type": "private"], from: JSON? = nil)
        -> JSON
    {
        [
            "message": [
                "message_id": JSON(id), "date": 1_790_000_000, "chat": chat, "text": .string(text),
                "from": from ?? ["id": 7, "is_bot": false, "first_name": "Ada", "username": "ada"],
            ]
        ]
    }

    static func moved(from old: Int, to new: Int) -> JSON {
        [
            "message": [
                "message_id": 1, "date": 1, "chat": ["id": JSON(old), "type": "group"], "migrate_to_chat_id": JSON(new),
            ]
        ]
    }

    private func answer(_ exchange: HTTPExchange, _ body: [UInt8]) {
        let parts = exchange.request.path.split(separator: "/").map(String.init)
        let arguments = (try? JSONParser.parse(body)) ?? .null
        guard parts.count == 2, parts[0] == "bot\(token)" else {
            return exchange.respond(
                json: ["ok": false, "error_code": 401, "description": "Unauthorized"], .unauthorized)
        }
        let method = parts[1]
        calls.append((method, arguments))
        if var scripted = answers[method], !scripted.isEmpty {
            let next = scripted.removeFirst()
            answers[method] = scripted
            let code = next["error_code"]?.int ?? 200
            return exchange.respond(json: next, HTTPStatus(code))
        }
        switch method {
        case "getMe":
            exchange.respond(json: [
                "ok": true,
                "result": [
                    "id": 123, "is_bot": true, "username": "molly_bot", "can_read_all_group_messages": .bool(readsAll),
                ],
            ])
        case "getUpdates": poll(exchange, arguments)
        case "setWebhook":
            webhook = arguments["url"]?.string ?? ""
            exchange.respond(json: ["ok": true, "result": true])
        case "getWebhookInfo":
            exchange.respond(json: ["ok": true, "result": ["url": .string(webhook), "pending_update_count": 0]])
        case _ where method.hasPrefix("send"):
            exchange.respond(json: ["ok": true, "result": ["message_id": JSON(5000 + count(method))]])
        default: exchange.respond(json: ["ok": true, "result": true])
        }
    }

    private func poll(_ exchange: HTTPExchange, _ arguments: JSON) {
        guard !isMute else { return left.append(exchange) }
        if let offset = arguments["offset"]?.int, let first = queue.first?["update_id"]?.int {
            // An offset that is nowhere in the queue confirms nothing.
            if let last = queue.last?["update_id"]?.int, offset >= first, offset <= last + 1 {
                queue.removeAll { ($0["update_id"]?.int ?? 0) < offset }
            }
        }
        let time = arguments["timeout"]?.int ?? 0
        let limit = arguments["limit"]?.int ?? 100
        guard queue.isEmpty, time > 0, !isHasty else {
            return exchange.respond(json: ["ok": true, "result": .array(Array(queue.prefix(limit)))])
        }
        let timer = clock.timer { [weak self] in
            self?.waiting.removeAll { $0.exchange === exchange }
            exchange.respond(json: ["ok": true, "result": []])
        }
        timer.arm(at: clock.now + .seconds(time))
        waiting.append((exchange, timer, limit))
    }

    /// Ends every connection.
    func restart() {
        for poll in waiting { poll.timer.cancel() }
        waiting = []
        service.restart()
    }
}

typealias TelegramBench = ServiceBench<FakeTelegram>

extension TelegramBench {
    var telegram: FakeTelegram { fake }
}

func withTelegram(
    _ change: @escaping @Sendable (inout TelegramSettings) -> Void = { _ in },
    _ body: @escaping @LoopActor @Sendable (TelegramBench) async throws -> Void
) async throws {
    try await withAccount(
        at: {
            var settings = TelegramSettings(token: .text("123:good-token"), root: try WebURL("https://telegram.test"))
            change(&settings)
            let bots = TelegramBots()
            let bench = try await TelegramBench(.telegram, chat: "7") { [settings] client, clock, log in
                TelegramConnector(settings, bots, http: client, clock: clock, log: log)
            }
            bench.telegram.bots = bots
            return bench
        }, body)
}
