package import Platform
import Store
package import Wire

/// A bot of Telegram's. It asks for what is new and Telegram waits with the answer until there is something. What was kept
/// is confirmed by the next question.
@LoopActor
package final class TelegramConnector: Connector {
    /// How long Telegram waits when nothing is new. Twice that would be as good, but a connection that died without a word
    /// is found out only by its end.
    nonisolated static let pollTime = 25
    /// Beyond that it does not answer at all.
    nonisolated static let pollGrace = Duration.seconds(7)
    static let batch = 100

    let api: TelegramAPI
    let settings: TelegramSettings
    /// Nil before Telegram said who we are.
    private(set) var receiver: TelegramReceiver?
    private let clock: any Clock
    private let log: Log

    package init(_ settings: TelegramSettings, http: HTTPClient, clock: any Clock, log: Log) {
        self.settings = settings
        self.clock = clock
        self.log = log
        api = TelegramAPI(settings, http: http, clock: clock)
    }

    package func probe() async throws(ConnectorFault) -> BotIdentity { try await identify().identity }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        let (identity, reader) = try await identify()
        let cursor = try await intake.enter(identity)
        let receiver = TelegramReceiver(reader, intake, cursor: cursor, clock, log)
        self.receiver = receiver
        // The first answer comes at once: it shows that there is a way.
        var time = 0
        while !Task.isCancelled {
            let updates = try await poll(from: receiver.place.offset, time)
            receiver.beat()
            time = Self.pollTime
            try await receiver.take(updates)
            release(updates)
        }
        throw .passing("it was stopped")
    }

    /// A button shows that it waits until it is told that somebody saw it.
    private func release(_ updates: [JSON]) {
        for update in updates {
            guard let id = update["callback_query"]?["id"]?.string else { continue }
            startTask { [api] in _ = try? await api.call("answerCallbackQuery", ["callback_query_id": .string(id)]) }
        }
    }

    private func poll(from offset: Int?, _ time: Int) async throws(ConnectorFault) -> [JSON] {
        var arguments: JSON = [
            "limit": JSON(Self.batch), "timeout": JSON(time), "allowed_updates": TelegramReader.kinds,
        ]
        arguments["offset"] = offset.map { JSON($0) }
        do throws(TelegramTrouble) {
            let result = try await api.call("getUpdates", arguments, within: .seconds(time) + Self.pollGrace)
            guard let updates = result.array else { throw .strange("Telegram's updates are no list", status: 200) }
            return updates
        } catch .refused(409, let words, let other) {
            // Somebody let Telegram come to them; what waits there is not thrown away.
            guard words.lowercased().contains("webhook") else {
                throw TelegramTrouble.refused(409, words, movedTo: other).fault
            }
            return try await takeBack()
        } catch {
            throw error.fault
        }
    }

    private func takeBack() async throws(ConnectorFault) -> [JSON] {
        log.warn("Telegram brought this bot's messages to a webhook: that is removed, they are asked for from here")
        do throws(TelegramTrouble) {
            _ = try await api.call("deleteWebhook", ["drop_pending_updates": false])
            return []
        } catch {
            throw error.fault
        }
    }

    private func identify() async throws(ConnectorFault) -> (identity: BotIdentity, reader: TelegramReader) {
        let me: JSON
        do throws(TelegramTrouble) { me = try await api.call("getMe", within: .seconds(15)) } catch {
            throw error.fault
        }
        guard let id = me["id"]?.int, let name = me["username"]?.string else {
            throw .passing("Telegram does not say who the bot is")
        }
        var identity = BotIdentity(id: "\(id)", name: name)
        if me["can_read_all_group_messages"]?.bool == false {
            identity.findings.append(
                "in groups Telegram brings it only commands and answers: to be heard by name, turn privacy off with "
                    + "@BotFather (/setprivacy) and add it to the group again, or make it an admin")
        }
        let hasTopics = me["has_topics_enabled"]?.bool ?? false
        return (identity, TelegramReader(id: id, username: name, hasTopics: hasTopics))
    }
}
