package import Platform
package import Store

/// Sends what was kept to be sent, through one account: in order within a chat, no faster than the platform allows, and
/// never twice without a reason.
@LoopActor
package final class Outbox {
    /// After so long an answer is of no use to anybody.
    package nonisolated static let ageLimit = Duration.seconds(24 * 3600)
    nonisolated static let delays: [Duration] = [.seconds(1), .seconds(3), .seconds(10), .seconds(30)]
    /// Rows held in memory.
    nonisolated static let window = 256
    nonisolated static let pause = Duration.seconds(5)
    /// After so long a sign of life is none.
    nonisolated static let fleetingTime = Duration.seconds(30)

    /// Who sends; nil while the account is not connected.
    package weak var sender: (any Connector)? {
        didSet { if sender != nil { wake() } }
    }

    let account: ChannelAccount
    let table: OutboxTable
    private let facts: ConnectorFacts
    private let clock: any Clock
    private let log: Log
    private let gate: ActionGate?
    private var position: Int64 = 0
    private(set) var lanes: [String: OutboxLane] = [:]
    private var meter: PaceMeter
    private var waiters: [String: [CheckedContinuation<Result<OutboxReport, StoreError>, Never>]] = [:]
    private var isReading = false
    private var hasMore = true
    private var isOpen = true
    private var isRecovered = false
    private var retry: LoopTimer?

    /// When the platform last took something, for those who ask how the account is.
    package private(set) var lastDelivery: WallTime?
    package private(set) var lastFailure: (at: WallTime, reason: String)?

    package init(
        _ account: ChannelAccount, _ facts: ConnectorFacts, _ store: Store, _ clock: any Clock, _ log: Log,
        gate: ActionGate? = nil
    ) {
        self.account = account
        self.facts = facts
        table = OutboxTable(store: store)
        self.clock = clock
        self.log = log
        self.gate = gate
        meter = PaceMeter(facts.pace.perAccount)
    }

    /// Messages that wait or are on their way, as far as they are in memory.
    package var depth: Int { lanes.values.reduce(0) { $0 + $1.rows.count } }

    /// Keeps the messages; they go out in this order. Returns when they are on the disk.
    package func put(_ entries: [OutboxEntry]) async throws(StoreError) {
        try await table.insert(entries, clock.wall)
        wake()
    }

    /// Keeps a message and waits for what becomes of it, which may take as long as the platform cannot be reached.
    package func deliver(_ entry: OutboxEntry) async throws(StoreError) -> OutboxReport {
        let result = await withCheckedContinuation { continuation in
            waiters[entry.key, default: []].append(continuation)
            startTask { await self.begin(entry) }
        }
        return try result.get()
    }

    private func begin(_ entry: OutboxEntry) async {
        do throws(StoreError) {
            try await table.insert([entry], clock.wall)
            if let report = try await table.report(entry.key), report.state.isEnd {
                return answer(entry.key, .success(report))
            }
            wake()
        } catch {
            answer(entry.key, .failure(error))
        }
    }

    private func answer(_ key: String, _ result: Result<OutboxReport, StoreError>) {
        for waiter in waiters.removeValue(forKey: key) ?? [] { waiter.resume(returning: result) }
    }

    /// There may be something new.
    package func wake() {
        hasMore = true
        read()
        for lane in lanes.values { step(lane) }
    }

    /// Takes nothing up any more. What is on its way is noted when it comes back.
    package func close() {
        isOpen = false
        retry?.cancel()
        for lane in lanes.values { lane.timer?.cancel() }
    }

    private func read() {
        guard isOpen, hasMore, !isReading, depth < Self.window else { return }
        isReading = true
        startTask { [self] in
            defer { isReading = false }
            while isOpen, hasMore, depth < Self.window {
                hasMore = false
                do throws(StoreError) {
                    try await recover()
                    let rows = try await table.open(account, after: position, limit: Self.window)
                    if rows.count == Self.window { hasMore = true }
                    for row in rows { take(row) }
                } catch {
                    hasMore = true
                    return again("the outbox cannot be read: \(error)")
                }
            }
        }
    }

    private func recover() async throws(StoreError) {
        guard !isRecovered else { return }
        let count = try await table.recover(account, facts, clock.wall)
        isRecovered = true
        guard count > 0 else { return }
        log.warn(
            "messages were being sent when the gateway ended; they may or may not have arrived",
            ["account": .text("\(account)"), "count": LogValue(count)])
    }

    private func again(_ reason: String) {
        log.error(reason, ["account": .text("\(account)")])
        let timer = clock.timer { [weak self] in self?.wake() }
        retry = timer
        timer.arm(at: clock.now + Self.pause)
    }

    private func take(_ row: OutboxRow) {
        position = max(position, row.id)
        let lane = lane(of: row.message.address.chat)
        lane.rows.append(row)
        step(lane)
    }

    func lane(of chat: String) -> OutboxLane {
        let lane = lanes[chat] ?? OutboxLane(chat, facts.pace.perChat)
        lanes[chat] = lane
        return lane
    }

    /// When the platform's limits let something out; nil for now.
    func earliest(_ lane: OutboxLane, cost: Int) -> Instant? {
        [lane.meter.earliest(clock.now, cost: cost), meter.earliest(clock.now, cost: cost)].compactMap { $0 }.max()
    }

    func count(_ lane: OutboxLane, cost: Int) {
        lane.meter.count(clock.now, cost: cost)
        meter.count(clock.now, cost: cost)
    }

    /// Sends the first of the chat, if it may go.
    func step(_ lane: OutboxLane) {
        guard isOpen, !lane.isBusy, let row = lane.rows.first else {
            if lane.rows.isEmpty, !lane.isBusy, lane.meter.isIdle(clock.now) { lanes[lane.chat] = nil }
            return
        }
        guard let sender, gate?.mayAct ?? true else { return }
        let wait = Duration.milliseconds(row.nextAt - clock.wall.milliseconds)
        let due = wait > .zero ? clock.now + min(wait, Self.delays.last ?? wait) : nil
        let cost = facts.pace.cost(of: row.message)
        if let earliest = [due, earliest(lane, cost: cost)].compactMap({ $0 }).max() {
            return lane.wait(clock, until: earliest) { [weak self] in self?.step(lane) }
        }
        lane.isBusy = true
        count(lane, cost: cost)
        startTask { [self] in
            await send(row, by: sender, lane)
            lane.isBusy = false
            step(lane)
            read()
        }
    }

    private func send(_ row: OutboxRow, by sender: any Connector, _ lane: OutboxLane) async {
        let age = Duration.milliseconds(clock.wall.milliseconds - row.createdAt)
        guard age < (row.message.isFleeting ? Self.fleetingTime : Self.ageLimit) else {
            return await end(row, lane, .init(state: .failed, platformID: nil, error: "it is too old"))
        }
        let epoch = gate?.epoch
        do throws(StoreError) {
            try await table.begin(row.id, clock.wall)
        } catch {
            log.error("a message waits for the store: \(error)", ["account": .text("\(account)")])
            return lane.put(off: row, until: clock.wall.milliseconds + 5_000)
        }
        // As late as that can be asked.
        if let gate, let epoch, !gate.mayAct(under: epoch) {
            return await judge(row, .notSent("another node acts", after: nil), lane)
        }
        var outcome = await sender.send(row.message, key: row.key)
        if case .unreadable(let reason) = outcome {
            guard let plain = row.message.plainText else {
                return await end(row, lane, .init(state: .failed, platformID: nil, error: reason))
            }
            var message = row.message
            message.text = plain
            message.plainText = nil
            outcome = await sender.send(message, key: row.key)
        }
        await judge(row, outcome, lane)
    }

    private func judge(_ row: OutboxRow, _ outcome: SendOutcome, _ lane: OutboxLane) async {
        switch outcome {
        case .delivered(let id):
            lastDelivery = clock.wall
            await end(row, lane, .init(state: .delivered, platformID: id, error: nil))
        case _ where row.message.isFleeting:
            if case .slowDown(let after, let everywhere) = outcome { heed(after, everywhere, lane) }
            await end(row, lane, .init(state: .failed, platformID: nil, error: nil))
        case .refused, .unreadable:
            if row.message.isSaidElse { return lane.sayAnew(row) }
            await end(row, lane, .init(state: .failed, platformID: nil, error: outcome.reason))
        case .notSent(let reason, let after): await postpone(row, lane, reason, after)
        case .slowDown(let after, let everywhere):
            heed(after, everywhere, lane)
            await postpone(row, lane, "the platform asks for \(after) of quiet", after)
        case .unknown(let reason) where row.message.action.isRepeatable: await postpone(row, lane, reason, nil)
        case .unknown(let reason):
            guard facts.knowsAgain(row.message, .milliseconds(clock.wall.milliseconds - row.createdAt)) else {
                return await end(row, lane, .init(state: .ambiguous, platformID: nil, error: reason))
            }
            await postpone(row, lane, reason, nil)
        }
    }

    func heed(_ after: Duration, _ everywhere: Bool, _ lane: OutboxLane) {
        if everywhere { meter.pause(until: clock.now + after) }
        lane.meter.pause(until: clock.now + after)
    }

    private func postpone(_ row: OutboxRow, _ lane: OutboxLane, _ reason: String, _ after: Duration?) async {
        let wait = after ?? Self.delays[min(row.attempts, Self.delays.count - 1)]
        let next = WallTime(nanoseconds: clock.wall.nanoseconds &+ wait.inNanoseconds)
        note(reason)
        lane.meter.pause(until: clock.now + wait)
        do throws(StoreError) {
            try await table.postpone(row.id, until: next, reason, clock.wall)
        } catch {
            log.error("that a message waits is not stored: \(error)", ["account": .text("\(account)")])
        }
        lane.put(off: row, until: next.milliseconds)
    }

    /// A store in trouble is asked until it takes the note, while the chat waits: else a restart would send twice.
    private func end(_ row: OutboxRow, _ lane: OutboxLane, _ report: OutboxReport) async {
        if let error = report.error { note(error) }
        while true {
            do throws(StoreError) {
                try await table.end(row.id, report, clock.wall)
                break
            } catch {
                log.error("what became of a message is not stored yet: \(error)", ["account": .text("\(account)")])
                guard isOpen, await Suspension(clock).wait(until: clock.now + Self.pause) == .deadline else { break }
            }
        }
        lane.rows.removeFirst()
        answer(row.key, .success(report))
    }

    private func note(_ reason: String) {
        lastFailure = (clock.wall, reason)
        log.warn("a message was not delivered: \(reason)", ["account": .text("\(account)")])
    }
}
