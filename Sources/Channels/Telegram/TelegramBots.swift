import Platform

/// Which account of this process has which bot: two that ask for the messages of one end each other's questions for ever.
@LoopActor
final class TelegramBots {
    private struct Claim {
        let account: ChannelAccount
        let connector: ObjectIdentifier
    }

    private var claims: [String: Claim] = [:]

    /// The menus that Telegram was given.
    var menus: [String: TelegramMenu] = [:]

    nonisolated init() {}

    /// Returns the other account that has the bot, if there is one. An account's own connection before this one gives way.
    func claim(_ bot: String, _ account: ChannelAccount, _ connector: TelegramConnector) -> ChannelAccount? {
        if let other = claims[bot]?.account, other != account { return other }
        claims[bot] = Claim(account: account, connector: ObjectIdentifier(connector))
        return nil
    }

    func release(_ bot: String, _ connector: TelegramConnector) {
        if claims[bot]?.connector == ObjectIdentifier(connector) { claims[bot] = nil }
    }
}
