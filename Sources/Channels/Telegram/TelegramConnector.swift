package import Platform
import Store
import Wire

/// A bot of Telegram's. Its messages are asked for, and what was kept is confirmed by the next question.
@LoopActor
package final class TelegramConnector: Connector {
    let api: TelegramAPI
    let settings: TelegramSettings
    /// Nil before Telegram said who we are.
    private(set) var receiver: TelegramReceiver?
    /// There in webhook mode, while it is connected.
    var desk: TelegramDesk?
    let bots: TelegramBots
    let clock: any Clock
    let log: Log

    init(_ settings: TelegramSettings, _ bots: TelegramBots, http: HTTPClient, clock: any Clock, log: Log) {
        self.settings = settings
        self.bots = bots
        self.clock = clock
        self.log = log
        api = TelegramAPI(settings, http: http, clock: clock)
    }

    package func probe() async throws(ConnectorFault) -> BotIdentity { try await identify().identity }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        let (bot, other) = try await bots.claim(settings.account, self) { () throws(ConnectorFault) in
            try await asked { () throws(TelegramTrouble) in try await api.bot() }
        }
        if let other {
            throw .lasting(
                "the account \(other) has this bot already",
                cure:
                    "give \(settings.path) a bot of its own, or take one of the two out; then: openclaw channels start")
        }
        defer { bots.release(bot, self) }
        let (identity, reader) = try await identify()
        let cursor = try await intake.enter(identity)
        let receiver = TelegramReceiver(
            settings.account, reader, intake, cursor: cursor, asks: settings.webhook == nil, clock, log)
        self.receiver = receiver
        let menu = startTask { [settings] in await self.tell(settings.menu, of: bot) }
        defer { menu.cancel() }
        if let webhook = settings.webhook { try await listen(receiver, webhook) } else { try await poll(receiver) }
    }

    private func poll(_ receiver: TelegramReceiver) async throws(ConnectorFault) {
        let poller = TelegramPoller(api, clock, log)
        while !Task.isCancelled {
            let offset = receiver.place.offset
            let answer = try await asked { () throws(TelegramTrouble) in try await poller.next(from: offset) }
            receiver.beat()
            switch answer {
            case .updates(let updates):
                try await receiver.take(updates)
                release(updates)
            case .tooLarge(let update): try await receiver.pass(update)
            }
        }
        throw .passing("it was stopped")
    }

    /// A button shows that it waits until it is told that somebody saw it.
    func release(_ updates: [JSON]) {
        for update in updates {
            guard let id = update["callback_query"]?["id"]?.string else { continue }
            startTask { [api] in _ = try? await api.call("answerCallbackQuery", ["callback_query_id": .string(id)]) }
        }
    }

    private func identify() async throws(ConnectorFault) -> (identity: BotIdentity, reader: TelegramReader) {
        let me = try await asked { () throws(TelegramTrouble) in try await api.call("getMe", within: .seconds(10)) }
        guard let id = me["id"]?.int, let name = me["username"]?.string else {
            throw .passing("Telegram does not say who the bot is")
        }
        var identity = BotIdentity(id: "\(id)", name: name)
        if me["can_join_groups"]?.bool == false {
            identity.findings.append("it cannot be added to groups: @BotFather's /setjoingroups allows it")
        }
        if me["can_read_all_group_messages"]?.bool == false {
            identity.findings.append(
                "in groups Telegram brings it only commands and answers: to be heard by name, turn privacy off with "
                    + "@BotFather (/setprivacy) and add it to the group again, or make it an admin")
        }
        let hasTopics = me["has_topics_enabled"]?.bool ?? false
        return (
            identity, TelegramReader(id: id, username: name, hasTopics: hasTopics, buttons: settings.buttons)
        )
    }

    /// What comes of asking Telegram, or the fault that its trouble is.
    func asked<Answer>(
        _ ask: () async throws(TelegramTrouble) -> Answer
    ) async throws(ConnectorFault) -> Answer {
        do throws(TelegramTrouble) {
            return try await ask()
        } catch {
            if case .refused(401, _, _) = error, await api.isRenewed() {
                throw .passing("Telegram does not know the token any more, and the file has another")
            }
            throw error.fault(settings.path)
        }
    }
}
