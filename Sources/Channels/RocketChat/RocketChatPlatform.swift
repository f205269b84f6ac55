import Platform
import Wire

extension ChannelPlatform {
    package static let rocketChat: ChannelPlatform = {
        var dialect = AccessDialect()
        dialect.style.placesAdmitEveryone = true
        dialect.places = "rooms"
        dialect.people = "users"
        dialect.namesPlaces = true
        return ChannelPlatform(
            .rocketChat, dialect, token: "authToken",
            variables: [
                ("baseUrl", "ROCKETCHAT_URL"), ("userId", "ROCKETCHAT_USER_ID"), ("authToken", "ROCKETCHAT_AUTH_TOKEN"),
                ("username", "ROCKETCHAT_USERNAME"), ("password", "ROCKETCHAT_PASSWORD"),
            ],
            rendering: { .rocketChat(limit: $0["textChunkLimit"]?.int ?? 5000, tables: .of($0, else: .code)) },
            connect: { (account, means) throws(ChannelProblem) in
                let settings = try RocketChatSettings(account)
                return { RocketChatConnector(settings, http: means.http, clock: means.clock, log: means.log) }
            })
    }()
}

extension RocketChatSettings {
    init(_ account: AccountSettings) throws(ChannelProblem) {
        let url = try account.address(
            "baseUrl", cure: "set it to the server's address, such as https://chat.example.com")
        if let id = account.string("userId"), let token = account.string("authToken") {
            self.init(baseURL: url, credentials: .token(userID: id, authToken: token))
        } else if let name = account.string("username"), let password = account.string("password") {
            self.init(baseURL: url, credentials: .password(username: name, password: password))
        } else {
            throw ChannelProblem(
                "\(account.path).authToken", "is not set",
                cure:
                    "set userId and authToken (a personal access token of the bot's account), or username and password")
        }
    }
}
