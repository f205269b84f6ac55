package import Platform
package import Store

/// Keeps one account alive: connects it, watches that it really receives, and starts over when it does not. The
/// connector itself never needs a restart of the process.
@LoopActor
package final class AccountRunner {
    /// What a connector that was told to end may take; after that it is left behind.
    nonisolated static let endTime = Duration.seconds(5)
    /// A connection that lived so long was well: the next fault is a first one.
    nonisolated static let wellAfter = Duration.seconds(60)

    package let account: ChannelAccount
    package let facts: ConnectorFacts
    package let outbox: Outbox
    package private(set) var status: AccountStatus

    private let make: @LoopActor () -> any Connector
    private let table: InboxTable
    private let feed: InboxFeed
    private let clock: any Clock
    private let log: Log
    private let chance: @LoopActor () -> Double
    private let gate: ActionGate?
    /// Those that wait with what they received until somebody may take it.
    private var refused: [Awaited<Bool>] = []
    private var isTaking = true
    private var work: Task<Void, any Error>?
    private var connection: AccountConnection?
    private var backoff = Backoff()

    package init(
        _ account: ChannelAccount, _ facts: ConnectorFacts, store: Store, handler: any InboxHandling, clock: any Clock,
        log: Log, chance: @escaping @LoopActor () -> Double, gate: ActionGate? = nil,
        make: @escaping @LoopActor () -> any Connector
    ) {
        self.account = account
        self.facts = facts
        self.make = make
        self.clock = clock
        self.log = log
        self.chance = chance
        self.gate = gate
        table = InboxTable(store: store)
        let outbox = Outbox(account, facts, store, clock, log, gate: gate)
        self.outbox = outbox
        feed = InboxFeed(account, table, handler, clock, log, gate: gate) { outbox.wake() }
        status = AccountStatus(since: clock.wall)
    }

    /// Connects and stays connected. Does nothing while it is at work.
    package func start() {
        guard work == nil, gate?.mayAct ?? true else { return }
        isTaking = true
        enter(.connecting)
        backoff.reset()
        work = startTask { await self.keepConnected() }
    }

    /// Ends the connection. What is being answered goes on; what was not begun stays in the inbox.
    package func stop() async {
        guard let work else { return enter(.off) }
        work.cancel()
        takeAgain()
        _ = try? await work.value
        self.work = nil
        enter(.off)
    }

    /// Leaves what comes from now on with the platform; what was taken is answered.
    package func stopTaking() { isTaking = false }

    private func takeAgain() {
        let waiting = refused
        refused = []
        for one in waiting { one.bring(false) }
    }

    /// Nothing is being answered and nothing waits to be sent.
    package var isQuiet: Bool { feed.count == 0 && (outbox.depth == 0 || outbox.sender == nil) }

    /// For the end of the process: takes nothing up any more.
    package func close() async {
        await stop()
        feed.close()
        outbox.close()
    }

    /// What the account is like now.
    package var present: AccountStatus {
        var status = status
        status.lastOutbound = outbox.lastDelivery
        status.lastSendFailure = outbox.lastFailure?.reason
        status.lastSendFailureAt = outbox.lastFailure?.at
        status.waitingOut = outbox.depth
        status.underWay = feed.count
        return status
    }

    /// Who fetches the files of its messages; nil while it is not connected, or where there are none.
    package var files: (any MediaSource)? { outbox.sender?.files }

    /// A message that was given up waits again.
    package func reread() { feed.rewind() }

    private func keepConnected() async {
        while !Task.isCancelled {
            guard gate?.mayAct ?? true else { break }
            let connection = AccountConnection(make(), facts.patience, clock)
            self.connection = connection
            let began = clock.now
            connection.owner = self
            let fault = await connection.live()
            outbox.sender = nil
            self.connection = nil
            guard !Task.isCancelled else { return }
            if clock.now - began > Self.wellAfter, connection.hasBeaten { backoff.reset() }
            status.restarts += 1
            guard await pause(after: fault) else { return }
        }
        guard !Task.isCancelled else { return }
        work = nil
        enter(.off)
    }

    /// Returns whether it is to be tried again.
    private func pause(after fault: ConnectorFault) async -> Bool {
        if case .lasting(let reason, let cure) = fault {
            log.error("\(account) stopped: \(reason)", ["next": .text(cure)])
            enter(.stopped(reason: reason, cure: cure))
            work = nil
            return false
        }
        var wait = backoff.next(chance: chance())
        if case .passing(_, let asked?) = fault { wait = max(wait, asked) }
        let next = WallTime(nanoseconds: clock.wall.nanoseconds &+ wait.inNanoseconds)
        log.warn("\(account) does not receive: \(fault.reason)", ["again": .text("in \(wait)")])
        enter(.waiting(reason: fault.reason, next: next))
        return await Suspension(clock).wait(until: clock.now + wait) == .deadline
    }

    private func enter(_ phase: AccountStatus.Phase) {
        status.phase = phase
        status.since = clock.wall
    }

    // MARK: What a connection reports

    func begin(_ connection: AccountConnection, _ identity: BotIdentity) async throws(StoreError) -> String? {
        try check(connection)
        let cursor = try await table.begin(account, identity.id, clock.wall)
        try check(connection)
        status.identity = identity
        outbox.sender = connection.connector
        feed.wake()
        return cursor
    }

    func take(
        _ connection: AccountConnection, _ messages: [InboundMessage], cursor: String?
    ) async throws(StoreError) {
        try check(connection)
        guard let botID = status.identity?.id else { throw .rejected("messages came before the bot was known") }
        guard !messages.isEmpty || cursor != nil else { return }
        try await waitToTake(connection)
        let count = try await table.take(account, botID, messages, cursor: cursor, clock.wall)
        guard count > 0 else { return }
        status.lastInbound = clock.wall
        feed.wake()
    }

    /// While this node steps back: what is not taken the platform keeps, as far as it keeps anything.
    private func waitToTake(_ connection: AccountConnection) async throws(StoreError) {
        guard !isTaking else { return }
        let wait = Awaited<Bool>(clock)
        refused.append(wait)
        guard await wait.wait() == true else { throw .rejected("this node steps back") }
        try check(connection)
    }

    func beat(_ connection: AccountConnection) {
        guard connection === self.connection else { return }
        status.lastBeat = clock.wall
        if !status.isReceiving { enter(.receiving) }
    }

    func missed(from: WallTime, to: WallTime) {
        guard from != to else { return }
        // Our clock may be behind the platform's.
        status.gap = min(from, to)...max(from, to)
        log.warn(
            "\(account): what was said meanwhile cannot be had any more",
            ["from": .text("\(from.seconds)"), "to": .text("\(to.seconds)")])
    }

    /// A connection that was left behind keeps nothing any more: its place in the stream may be an old one.
    private func check(_ connection: AccountConnection) throws(StoreError) {
        guard connection === self.connection else { throw .rejected("this connection was given up") }
    }
}
