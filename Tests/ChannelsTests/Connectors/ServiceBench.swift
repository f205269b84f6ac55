import Platform
import Store
import Support
import Wire

@testable import Channels

/// A service in memory, as a bench needs it.
@LoopActor
protocol ServiceInMemory: AnyObject {
    init(_ clock: FakeClock)
    var service: FakeService! { get }
    /// Whether somebody waits for news at it.
    var isAttended: Bool { get }
    /// Ends every connection.
    func restart()
}

extension ServiceInMemory {
    var isAttended: Bool { true }
}

/// An account at a service in memory, with a real inbox around.
@LoopActor
final class ServiceBench<Fake: ServiceInMemory>: AccountBench {
    /// Makes a connector of the account.
    typealias Making = @LoopActor (HTTPClient, FakeClock, Log) -> any Connector

    let clock: FakeClock
    let fake: Fake
    var handler = FakeHandler()
    let account: ChannelAccount
    private let facts: ConnectorFacts
    /// Where its messages go, unless a test says otherwise.
    private let chat: String
    private let connector: Making
    private let scratch = ScratchDirectory()
    private(set) var store: Store
    private(set) var runner: AccountRunner!

    init(_ facts: ConnectorFacts, chat: String, _ connector: @escaping Making) async throws {
        self.facts = facts
        self.chat = chat
        self.connector = connector
        clock = FakeClock()
        fake = Fake(clock)
        account = ChannelAccount(channel: facts.id)
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
        make()
    }

    private func make() {
        let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
        let client = fake.service.client()
        runner = AccountRunner(
            account, facts, store: store, handler: handler, clock: clock, log: log, chance: { 0 }
        ) { [connector, clock] in connector(client, clock, log) }
    }

    /// Another process in the place of this one.
    func crash() async throws {
        fake.restart()
        await runner.close()
        await store.close()
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
        handler = FakeHandler()
        make()
    }

    /// Starts the account and returns when it receives.
    func connect() async throws {
        runner.start()
        try await turns { self.runner.present.isReceiving && self.fake.isAttended }
    }

    func send(_ message: OutboundMessage, key: String = UUIDText.random()) async throws -> OutboxReport {
        try await runner.outbox.deliver(OutboxEntry(key: key, message))
    }

    func message(_ text: String, chat: String? = nil, thread: String? = nil) -> OutboundMessage {
        OutboundMessage(ChatAddress(account, chat: chat ?? self.chat, thread: thread), text: text)
    }

    func end() async {
        fake.restart()
        await runner.close()
        fake.service.end()
        await store.close()
    }
}

/// Runs a test with an account, and ends it.
func withAccount<Fake>(
    at make: @escaping @LoopActor @Sendable () async throws -> ServiceBench<Fake>,
    _ body: @escaping @LoopActor @Sendable (ServiceBench<Fake>) async throws -> Void
) async throws {
    try await onLoop {
        let bench = try await make()
        do {
            try await body(bench)
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }
}
