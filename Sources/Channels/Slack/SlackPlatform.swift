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
        guard account.string("mode") ?? "socket" == "socket" else {
            throw ChannelProblem(
                "\(account.path).mode", "is \"\(account.string("mode") ?? "")\", which is not served",
                cure: "set it to socket and give the app an app-level token with connections:write")
        }
        let app = try account.required(
            "appToken",
            cure: "make an app-level token with connections:write (xapp-…) on the app's page Basic Information")
        self.init(
            botToken: token, appToken: app, userToken: account.string("userToken"),
            apiRoot: account.string("apiRoot") ?? Self.defaultRoot,
            unfurlLinks: account.config["unfurlLinks"]?.bool ?? false)
        if let size = account.config["mediaMaxMb"]?.int, size > 0 { mediaBytes = min(size, 1024) * 1024 * 1024 }
    }
}
