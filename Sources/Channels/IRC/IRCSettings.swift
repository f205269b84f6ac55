package import Platform

/// What an account of an IRC network needs.
package struct IRCSettings: Sendable {
    /// How the services of a network learn who it is.
    package struct NickServ: Sendable {
        package var service = "NickServ"
        package var password: String
        /// Where the nick is to be registered first, with this address.
        package var registerEmail: String?

        package init(password: String) { self.password = password }
    }

    package var host: String
    package var port: UInt16
    package var isSecure = true
    /// The server's certificate, when it is its own authority.
    package var pin: CertificateFingerprint?
    package var nick: String
    package var username: String
    package var realname: String
    /// The server's own password.
    package var password: String?
    package var channels: [String] = []
    /// SASL PLAIN: goes before NickServ, and the server must offer it.
    package var sasl: (user: String, password: String)?
    package var nickServ: NickServ?

    package init(host: String, port: UInt16, nick: String) {
        self.host = host
        self.port = port
        self.nick = nick
        username = nick
        realname = nick
    }
}

extension ConnectorFacts {
    /// A ping is due when a minute was quiet; two of them unanswered are a dead connection.
    package static let irc = ConnectorFacts(
        id: "irc", label: "IRC", abilities: [.groups], patience: .seconds(155),
        pace: PaceLimits(perAccount: Pace(burst: 5, every: .seconds(2)), countsLines: true))
}
