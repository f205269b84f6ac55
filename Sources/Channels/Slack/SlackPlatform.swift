import Platform
import Wire

extension ChannelPlatform {
    package static let slack: ChannelPlatform = {
        var dialect = AccessDialect()
        dialect.style.placesAdmitEveryone = true
        dialect.prefixes = ["slack", "user"]
        dialect.places = "channels"
        dialect.people = "users"
        return ChannelPlatform(
            .slack, dialect, token: "botToken",
            variables: [
                ("botToken", "SLACK_BOT_TOKEN"), ("appToken", "SLACK_APP_TOKEN"), ("userToken", "SLACK_USER_TOKEN"),
            ],
            route: { $0.string("mode") == "http" ? $0.route("webhookPath", usual: SlackSettings.defaultPath) : nil },
            rendering: { .slack(limit: $0["textChunkLimit"]?.int ?? 8000, tables: .of($0, else: .code)) },
            connect: { (account, means) throws(ChannelProblem) in
                let settings = try SlackSettings(account)
                return { SlackConnector(settings, http: means.http, clock: means.clock, log: means.log) }
            })
    }()
}

extension SlackSettings {
    init(_ account: AccountSettings) throws(ChannelProblem) {
        let token = try account.required(
            "botToken", cure: "set it to the app's bot token (xoxb-…), from its page OAuth & Permissions")
        let word = account.string("mode") ?? Mode.socket.rawValue
        guard let mode = Mode(rawValue: word) else {
            throw ChannelProblem(
                "\(account.path).mode", "is \"\(word.cut(to: 40))\", which is not served",
                cure: "set it to socket, which needs no open port, or to http")
        }
        var (app, secret): (String?, String?)
        switch mode {
        case .socket:
            app = try account.required(
                "appToken",
                cure: "make an app-level token with connections:write (xapp-…) on the app's page Basic Information")
        case .http:
            secret = try account.required(
                "signingSecret", cure: "set it to the Signing Secret on the app's page Basic Information")
        }
        self.init(
            mode: mode, botToken: token, appToken: app, signingSecret: secret, userToken: account.string("userToken"),
            apiRoot: account.string("apiRoot") ?? Self.defaultRoot,
            unfurlLinks: account.config["unfurlLinks"]?.bool ?? false)
        streams = account.config["streaming"]?["nativeTransport"]?.bool ?? true
        if let size = account.config["mediaMaxMb"]?.int, size > 0 { mediaBytes = min(size, 1024) * 1024 * 1024 }
    }
}
