import Platform

/// Which account of this process has which bot: two that ask for the messages of one end each other's questions for ever.
@LoopActor
final class TelegramBots {
    /// How long an account waits for those that began before it and do not know their bot yet.
    nonisolated static let patience = Duration.seconds(5)

    private struct Claim {
        let account: ChannelAccount
        let connector: ObjectIdentifier
    }

    /// A place in the line of those that ask which bot they are.
    private struct Place {
        let number: Int
        let wait: Suspension
    }

    private var claims: [String: Claim] = [:]
    private var line: [Place] = []
    private var count = 0

    /// The menus that Telegram was given.
    var menus: [String: TelegramMenu] = [:]

    nonisolated init() {}

    /// Asks for the bot, and claims it. Tokens in files are read at once and come in any order: of two accounts with one
    /// bot that which began first has it all the same, since the configuration's order is all that people can see. Returns
    /// the other account that has it, if there is one. An account's own connection before this one gives way.
    func claim(
        _ account: ChannelAccount, _ connector: TelegramConnector, _ ask: () async throws(ConnectorFault) -> String
    ) async throws(ConnectorFault) -> (bot: String, other: ChannelAccount?) {
        count += 1
        let place = Place(number: count, wait: Suspension(connector.clock))
        line.append(place)
        defer { leave(place) }
        let bot = try await ask()
        let limit = connector.clock.now + Self.patience
        while line.first?.number != place.number {
            guard await place.wait.wait(until: limit) == .event else { break }
        }
        if let other = claims[bot]?.account, other != account { return (bot, other) }
        claims[bot] = Claim(account: account, connector: ObjectIdentifier(connector))
        return (bot, nil)
    }

    private func leave(_ place: Place) {
        line.removeAll { $0.number == place.number }
        line.first?.wait.wake()
    }

    func release(_ bot: String, _ connector: TelegramConnector) {
        if claims[bot]?.connector == ObjectIdentifier(connector) { claims[bot] = nil }
    }
}
