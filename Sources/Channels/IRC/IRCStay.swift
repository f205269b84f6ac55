import Platform

/// What a connection is after its welcome: who we are there, what the server's names mean, the nick that is to be had
/// back, the channels to be in. It says what to send and when it wants to be asked again; it does not send.
struct IRCStay {
    /// What a line leads to.
    struct Step {
        var send: [String] = []
        /// What the people who run it should know.
        var warning: (words: String, about: String)?
        /// What the network's services have against us.
        var finding: String?
    }

    /// Where something was said.
    enum Target: Equatable {
        case us
        case channel(String)
    }

    /// Services that do not answer are not waited for any longer.
    static let servicesTime = Duration.seconds(10)
    /// Between two tries to have our nick, and after a channel sent us away.
    static let retryTime = Duration.seconds(60)
    static let longestRetry = Duration.seconds(600)
    /// A host name that nobody has told yet, with the user before it.
    private static let unknownPrefix = 80
    private static let admitted = ["now identified", "now recognized", "now logged in", "password accepted"]
    private static let rejected = ["invalid", "incorrect", "wrong", "not registered", "isn't registered", "denied"]

    private struct Join {
        let name: String
        var tries = 0
        /// When it is tried again; nil while we are in it or are being let in.
        var at: Instant?
    }

    private let settings: IRCSettings
    private(set) var nick: String
    private(set) var mapping = IRCCase.rfc1459
    private var kinds = "#&+!"
    /// What stands before a channel when only some in it are meant.
    private var marks = "@+"
    /// Of what the server puts before our words, as far as it is known.
    private var prefixBytes: Int?
    /// Channels are joined when the services have answered: some let in only whom they know.
    private var servicesDue: Instant?
    private var nickAt: Instant?
    private var joins: [Join] = []

    init(_ settings: IRCSettings, nick: String) {
        self.settings = settings
        self.nick = nick
    }

    var prefixRoom: Int { prefixBytes ?? nick.utf8.count + Self.unknownPrefix }

    private var service: String { settings.nickServ?.service ?? "NickServ" }
    private var hasNick: Bool { isOwn(settings.nick) }

    /// Whether a name is ours.
    func isOwn(_ name: String?) -> Bool { name.map { mapping.folded($0) == mapping.folded(nick) } ?? false }

    func target(_ name: String) -> Target? {
        if isOwn(name) { return .us }
        var rest = name[...]
        if let mark = rest.first, marks.contains(mark), let next = rest.dropFirst().first, kinds.contains(next) {
            rest = rest.dropFirst()
        }
        return rest.first.map { kinds.contains($0) } == true ? .channel(mapping.folded(String(rest))) : nil
    }

    // MARK: What is due

    var wakeAt: Instant? { (joins.map(\.at) + [servicesDue, nickAt]).compactMap { $0 }.min() }

    /// Says who we are, and asks for our nick if somebody else has it.
    mutating func begin(_ now: Instant) -> [String] {
        var lines: [String] = []
        if !hasNick { nickAt = now + Self.retryTime }
        guard let services = settings.nickServ, settings.sasl == nil else {
            if !hasNick, settings.sasl != nil { lines.append(told("GHOST \(settings.nick)")) }
            return lines + joinAll()
        }
        servicesDue = now + Self.servicesTime
        if let email = services.registerEmail { lines.append(told("REGISTER \(services.password) \(email)")) }
        guard !hasNick else { return lines + [told("IDENTIFY \(services.password)")] }
        lines.append(told("IDENTIFY \(settings.nick) \(services.password)"))
        // Whoever has our nick without a right to it is sent away, or a dead connection of ours is.
        return lines + [told("GHOST \(settings.nick) \(services.password)")]
    }

    mutating func due(_ now: Instant) -> [String] {
        var lines: [String] = []
        if let at = servicesDue, at <= now { lines += servicesAnswered() }
        if let at = nickAt, at <= now {
            nickAt = now + Self.retryTime
            lines.append(IRCLine.text("NICK", settings.nick))
        }
        for index in joins.indices {
            guard let at = joins[index].at, at <= now else { continue }
            joins[index].at = nil
            lines.append(IRCLine.text("JOIN", joins[index].name))
        }
        return lines
    }

    private func told(_ words: String) -> String { IRCLine.text("PRIVMSG", service, words) }

    private mutating func joinAll() -> [String] {
        joins = settings.channels.map { Join(name: $0) }
        return settings.channels.map { IRCLine.text("JOIN", $0) }
    }

    private mutating func servicesAnswered() -> [String] {
        guard servicesDue != nil else { return [] }
        servicesDue = nil
        return joinAll()
    }

    // MARK: What comes

    mutating func take(_ line: IRCLine, _ now: Instant) -> Step {
        let words = (line.parameters.last ?? "").cut(to: 200)
        switch line.command {
        case "005": learn(line.parameters)
        case "396": prefixBytes = nil
        case "900": return Step(send: servicesAnswered())
        case "MODE":
            if isOwn(line.parameters.first), line.parameters.dropFirst().first?.contains("r") == true {
                return Step(send: servicesAnswered())
            }
        case "NICK": return renamed(line)
        case "QUIT": if isWanted(line.nick) { return Step(send: [IRCLine.text("NICK", settings.nick)]) }
        case "NOTICE": if isService(line.nick), isOwn(line.parameters.first) { return noticed(words) }
        case "JOIN":
            guard isOwn(line.nick), let channel = line.parameters.first else { break }
            prefixBytes = line.prefix?.utf8.count
            if let index = join(channel) { joins[index].tries = 0 }
        case "PART": if isOwn(line.nick) { return left(line.parameters.first, words, now) }
        case "KICK":
            if isOwn(line.parameters.dropFirst().first) { return left(line.parameters.first, words, now) }
        case "403", "405", "437", "471", "473", "474", "475", "476", "477", "489":
            return left(line.parameters.dropFirst().first, words, now)
        case "401", "404", "482":
            let about = line.parameters.dropFirst().first ?? ""
            let send = isService(about) ? servicesAnswered() : []
            return Step(send: send, warning: (words, about.cut(to: 80)))
        default: break
        }
        return Step()
    }

    private mutating func learn(_ words: [String]) {
        for word in words {
            guard let equal = word.firstIndex(of: "=") else { continue }
            let value = String(word[word.index(after: equal)...])
            switch word[..<equal] {
            case "CASEMAPPING":
                mapping = value == "ascii" ? .ascii : value == "strict-rfc1459" ? .strict : .rfc1459
            case "CHANTYPES": kinds = value
            case "STATUSMSG": marks = value
            default: continue
            }
        }
    }

    /// Whether it is the nick that we want and somebody else has.
    private func isWanted(_ name: String?) -> Bool {
        guard !hasNick, let name else { return false }
        return mapping.folded(name) == mapping.folded(settings.nick)
    }

    private func isService(_ name: String?) -> Bool {
        name.map { mapping.folded($0) == mapping.folded(service) } ?? false
    }

    private mutating func renamed(_ line: IRCLine) -> Step {
        if isWanted(line.nick) { return Step(send: [IRCLine.text("NICK", settings.nick)]) }
        guard isOwn(line.nick), let new = line.parameters.first else { return Step() }
        prefixBytes? += new.utf8.count - nick.utf8.count
        let hadNick = hasNick
        nick = new
        nickAt = hasNick ? nil : nickAt
        // Services that know nicks and no accounts have to be told under the nick itself.
        guard hasNick, !hadNick, settings.sasl == nil, let services = settings.nickServ else { return Step() }
        return Step(send: [told("IDENTIFY \(services.password)")])
    }

    /// What the services say of the password, and of who was sent away for us.
    private mutating func noticed(_ words: String) -> Step {
        let lower = words.lowercased()
        let isRejected = Self.rejected.contains { lower.contains($0) }
        var step = Step()
        if isRejected {
            step.finding = "\(service) says: \(words); check nickserv.password"
            step.warning = (words, service)
        } else if !hasNick {
            step.send = [IRCLine.text("NICK", settings.nick)]
        }
        if isRejected || Self.admitted.contains(where: { lower.contains($0) }) { step.send += servicesAnswered() }
        return step
    }

    private func join(_ channel: String) -> Int? {
        joins.firstIndex { mapping.folded($0.name) == mapping.folded(channel) }
    }

    /// Out of a channel, or not let in: it is tried again, ever more rarely.
    private mutating func left(_ channel: String?, _ words: String, _ now: Instant) -> Step {
        guard let channel, let index = join(channel) else { return Step() }
        joins[index].at = now + min(Self.retryTime * (1 << min(joins[index].tries, 8)), Self.longestRetry)
        joins[index].tries += 1
        guard joins[index].tries == 1 else { return Step() }
        return Step(warning: ("not in a channel: \(words)", channel.cut(to: 80)))
    }
}
