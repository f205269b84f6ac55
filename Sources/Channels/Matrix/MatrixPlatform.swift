import Platform
import Wire

extension ChannelPlatform {
    package static let matrix: ChannelPlatform = {
        var dialect = AccessDialect()
        dialect.style.placesAdmitEveryone = true
        dialect.prefixes = ["matrix", "user"]
        dialect.people = "users"
        dialect.namesPlaces = true
        return ChannelPlatform(
            .matrix, dialect, token: "accessToken",
            variables: [
                ("homeserver", "MATRIX_HOMESERVER"), ("accessToken", "MATRIX_ACCESS_TOKEN"),
                ("userId", "MATRIX_USER_ID"), ("password", "MATRIX_PASSWORD"), ("deviceId", "MATRIX_DEVICE_ID"),
                ("deviceName", "MATRIX_DEVICE_NAME"),
            ],
            rendering: { .matrix(limit: $0["textChunkLimit"]?.int ?? 4000, tables: .of($0, else: .bullets)) },
            connect: { (account, means) throws(ChannelProblem) in
                let settings = try MatrixSettings(account)
                return { MatrixConnector(settings, http: means.http, clock: means.clock, log: means.log) }
            })
    }()
}

extension MatrixSettings {
    init(_ account: AccountSettings) throws(ChannelProblem) {
        let homeserver = try account.address(
            "homeserver", cure: "set it to the homeserver's address, such as https://matrix.example.com")
        if let token = account.string("accessToken") {
            self.init(homeserver: homeserver, credentials: .token(token))
        } else if let user = account.string("userId"), let password = account.string("password") {
            self.init(homeserver: homeserver, credentials: .password(user: user, password: password))
        } else {
            throw ChannelProblem(
                "\(account.path).accessToken", "is not set",
                cure: "set it to a token of the bot's account, or set userId and password")
        }
        deviceID = account.string("deviceId")
        deviceName = account.string("deviceName") ?? deviceName
        let listed = Set((account.config["autoJoinAllowlist"]?.array ?? []).compactMap(\.string))
        switch account.string("autoJoin") ?? "off" {
        case "off": joining = .off
        case "always": joining = .always
        case "allowlist": joining = .listed(listed)
        case let word:
            throw ChannelProblem(
                "\(account.path).autoJoin", "is \"\(word.cut(to: 40))\"", cure: "off, allowlist or always")
        }
    }
}
