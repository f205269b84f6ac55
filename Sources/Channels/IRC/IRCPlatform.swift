import Platform

extension ChannelPlatform {
    package static let irc: ChannelPlatform = {
        ChannelPlatform(
            .irc, AccessDialect(), token: "password", isIdentity: false,
            variables: [
                ("host", "IRC_HOST"), ("port", "IRC_PORT"), ("tls", "IRC_TLS"), ("nick", "IRC_NICK"),
                ("username", "IRC_USERNAME"), ("realname", "IRC_REALNAME"), ("password", "IRC_PASSWORD"),
                ("channels", "IRC_CHANNELS"), ("nickserv.password", "IRC_NICKSERV_PASSWORD"),
                ("nickserv.registerEmail", "IRC_NICKSERV_REGISTER_EMAIL"),
            ],
            rendering: { settings in
                // What servers let through at once, and so what is sent or not sent as a whole.
                .plain(limit: settings["textChunkLimit"]?.int ?? 350, tables: .of(settings, else: .code), mostLines: 5)
            },
            connect: { (account, means) throws(ChannelProblem) in
                let settings = try IRCSettings(account)
                let dialer = Dialer(clock: means.clock)
                // No protocol is offered: servers that know of offers may end those that ask for another than theirs.
                let trust = settings.pin.map(TLSTrust.pin) ?? .authorities(.system)
                let tls = TLSClientContext(TLSClientSettings(trust: trust, protocols: []))
                return {
                    IRCConnector(settings, clock: means.clock, log: means.log) { settings in
                        let place = DialTarget.Place.host(settings.host, port: settings.port)
                        let target = DialTarget(place, tls: settings.isSecure ? tls : nil)
                        return try await dialer.dial(target, by: means.clock.now + .seconds(30)).stream
                    }
                }
            })
    }()
}

extension IRCSettings {
    init(_ account: AccountSettings) throws(ChannelProblem) {
        let host = try account.required("host", cure: "set it to the network's server, such as irc.libera.chat")
        let nick = try account.required("nick", cure: "set it to the name that the bot has there")
        let isSecure = account.config["tls"]?.bool ?? true
        let port = account.config["port"]?.int ?? (isSecure ? 6697 : 6667)
        guard let port = UInt16(exactly: port), port > 0 else {
            throw ChannelProblem("\(account.path).port", "is no port", cure: "6697 with TLS, 6667 without")
        }
        self.init(host: host, port: port, nick: nick)
        self.isSecure = isSecure
        username = account.string("username") ?? nick
        realname = account.string("realname") ?? nick
        password = account.string("password")
        if let text = account.string("tlsFingerprint") {
            guard let fingerprint = CertificateFingerprint(text) else {
                throw ChannelProblem(
                    "\(account.path).tlsFingerprint", "is no fingerprint", cure: "set it to the SHA-256, in hex")
            }
            pin = fingerprint
        }
        // From the environment it is one text.
        channels =
            (account.config["channels"]?.array ?? []).compactMap(\.string)
            + (account.string("channels")?.split { $0 == "," || $0 == " " } ?? []).map(String.init)
        if let user = account.config["sasl"]?["user"]?.string, let secret = account.config["sasl"]?["password"]?.string
        {
            sasl = (user, secret)
        }
        let services = account.config["nickserv"]
        if services?["enabled"]?.bool ?? true, let secret = services?["password"]?.string {
            var settings = NickServ(password: secret)
            settings.service = services?["service"]?.string ?? settings.service
            if services?["register"]?.bool == true { settings.registerEmail = services?["registerEmail"]?.string }
            nickServ = settings
        }
    }
}
