package import Platform
import Store

/// An account of an IRC network. Messages have no ids and nothing is said again, so what is taken is kept at once, and the
/// time without a connection is told as a gap.
@LoopActor
package final class IRCConnector: Connector {
    /// Makes the connection to the server.
    package typealias Dial = @LoopActor (IRCSettings) async throws -> any ByteStream

    static let openingTime = Duration.seconds(60)
    /// Between two pings of ours. What people say is no sign of life: it may come from a buffer on the way.
    static let pingTime = Duration.seconds(60)
    /// Between two answers to questions of the protocol's own (CTCP).
    static let answerTime = Duration.seconds(10)

    let settings: IRCSettings
    private let dial: Dial
    private let clock: any Clock
    private let log: Log
    private var stream: AsyncByteStream?
    private var stay: IRCStay
    private var lastAnswer: Instant?
    private var isRegistered = false
    private var findings: [String] = []

    package init(_ settings: IRCSettings, clock: any Clock, log: Log, dial: @escaping Dial) {
        self.settings = settings
        self.dial = dial
        self.clock = clock
        self.log = log
        stay = IRCStay(settings, nick: settings.nick)
    }

    private var peer: String { "\(settings.host):\(settings.port)" }

    private var identity: BotIdentity {
        BotIdentity(id: IRCCase.rfc1459.folded(settings.nick), name: stay.nick, findings: findings)
    }

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
            lines.close()
        }
        stream = lines.stream
        try await register(lines)
        let cursor = try await intake.enter(identity)
        isRegistered = true
        if let last = cursor.flatMap(Int64.init) {
            intake.missed(from: WallTime(milliseconds: last), to: clock.wall)
        }
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
                stay = IRCStay(settings, nick: nick)
                return
            case .nothing: continue
            }
        }
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
        try await intake.keep([], cursor: "\(clock.wall.milliseconds)")
    }

    private func receive(_ lines: IRCLines, _ intake: any Intake) async throws(ConnectorFault) {
        var unanswered = 0
        var nextPing = clock.now + Self.pingTime
        for line in stay.begin(clock.now) { try await write(line, lines) }
        while !Task.isCancelled {
            if let line = try await next(lines, by: min(nextPing, stay.wakeAt ?? nextPing)) {
                if line.command == "PONG" || line.command == "PING" {
                    unanswered = 0
                    try await alive(intake)
                }
                try await take(line, lines, intake)
            }
            for line in stay.due(clock.now) { try await write(line, lines) }
            guard nextPing <= clock.now else { continue }
            guard unanswered < 2 else { throw .passing("\(peer): two pings were not answered") }
            unanswered += 1
            nextPing = clock.now + Self.pingTime
            try await write(IRCLine.text("PING", "openclaw"), lines)
        }
    }

    private func take(_ line: IRCLine, _ lines: IRCLines, _ intake: any Intake) async throws(ConnectorFault) {
        switch line.command {
        case "PING": return try await write(IRCLine.text("PONG", line.parameters.last ?? ""), lines)
        case "ERROR": throw IRCRegistration.fault((line.parameters.last ?? "").cut(to: 200))
        case "PRIVMSG":
            guard !stay.isOwn(line.nick), line.parameters.count == 2 else { return }
            return try await said(line, lines, intake)
        default: break
        }
        let step = stay.take(line, clock.now)
        if let (words, about) = step.warning {
            log.warn("IRC: \(words)", ["about": .text(about), "code": .text(line.command)])
        }
        for line in step.send { try await write(line, lines) }
        guard let finding = step.finding, !findings.contains(finding) else { return }
        findings.append(finding)
        _ = try await intake.enter(identity)
    }

    private func said(_ line: IRCLine, _ lines: IRCLines, _ intake: any Intake) async throws(ConnectorFault) {
        guard let prefix = line.prefix, let from = line.nick, let target = stay.target(line.parameters[0]) else {
            return
        }
        var text = line.parameters[1]
        if text.utf8.first == 1 {
            let words = text.split(separator: "\u{1}", omittingEmptySubsequences: true).first.map(String.init) ?? ""
            guard words.hasPrefix("ACTION ") else { return try await answer(words, from, lines) }
            text = "* \(from) \(words.dropFirst("ACTION ".count))"
        }
        let place =
            switch target {
            case .us: InboundMessage.Place(.direct, stay.mapping.folded(from))
            case .channel(let name): InboundMessage.Place(.group, name, title: name)
            }
        let clean = IRCFormatting.stripped(text).withoutOuterSpace
        guard !clean.isEmpty else { return }
        var message = InboundMessage(
            id: UUIDText.random(), place: place, sender: .init(id: prefix, name: from), text: clean, sentAt: clock.wall)
        if target != .us, names(clean) { message.attention = .mention }
        try await intake.keep([message], cursor: "\(clock.wall.milliseconds)")
    }

    /// Whether our nick stands in the text as a word.
    private func names(_ text: String) -> Bool {
        let own = stay.mapping.folded(stay.nick)
        func isWord(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || "_-[]\\^{}|`".contains(character)
        }
        return text.split { !isWord($0) }.contains { stay.mapping.folded(String($0)) == own }
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
        guard message.media == nil else {
            return .refused("IRC carries no files: put it where people can fetch it, and send the address")
        }
        guard case .say = message.action else { return .refused("IRC has no such thing") }
        let target = IRCLine.harmless(message.address.chat)
        guard !target.isEmpty, !target.contains(" "), !target.contains(","), target.first != ":" else {
            return .refused("\"\(target.cut(to: 80))\" is neither a nick nor a channel")
        }
        let room = IRCLine.room(for: target, prefixBytes: stay.prefixRoom)
        var wasWritten = false
        for line in message.text.split(whereSeparator: \.isNewline) {
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
