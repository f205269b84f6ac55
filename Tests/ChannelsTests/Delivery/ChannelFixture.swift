import Channels
import Platform
import Store
import Support

extension Schema {
    /// The tables of the channels; the numbers before them belong to others.
    static let channels = Schema((2...4).map { Migration($0, "another's", []) } + Migration.channels)
}

/// A platform that does what the test says.
@LoopActor
final class FakePlatform {
    /// Each connection that was made, in order.
    private(set) var connectors: [FakeConnector] = []
    var identity = BotIdentity(id: "bot", name: "Bot")
    /// What becomes of the next messages that are sent; then everything is delivered.
    var outcomes: [SendOutcome] = []
    private(set) var sent: [(text: String, key: String, action: OutboundMessage.Action)] = []
    /// While it is set, messages go out and nothing comes back.
    var isMute = false
    /// What the next connections end with before they receive anything.
    var faults: [ConnectorFault] = []
    /// Connections that do not end when they are told to.
    var isStubborn = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func connect() -> FakeConnector {
        let connector = FakeConnector(self)
        connectors.append(connector)
        return connector
    }

    var last: FakeConnector? { connectors.last }

    func send(_ message: OutboundMessage, _ key: String) async -> SendOutcome {
        sent.append((message.text, key, message.action))
        while isMute { await withCheckedContinuation { waiting.append($0) } }
        return outcomes.isEmpty ? .delivered("p\(sent.count)") : outcomes.removeFirst()
    }

    func speak() {
        isMute = false
        for one in waiting { one.resume() }
        waiting = []
    }
}

@LoopActor
final class FakeConnector: Connector {
    private let platform: FakePlatform
    private(set) var intake: (any Intake)?
    private(set) var cursor: String?
    private(set) var hasEnded = false
    private var end: CheckedContinuation<ConnectorFault, Never>?

    init(_ platform: FakePlatform) { self.platform = platform }

    func run(_ intake: any Intake) async throws(ConnectorFault) {
        defer { hasEnded = true }
        if !platform.faults.isEmpty { throw platform.faults.removeFirst() }
        do throws(StoreError) {
            cursor = try await intake.begin(platform.identity)
        } catch {
            throw .store(error)
        }
        self.intake = intake
        intake.beat()
        let isStubborn = platform.isStubborn
        let fault = await withTaskCancellationHandler {
            await withCheckedContinuation { end = $0 }
        } onCancel: {
            startTask { if !isStubborn { self.fail(.passing("cancelled")) } }
        }
        throw fault
    }

    func fail(_ fault: ConnectorFault) {
        end?.resume(returning: fault)
        end = nil
    }

    func send(_ message: OutboundMessage, key: String) async -> SendOutcome { await platform.send(message, key) }

    func probe() async throws(ConnectorFault) -> BotIdentity { platform.identity }
}

/// Answers as the test says, and keeps what it was asked.
@LoopActor
final class FakeHandler: InboxHandling {
    private(set) var begun: [String] = []
    private(set) var messages: [InboundMessage] = []
    private(set) var attempts: [Int] = []
    var verdicts: [InboxVerdict] = []
    /// While it is set, nothing is answered.
    var isHeld = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func handle(_ item: InboxItem) async -> InboxVerdict {
        begun.append(item.message.text)
        messages.append(item.message)
        attempts.append(item.attempts)
        if isHeld { await withCheckedContinuation { waiting.append($0) } }
        return verdicts.isEmpty ? .finished([]) : verdicts.removeFirst()
    }

    func release() {
        isHeld = false
        for one in waiting { one.resume() }
        waiting = []
    }
}

/// One account with everything around it.
@LoopActor
final class ChannelFixture: AccountBench {
    let clock = FakeClock()
    let platform = FakePlatform()
    var handler = FakeHandler()
    private let scratch = ScratchDirectory()
    private(set) var store: Store
    private(set) var runner: AccountRunner
    let account = ChannelAccount(channel: "fake", account: "one")
    let facts: ConnectorFacts

    init(
        abilities: ConnectorFacts.Abilities = [], pace: PaceLimits = PaceLimits(), files: FileLimits? = nil
    ) async throws {
        facts = ConnectorFacts(
            id: "fake", label: "Fake", abilities: abilities, patience: .seconds(120), pace: pace, files: files)
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
        runner = Self.runner(account, facts, store, handler, clock, platform)
    }

    private static func runner(
        _ account: ChannelAccount, _ facts: ConnectorFacts, _ store: Store, _ handler: FakeHandler,
        _ clock: FakeClock, _ platform: FakePlatform
    ) -> AccountRunner {
        AccountRunner(
            account, facts, store: store, handler: handler, clock: clock,
            log: Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels"), chance: { 0 },
            make: { platform.connect() })
    }

    /// Another process in the place of this one, which ended without a word.
    func crash() async throws {
        await runner.close()
        await store.close()
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
        handler = FakeHandler()
        runner = Self.runner(account, facts, store, handler, clock, platform)
    }

    func end() async {
        handler.release()
        platform.speak()
        await runner.close()
        await store.close()
    }

    /// Starts the account and returns when it receives.
    func connect() async throws {
        runner.start()
        try await turns { self.runner.present.isReceiving }
    }

    func say(_ texts: [String], cursor: String? = nil) async throws {
        let messages = texts.map { text in
            InboundMessage(
                id: "id-\(text)", place: .init(.direct, "chat"), sender: .init(id: "7"), text: text, sentAt: clock.wall)
        }
        guard let intake = platform.last?.intake else { throw NotConnected() }
        try await intake.take(messages, cursor: cursor)
    }

    func entry(_ text: String, chat: String = "chat", plain: String? = nil) -> OutboxEntry {
        OutboxEntry(
            key: "k-\(text)", OutboundMessage(ChatAddress(account, chat: chat), text: text, plainText: plain))
    }

    private struct NotConnected: Error {}
}

/// Runs a test with an account, and ends it.
func withChannel(
    abilities: ConnectorFacts.Abilities = [], pace: PaceLimits = PaceLimits(), files: FileLimits? = nil,
    _ body: @escaping @LoopActor @Sendable (ChannelFixture) async throws -> Void
) async throws {
    try await onLoop {
        let fixture = try await ChannelFixture(abilities: abilities, pace: pace, files: files)
        do {
            try await body(fixture)
        } catch {
            await fixture.end()
            throw error
        }
        await fixture.end()
    }
}
