import Platform

/// The opening of a connection: capabilities, password, nick, SASL, up to the welcome. It says what to send next; it does
/// not send.
struct IRCRegistration {
    /// What a line leads to.
    enum Step: Equatable {
        case send([String])
        case welcome(nick: String)
        case failed(ConnectorFault)
        case nothing
    }

    /// Nicks that are tried one after the other.
    static let attempts = 6

    private let settings: IRCSettings
    private var offered: [String] = []
    private var attempt = 0
    private var isShort = false
    private(set) var nick: String

    init(_ settings: IRCSettings) {
        self.settings = settings
        nick = settings.nick
    }

    var opening: [String] {
        var lines = [IRCLine.text("CAP", "LS", "302")]
        if let password = settings.password { lines.append(IRCLine.text("PASS", password)) }
        lines.append(IRCLine.text("NICK", nick))
        lines.append(IRCLine.text("USER", settings.username, "0", "*", settings.realname))
        return lines
    }

    mutating func take(_ line: IRCLine) -> Step {
        switch line.command {
        case "CAP": return capability(line)
        case "AUTHENTICATE":
            guard line.parameters.first == "+", let sasl = settings.sasl else { return .nothing }
            return .send(Self.plain(sasl.user, sasl.password))
        case "903": return .send(["CAP END"])
        case "902", "904", "905", "906", "908":
            return .failed(
                .lasting(
                    "the server refuses the SASL login",
                    cure: "check sasl.user and sasl.password, or take sasl out to use NickServ"))
        case "421":
            // A server from before capabilities; it goes on with NICK and USER.
            guard line.parameters.dropFirst().first?.uppercased() == "CAP", settings.sasl != nil else {
                return .nothing
            }
            return .failed(.lasting("the server has no SASL", cure: Self.withoutSASL))
        case "433", "436", "437": return nextNick()
        case "432":
            guard attempt > 0 else {
                return .failed(.lasting("the server takes no nick \"\(nick)\"", cure: "set nick to another one"))
            }
            // It took the nick itself: with what was put behind it, it is too long.
            isShort = true
            return nextNick()
        case "464": return .failed(Self.badPassword)
        case "465":
            return .failed(
                .lasting("the server has banned this address: \(words(line))", cure: "ask the network's staff"))
        case "ERROR": return .failed(Self.fault(words(line)))
        case "001": return .welcome(nick: line.parameters.first ?? nick)
        default: return .nothing
        }
    }

    private func words(_ line: IRCLine) -> String { (line.parameters.last ?? "").cut(to: 200) }

    private static let badPassword = ConnectorFault.lasting(
        "the server refuses the password", cure: "check password (the server's own)")

    /// The server's last words.
    static func fault(_ words: String) -> ConnectorFault {
        let lower = words.lowercased()
        if ["k-line", "k:line", "g-line", "g:line", "z-line", "z:line", "banned"].contains(where: { lower.contains($0) }
        ) {
            return .lasting("the server has banned this address: \(words)", cure: "ask the network's staff")
        }
        // What ngircd says instead of 464.
        if lower.contains("bad password") { return badPassword }
        let isTooFast = ["throttle", "too fast", "too many"].contains { lower.contains($0) }
        return .passing("the server closed the connection: \(words)", after: isTooFast ? .seconds(60) : nil)
    }

    private mutating func capability(_ line: IRCLine) -> Step {
        guard line.parameters.count >= 3 else { return .nothing }
        let words = line.parameters[line.parameters.count - 1].split(separator: " ").map(String.init)
        switch line.parameters[1].uppercased() {
        case "LS":
            offered += words
            // `*` says that the list goes on.
            if line.parameters.count > 3, line.parameters[2] == "*" { return .nothing }
            guard settings.sasl != nil else { return .send(["CAP END"]) }
            let name = offered.first { $0 == "sasl" || $0.hasPrefix("sasl=") }
            guard let name else { return noSASL }
            let ways = name.dropFirst(5).split(separator: ",")
            guard ways.isEmpty || ways.contains("PLAIN") else { return noSASL }
            return .send(["CAP REQ :sasl"])
        case "ACK": return words.contains("sasl") ? .send(["AUTHENTICATE PLAIN"]) : .nothing
        case "NAK": return noSASL
        default: return .nothing
        }
    }

    private static let withoutSASL = "take sasl out of the account, and set nickserv.password"

    /// The services that it belongs to come and go.
    private var noSASL: Step {
        .failed(
            .passing(
                "the server offers no SASL PLAIN; its services may be away. If it never does, \(Self.withoutSASL)",
                after: .seconds(30)))
    }

    private mutating func nextNick() -> Step {
        attempt += 1
        guard attempt < Self.attempts else {
            return .failed(.passing("the nick \"\(settings.nick)\" and those like it are taken", after: .seconds(60)))
        }
        // A server that cuts nicks has cut all of these to the same.
        if attempt > 3 { isShort = true }
        let end = attempt == 1 ? "_" : "\(attempt - 1)"
        let base = isShort && settings.nick.utf8.count > 2 ? String(settings.nick.dropLast(2)) : settings.nick
        nick = base + end
        return .send([IRCLine.text("NICK", nick)])
    }

    /// In pieces of 400 bytes; one that is full is followed by another, or by `+`.
    static func plain(_ user: String, _ password: String) -> [String] {
        var rest = Base64.standard.encode(Array("\0\(user)\0\(password)".utf8))[...]
        var lines: [String] = []
        while rest.utf8.count >= 400 {
            lines.append("AUTHENTICATE \(rest.prefix(400))")
            rest = rest.dropFirst(400)
        }
        lines.append("AUTHENTICATE \(rest.isEmpty ? "+" : String(rest))")
        return lines
    }
}
