package import Platform
import Store

/// An account of an IRC network. Messages have no ids and nothing is said again, so what is taken is kept at once, and the
/// time without a connection is told as a gap.
@LoopActor
package final class IRCConnector: Connector {
    /// Makes the connection to the server.
    package typealias Dial = @LoopActor (IRCSettings) async throws -> any ByteStream

    static let openingTime = Duration.seconds(60)
    static let quietTime = Duration.seconds(60)
    /// After the channel's people sent it away.
    static let rejoinTime = Duration.seconds(60)
    /// Between two answers to questions of the protocol's own (CTCP).
    static let answerTime = Duration.seconds(10)
    /// A host name that nobody has told yet, with the user before it.
    static let unknownPrefix = 80

    private let settings: IRCSettings
    private let dial: Dial
    private let clock: any Clock
    private let log: Log
    private var stream: AsyncByteStream?
    private var nick: String
    private var prefixBytes: Int?
    private var mapping = IRCCase.rfc1459
    private var kinds = "#&+!"
    private var joined: Set<String> = []
    private var lastAnswer: Instant?
    private var isRegistered = false
    private var rejoins: [LoopTimer] = []

    package init(_ settings: IRCSettings, clock: any Clock, log: Log, dial: @escaping Dial) {
        self.settings = settings
        self.dial = dial
        self.clock = clock
        self.log = log
        nick = settings.nick
    }

    private var peer: String { "\(settings.host):\(settings.port)" }
    private var identity: BotIdentity { BotIdentity(id: mapping.folded(settings.nick), name: nick) }

    /// A connection of its own, under another nick if ours is in use: the network says whether it would let us in.
    package func probe() async throws(ConnectorFault) -> BotIdentity {
        let lines = try await open()
        defer { lines.close() }
        try await register(lines)
        try? await lines.write("QUIT :bye", by: clock.now + .seconds(2))
        return identity
    }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        let lines = try await open()
        defer {
            isRegistered = false
            stream = nil
            for timer in rejoins { timer.cancel() }
            lines.close()
        }
        stream = lines.stream
        try await register(lines)
        let cursor: String?
        do throws(StoreError) { cursor = try await intake.begin(identity) } catch { throw .store(error) }
        isRegistered = true
        if let last = cursor.flatMap(Int64.init) {
            intake.missed(from: WallTime(milliseconds: last), to: clock.wall)
        }
        try await settle(lines)
        try await alive(intake)
        try await receive(lines, intake)
    }

    // MARK: The connection

    private func open() async throws(ConnectorFault) -> IRCLines {
        do {
            return IRCLines(try await dial(settings), clock: clock)
        } catch {
            throw .passing("\(error)")
        }
    }

    private func register(_ lines: IRCLines) async throws(ConnectorFault) {
        let deadline = clock.now + Self.openingTime
        var opening = IRCRegistration(settings)
        for line in opening.opening { try await write(line, lines) }
        while true {
            guard let line = try await next(lines, by: deadline) else {
                throw .passing("\(peer): no welcome within \(Self.openingTime)")
            }
            if line.command == "PING" { try await write(IRCLine.text("PONG", line.parameters.last ?? ""), lines) }
            switch opening.take(line) {
            case .send(let texts): for text in texts { try await write(text, lines) }
            case .failed(let fault): throw fault
            case .welcome(let nick):
                self.nick = nick
                return
            case .nothing: continue
            }
        }
    }

    /// Says who we are, and joins.
    private func settle(_ lines: IRCLines) async throws(ConnectorFault) {
        if let services = settings.nickServ, settings.sasl == nil {
            if let email = services.registerEmail {
                try await write(
                    IRCLine.text("PRIVMSG", services.service, "REGISTER \(services.password) \(email)"), lines)
            }
            try await write(IRCLine.text("PRIVMSG", services.service, "IDENTIFY \(services.password)"), lines)
            if nick != settings.nick {
                // Whoever has our nick without a right to it is sent away, or a dead connection of ours is.
                try await write(
                    IRCLine.text("PRIVMSG", services.service, "GHOST \(settings.nick) \(services.password)"), lines)
                try await write(IRCLine.text("NICK", settings.nick), lines)
            }
        }
        for channel in settings.channels { try await write(IRCLine.text("JOIN", channel), lines) }
    }

    private func next(_ lines: IRCLines, by deadline: Instant) async throws(ConnectorFault) -> IRCLine? {
        do throws(StreamError) {
            while let text = try await lines.next(by: deadline) {
                if let line = IRCLine(text) { return line }
            }
        } catch .timedOut {
            return nil
        } catch {
            throw .passing("\(peer): \(error)")
        }
        throw .passing("\(peer): the server ended the connection")
    }

    private func write(_ line: String, _ lines: IRCLines) async throws(ConnectorFault) {
        do throws(StreamError) {
            try await lines.write(line, by: clock.now + .seconds(30))
        } catch {
            throw .passing("\(peer): \(error)")
        }
    }

    // MARK: Receiving

    private func alive(_ intake: any Intake) async throws(ConnectorFault) {
        intake.beat()
        do throws(StoreError) {
            try await intake.take([], cursor: "\(clock.wall.milliseconds)")
        } catch {
            throw .store(error)
        }
    }

    private func receive(_ lines: IRCLines, _ intake: any Intake) async throws(ConnectorFault) {
        var unanswered = 0
        while !Task.isCancelled {
            guard let line = try await next(lines, by: clock.now + Self.quietTime) else {
                unanswered += 1
                guard unanswered <= 2 else { throw .passing("\(peer): two pings were not answered") }
                try await write(IRCLine.text("PING", "openclaw"), lines)
                continue
            }
            if unanswered > 0 || line.command == "PONG" || line.command == "PING" { try await alive(intake) }
            unanswered = 0
            try await take(line, lines, intake)
        }
    }

    private func take(_ line: IRCLine, _ lines: IRCLines, _ intake: any Intake) async throws(ConnectorFault) {
        let isOwn = line.nick.map { mapping.folded($0) == mapping.folded(nick) } ?? false
        switch line.command {
        case "PING": try await write(IRCLine.text("PONG", line.parameters.last ?? ""), lines)
        case "ERROR": throw IRCRegistration.fault((line.parameters.last ?? "").cut(to: 200))
        case "005": learn(line.parameters)
        case "NICK": if isOwn, let new = line.parameters.first { nick = new }
        case "JOIN":
            if isOwn, let channel = line.parameters.first {
                joined.insert(mapping.folded(channel))
                prefixBytes = line.prefix?.utf8.count
            }
        case "KICK":
            guard line.parameters.count > 1, mapping.folded(line.parameters[1]) == mapping.folded(nick) else { return }
            rejoin(line.parameters[0], lines)
        case "403", "405", "471", "473", "474", "475", "476", "477", "404", "482", "401":
            log.warn(
                "IRC: \((line.parameters.last ?? "").cut(to: 200))",
                ["about": .text((line.parameters.dropFirst().first ?? "").cut(to: 80)), "code": .text(line.command)])
        case "PRIVMSG":
            guard !isOwn, line.parameters.count == 2 else { return }
            try await said(line, lines, intake)
        default: return
        }
    }

    private func learn(_ words: [String]) {
        for word in words {
            if word.hasPrefix("CASEMAPPING=") { mapping = word.hasSuffix("=ascii") ? .ascii : .rfc1459 }
            if word.hasPrefix("CHANTYPES=") { kinds = String(word.dropFirst("CHANTYPES=".count)) }
        }
    }

    private func rejoin(_ channel: String, _ lines: IRCLines) {
        joined.remove(mapping.folded(channel))
        log.warn("IRC: thrown out of a channel", ["channel": .text(channel.cut(to: 80))])
        let timer = clock.timer { [weak self, weak lines] in
            startTask {
                guard let self, let lines, self.isRegistered else { return }
                try? await lines.write(IRCLine.text("JOIN", channel), by: self.clock.now + .seconds(30))
            }
        }
        timer.arm(at: clock.now + Self.rejoinTime)
        rejoins.append(timer)
    }

    private func said(_ line: IRCLine, _ lines: IRCLines, _ intake: any Intake) async throws(ConnectorFault) {
        guard let prefix = line.prefix, let from = line.nick else { return }
        var text = line.parameters[1]
        if text.first == "\u{1}" {
            let words = text.split(separator: "\u{1}", omittingEmptySubsequences: true).first.map(String.init) ?? ""
            guard words.hasPrefix("ACTION ") else { return try await answer(words, from, lines) }
            text = "* \(from) \(words.dropFirst("ACTION ".count))"
        }
        let target = line.parameters[0]
        let isChannel = target.first.map { kinds.contains($0) } ?? false
        let place =
            isChannel
            ? InboundMessage.Place(.group, mapping.folded(target), title: target)
            : InboundMessage.Place(.direct, mapping.folded(from))
        let clean = IRCFormatting.stripped(text).withoutOuterSpace
        guard !clean.isEmpty else { return }
        var message = InboundMessage(
            id: UUIDText.random(), place: place, sender: .init(id: prefix, name: from), text: clean, sentAt: clock.wall)
        if isChannel, names(clean) { message.attention = .mention }
        do throws(StoreError) {
            try await intake.take([message], cursor: "\(clock.wall.milliseconds)")
        } catch {
            throw .store(error)
        }
    }

    /// Whether our nick stands in the text as a word.
    private func names(_ text: String) -> Bool {
        let own = mapping.folded(nick)
        func isWord(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || "_-[]\\^{}|`".contains(character)
        }
        return text.split { !isWord($0) }.contains { mapping.folded(String($0)) == own }
    }

    /// Programs ask who we are; never too often, and never a notice in answer to a notice.
    private func answer(_ words: String, _ from: String, _ lines: IRCLines) async throws(ConnectorFault) {
        if let lastAnswer, clock.now - lastAnswer < Self.answerTime { return }
        var reply: String?
        if words == "VERSION" { reply = "VERSION openclaw" }
        if words.hasPrefix("PING") { reply = words.cut(to: 100) }
        guard let reply else { return }
        lastAnswer = clock.now
        try await write(IRCLine.text("NOTICE", from, "\u{1}\(reply)\u{1}"), lines)
    }

    // MARK: Sending

    /// Delivered means written to a server that has let us in: the protocol confirms nothing.
    package func send(_ message: OutboundMessage, key: String) async -> SendOutcome {
        guard let stream, isRegistered else { return .notSent("not connected to \(peer)") }
        guard case .say = message.action, message.media == nil else { return .refused("IRC has no such thing") }
        let target = IRCLine.harmless(message.address.chat)
        guard !target.isEmpty, !target.contains(" "), !target.contains(","), target.first != ":" else {
            return .refused("\"\(target.cut(to: 80))\" is neither a nick nor a channel")
        }
        let room = IRCLine.room(for: target, prefixBytes: prefixBytes ?? nick.utf8.count + Self.unknownPrefix)
        var wasWritten = false
        for line in message.text.split(separator: "\n", omittingEmptySubsequences: true) {
            for piece in IRCLine.pieces(String(line), room: room) {
                do throws(StreamError) {
                    let text = "PRIVMSG \(target) :\(piece)\r\n"
                    try await stream.write(Array(text.utf8), by: clock.now + .seconds(30))
                    wasWritten = true
                } catch {
                    let reason = "\(peer): \(error)"
                    return wasWritten ? .unknown(reason) : .notSent(reason)
                }
            }
        }
        return wasWritten ? .delivered(UUIDText.random()) : .refused("there is nothing to say")
    }
}
