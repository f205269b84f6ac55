import Channels
import Platform
import Store

/// A chat platform in memory: people say what the test wants, and what the bot says is kept.
@LoopActor
final class ScriptedPlatform {
    private(set) var connectors: [ScriptedConnector] = []
    private(set) var sent: [OutboundMessage] = []
    /// Where it was shown that an answer is written.
    private(set) var typing: [ChatAddress] = []
    /// What becomes of the next messages that are sent; then everything is delivered.
    var outcomes: [SendOutcome] = []
    /// What a probe ends with, if not well.
    var probeFault: ConnectorFault?
    /// While it is set, a probe is never answered.
    var isMute = false
    /// What its directory holds, and with which fault it is asked in vain.
    var entries: [DirectoryEntry] = []
    var directoryFault: ConnectorFault?
    /// Sessions that were ended.
    var endedSessions = 0
    /// Files by their references.
    var files: [String: [UInt8]] = [:]
    /// Why the next files do not come.
    var fileTroubles: [MediaTrouble] = []
    private(set) var fetched: [String] = []
    private var count = 0

    /// As the rest of the program knows it. Its accounts need a `token`.
    nonisolated func platform(_ id: String = "telegram") -> ChannelPlatform {
        var dialect = AccessDialect()
        dialect.style.groupsUseDirectList = true
        let facts = ConnectorFacts(
            id: id, label: "Scripted", abilities: [.groups, .reactions, .edits, .typing], patience: .seconds(120),
            typingTime: .seconds(4), pasteLength: 4000,
            files: id == "irc" ? nil : FileLimits(defaultMegabytes: 1, sent: 2 << 20, caption: 100),
            buttons: id == "irc" ? nil : ButtonLimits(rows: 2, perRow: 2, text: 20, value: 60))
        return ChannelPlatform(
            facts, dialect, token: "token", rendering: { .telegram(limit: $0["textChunkLimit"]?.int ?? 4000) }
        ) {
            (settings, _) throws(ChannelProblem) in
            let token = try settings.required("token", cure: "ask the test for one")
            return { self.connect(token) }
        }
    }

    private func connect(_ token: String) -> any Connector {
        let connector = ScriptedConnector(self, token)
        connectors.append(connector)
        return connector
    }

    func say(_ text: String, from sender: String = "7", in place: InboundMessage.Place = .init(.direct, "7"))
        async throws
    {
        count += 1
        let message = InboundMessage(
            id: "m\(count)", place: place, sender: .init(id: sender, name: "Ada"), text: text,
            sentAt: WallTime(milliseconds: 1))
        try await say(message)
    }

    func say(_ message: InboundMessage) async throws {
        guard let intake = connectors.last(where: { $0.intake != nil })?.intake else { throw NotConnected() }
        try await intake.take([message], cursor: nil)
    }

    /// What was said, without signs and edits.
    var said: [OutboundMessage] { sent.filter { $0.action == .say } }

    fileprivate func showTyping(in address: ChatAddress) { typing.append(address) }

    fileprivate func give(_ reference: String, to path: String, limit: Int) throws(MediaTrouble) {
        fetched.append(reference)
        if !fileTroubles.isEmpty { throw fileTroubles.removeFirst() }
        guard let bytes = files[reference] else { throw .lasting("it is not there any more") }
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        do throws(FileError) {
            let file = try NewFile(path)
            try file.append(bytes)
            try file.finish()
        } catch {
            throw .lasting("\(error)")
        }
    }

    fileprivate func send(_ message: OutboundMessage) -> SendOutcome {
        sent.append(message)
        return outcomes.isEmpty ? .delivered("p\(sent.count)") : outcomes.removeFirst()
    }

    private struct NotConnected: Error {}
}

extension ScriptedConnector: Directory, SessionEnding {
    func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        try await list(search) { $0.kind == .person }
    }

    func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        try await list(search) { $0.kind == .chat }
    }

    func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        try await list(search) { $0.space == chat }
    }

    private func list(
        _ search: DirectorySearch, _ isMeant: (DirectoryEntry) -> Bool
    ) async throws(ConnectorFault) -> DirectoryPage {
        // A platform that is mute never answers.
        if platform.isMute { _ = try await probe() }
        if let fault = platform.directoryFault { throw fault }
        var page = DirectoryPage()
        for entry in platform.entries where isMeant(entry) { guard page.add(entry, search) else { break } }
        return page
    }

    func endSession() async throws(ConnectorFault) {
        _ = try await probe()
        platform.endedSessions += 1
    }
}

/// One connection to it.
@LoopActor
final class ScriptedConnector: Connector, MediaSource {
    let token: String
    fileprivate let platform: ScriptedPlatform
    private(set) var intake: (any Intake)?
    private(set) var hasEnded = false
    private var end: CheckedContinuation<ConnectorFault, Never>?

    init(_ platform: ScriptedPlatform, _ token: String) {
        self.platform = platform
        self.token = token
    }

    func run(_ intake: any Intake) async throws(ConnectorFault) {
        defer { hasEnded = true }
        do throws(StoreError) {
            _ = try await intake.begin(BotIdentity(id: "bot", name: "Bot"))
        } catch {
            throw .store(error)
        }
        self.intake = intake
        intake.beat()
        let fault = await withTaskCancellationHandler {
            await withCheckedContinuation { end = $0 }
        } onCancel: {
            startTask { self.fail(.passing("cancelled")) }
        }
        self.intake = nil
        throw fault
    }

    func fail(_ fault: ConnectorFault) {
        end?.resume(returning: fault)
        end = nil
    }

    func send(_ message: OutboundMessage, key: String) async -> SendOutcome { platform.send(message) }

    func showTyping(in address: ChatAddress) async { platform.showTyping(in: address) }

    var files: (any MediaSource)? { self }

    func fetch(_ media: InboundMessage.Media, to path: String, limit: Int) async throws(MediaTrouble) {
        try platform.give(media.reference, to: path, limit: limit)
    }

    func probe() async throws(ConnectorFault) -> BotIdentity {
        if platform.isMute {
            let fault = await withTaskCancellationHandler {
                await withCheckedContinuation { end = $0 }
            } onCancel: {
                startTask { self.fail(.passing("cancelled")) }
            }
            throw fault
        }
        if let fault = platform.probeFault { throw fault }
        return BotIdentity(id: "bot", name: "Bot")
    }
}
