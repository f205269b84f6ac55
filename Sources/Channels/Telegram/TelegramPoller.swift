import Platform
import Wire

/// Asks for what is new, for as much at once as an answer may hold. Telegram waits with its answer until there is
/// something, and what was kept is confirmed by the next question.
@LoopActor
final class TelegramPoller {
    /// How long Telegram waits when nothing is new. Twice that would be as good, but a connection that died without a word
    /// is found out only by its end.
    nonisolated static let time = 25
    /// Beyond that it does not answer at all.
    nonisolated static let grace = Duration.seconds(7)
    /// Updates of one answer, at most.
    nonisolated static let batch = 100
    /// Between two questions that bring nothing although they were to be waited for.
    nonisolated static let pause = Duration.seconds(1)

    /// What came.
    enum Answer {
        case updates([JSON])
        /// One update alone is larger than an answer may be.
        case tooLarge(update: Int)
    }

    private let api: TelegramAPI
    private let clock: any Clock
    private let log: Log
    private var limit = batch
    /// The last question that was to be waited for.
    private var last: (offset: Int?, at: Instant)?
    private var hasTakenBack = false
    /// The first answer comes at once: it shows that there is a way.
    private var isFirst = true

    init(_ api: TelegramAPI, _ clock: any Clock, _ log: Log) {
        self.api = api
        self.clock = clock
        self.log = log
    }

    func next(from offset: Int?) async throws(TelegramTrouble) -> Answer {
        if let last, last.offset == offset, clock.now - last.at < Self.pause {
            _ = await Suspension(clock).wait(until: last.at + Self.pause)
        }
        while true {
            do throws(TelegramTrouble) {
                let updates = try await ask(offset)
                limit = min(limit * 2, Self.batch)
                return .updates(updates)
            } catch .network(.tooLarge(let words, let start)) {
                guard limit == 1 else {
                    limit = max(limit / 4, 1)
                    log.warn("Telegram's answer is too large; fewer updates are asked for", ["limit": LogValue(limit)])
                    continue
                }
                guard let id = Self.number(in: start) else { throw .network(.unknown(words)) }
                return .tooLarge(update: id)
            } catch .refused(409, let words, let other) {
                // Somebody let Telegram come to them; what waits there is not thrown away. Who does it again is another.
                guard words.lowercased().contains("webhook"), !hasTakenBack else {
                    throw .refused(409, words, movedTo: other)
                }
                hasTakenBack = true
                log.warn(
                    "Telegram brought this bot's messages to a webhook: that is removed, they are asked for from here")
                _ = try await api.call("deleteWebhook", ["drop_pending_updates": false])
            }
        }
    }

    private func ask(_ offset: Int?) async throws(TelegramTrouble) -> [JSON] {
        let time = isFirst ? 0 : Self.time
        var arguments: JSON = [
            "limit": JSON(limit), "timeout": JSON(time), "allowed_updates": TelegramReader.kinds,
        ]
        arguments["offset"] = offset.map { JSON($0) }
        last = isFirst ? nil : (offset, clock.now)
        let result = try await api.call("getUpdates", arguments, within: .seconds(time) + Self.grace)
        isFirst = false
        guard let updates = result.array else { throw .strange("Telegram's updates are no list", status: 200) }
        return updates
    }

    /// The number of the first update in the beginning of an answer.
    nonisolated static func number(in start: [UInt8]) -> Int? {
        let key = Array(#""update_id":"#.utf8)
        guard let place = start.indices.first(where: { start[$0...].starts(with: key) }) else { return nil }
        let digits = start[(place + key.count)...].drop { $0 == ASCII.space }.prefix { ASCII.isDigit($0) }
        // What is cut off in the number's middle has another end.
        guard digits.endIndex < start.endIndex else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
