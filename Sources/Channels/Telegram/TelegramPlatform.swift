import Platform
import Wire

extension ChannelPlatform {
    package static let telegram: ChannelPlatform = {
        var dialect = AccessDialect()
        dialect.style.groupsUseDirectList = true
        dialect.style.placesBindWhenOpen = true
        dialect.prefixes = ["telegram", "tg"]
        dialect.children = "topics"
        let bots = TelegramBots()
        var platform = ChannelPlatform(
            .telegram, dialect, token: "botToken", file: "tokenFile", variables: [("botToken", "TELEGRAM_BOT_TOKEN")],
            route: { $0.string("webhookUrl") == nil ? nil : TelegramWebhook.path($0) },
            rendering: { .telegram(limit: min($0["textChunkLimit"]?.int ?? 4000, 4096), tables: .of($0, else: .code)) },
            connect: { (account, means) throws(ChannelProblem) in
                var settings = try TelegramSettings(account)
                settings.menu = TelegramMenu(account.config, gateway: means.commands)
                for finding in settings.menu.findings {
                    means.log.warn("\(account.path).\(finding); it is left out of the menu")
                }
                return { [settings] in
                    TelegramConnector(settings, bots, http: means.http, clock: means.clock, log: means.log)
                }
            })
        platform.showsButtons = { account, chat in
            (try? TelegramButtons(account))?.includes(TelegramButtons.kind(ofChat: chat)) ?? false
        }
        return platform
    }()
}

extension TelegramSettings {
    init(_ account: AccountSettings) throws(ChannelProblem) {
        let token: Token
        if let file = account.string("tokenFile") {
            token = .file(file)
        } else {
            token = .text(
                try account.required(
                    "botToken", cure: "set it to the token that @BotFather gave for the bot (123456:AAF…)"))
        }
        let root = try account.address("apiRoot", usual: Self.defaultRoot, cure: "set it to \(Self.defaultRoot)")
        // An address that holds a token would stand in every log of a proxy.
        guard !root.path.split(separator: "/").contains(where: { $0.hasPrefix("bot") && $0.contains(":") }) else {
            throw ChannelProblem(
                "\(account.path).apiRoot", "holds a token", cure: "set it to the server alone: what comes before /bot")
        }
        self.init(account.account, path: account.path, token: token, root: root)
        webhook = try TelegramWebhook(account)
        buttons = try TelegramButtons(account)
        previewsLinks = account.config["linkPreview"]?.bool ?? true
    }
}
