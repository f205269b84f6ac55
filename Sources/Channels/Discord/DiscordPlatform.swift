import Platform
import Wire

extension ChannelPlatform {
    package static let discord: ChannelPlatform = {
        var dialect = AccessDialect()
        dialect.style.placesAdmitEveryone = true
        dialect.prefixes = ["discord", "user"]
        dialect.places = "guilds"
        dialect.children = "channels"
        dialect.childrenBind = true
        dialect.people = "users"
        dialect.namesPlaces = true
        return ChannelPlatform(
            .discord, dialect, token: "token", variables: [("token", "DISCORD_BOT_TOKEN")],
            rendering: {
                .discord(
                    limit: $0["textChunkLimit"]?.int ?? 2000, tables: .of($0, else: .code),
                    mostLines: $0["maxLinesPerMessage"]?.int ?? 17)
            },
            connect: { (account, means) throws(ChannelProblem) in
                var settings = try DiscordSettings(account)
                if account.config["commands"]?["native"]?.bool ?? true { settings.menu = means.commands }
                return { [settings] in
                    DiscordConnector(
                        settings, http: means.http, clock: means.clock, log: means.log, chance: means.chance)
                }
            })
    }()
}

extension DiscordSettings {
    init(_ account: AccountSettings) throws(ChannelProblem) {
        var token = try account.required("token", cure: "set it to the token on the app's page Bot")
        // As it stands in examples of requests.
        if token.hasPrefix("Bot ") { token = String(token.dropFirst(4)) }
        let root = try account.address("apiRoot", usual: Self.defaultRoot, cure: "set it to \(Self.defaultRoot)")
        self.init(token: token, root: root)
        readsTexts = account.config["intents"]?["messageContent"]?.bool ?? true
        answersInPrivate = account.config["slashCommand"]?["ephemeral"]?.bool ?? true
        suppressesEmbeds = account.config["suppressEmbeds"]?.bool ?? true
    }
}
