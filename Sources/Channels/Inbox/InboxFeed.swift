import Platform
import Store

/// Hands the messages of one account to those who answer, oldest first, and no more at once than memory bears.
@LoopActor
final class InboxFeed {
    /// Messages of one account that are being answered.
    static let width = 64
    /// Beginnings of one message before it is given up.
    static let attempts = 8
    static let delays: [Duration] = [.seconds(2), .seconds(15), .seconds(60), .seconds(300)]
    /// How long the store is left alone after it failed.
    static let pause = Duration.seconds(5)

    private let account: ChannelAccount
    private let table: InboxTable
    private let handler: any InboxHandling
    private let clock: any Clock
    private let log: Log
    private let gate: ActionGate?
    private let onReplies: @LoopActor () -> Void
    /// Everything up to here was seen.
    private var position: Int64 = 0
    /// Everything up to here was there before this process: who finds it begins it once more.
    private var leftOver: Int64?
    private var underWay: Set<Int64> = []
    private var delayed: [Int64: LoopTimer] = [:]
    private var isReading = false
    private var hasMore = true
    private var isOpen = true
    private var retry: LoopTimer?

    init(
        _ account: ChannelAccount, _ table: InboxTable, _ handler: any InboxHandling, _ clock: any Clock, _ log: Log,
        gate: ActionGate? = nil,
        onReplies: @escaping @LoopActor () -> Void
    ) {
        self.account = account
        self.table = table
        self.handler = handler
        self.clock = clock
        self.log = log
        self.gate = gate
        self.onReplies = onReplies
    }

    var count: Int { underWay.count }

    /// Takes nothing new; what is under way goes on.
    func close() {
        isOpen = false
        for timer in delayed.values { timer.cancel() }
        delayed = [:]
        retry?.cancel()
    }

    /// There may be something new.
    func wake() {
        hasMore = true
        read()
    }

    /// Looks at everything again: a letter that was given up came back.
    func rewind() {
        position = 0
        wake()
    }

    private func read() {
        guard isOpen, hasMore, !isReading, underWay.count < Self.width, gate?.mayAct ?? true else { return }
        isReading = true
        startTask { [self] in
            defer { isReading = false }
            while isOpen, hasMore, underWay.count < Self.width, gate?.mayAct ?? true {
                hasMore = false
                do throws(StoreError) {
                    if leftOver == nil { leftOver = try await table.newest() }
                    let room = Self.width - underWay.count
                    let rows = try await table.waiting(account, after: position, limit: room)
                    if rows.count == room { hasMore = true }
                    for row in rows { await take(row) }
                } catch {
                    hasMore = true
                    log.error("the inbox cannot be read: \(error)", ["account": .text("\(account)")])
                    retry = clock.timer { [weak self] in self?.read() }
                    retry?.arm(at: clock.now + Self.pause)
                    return
                }
            }
        }
    }

    /// In their order: one that has to be noted first holds up those behind it.
    private func take(_ row: InboxRow) async {
        position = max(position, row.id)
        guard !underWay.contains(row.id), delayed[row.id] == nil else { return }
        let wait = Duration.milliseconds(row.nextAt - clock.wall.milliseconds)
        // A clock that was set back must not keep a message waiting for years.
        guard wait > .zero else {
            if row.id <= leftOver ?? 0 { await note(row.id) }
            return begin(row)
        }
        delay(row, min(wait, Self.delays.last ?? wait))
    }

    private func delay(_ row: InboxRow, _ wait: Duration) {
        let timer = clock.timer { [weak self] in
            self?.delayed[row.id] = nil
            self?.begin(row)
        }
        delayed[row.id] = timer
        timer.arm(at: clock.now + wait)
    }

    private func begin(_ row: InboxRow) {
        // What is not begun now is found again when the account is connected the next time.
        guard isOpen, gate?.mayAct ?? true else { return forgetPlace() }
        underWay.insert(row.id)
        startTask { [self] in
            await answer(row)
            underWay.remove(row.id)
            read()
        }
    }

    private func forgetPlace() {
        position = 0
        hasMore = true
    }

    private func answer(_ row: InboxRow) async {
        let message: InboundMessage
        do {
            message = try InboundMessage(JSONField(JSONParser.parse(row.text)))
        } catch {
            return await settle(row, .never("it cannot be read: \(error)"))
        }
        guard row.attempts < Self.attempts else {
            return await settle(row, .never("it was begun \(row.attempts) times and never finished"))
        }
        let item = InboxItem(
            id: row.id, account: account, message: message, attempts: row.attempts)
        await settle(row, handler.handle(item))
    }

    private func note(_ id: Int64) async {
        do throws(StoreError) { try await table.count(id) } catch { log.warn("an attempt was not counted: \(error)") }
    }

    /// A store in trouble is asked again: what was answered must not be answered twice for want of a note.
    private func settle(_ row: InboxRow, _ verdict: InboxVerdict) async {
        while true {
            do throws(StoreError) {
                return try await record(row, verdict)
            } catch {
                log.error("what became of a message is not stored yet: \(error)", ["account": .text("\(account)")])
                guard isOpen, await sleep(Self.pause) else { return }
            }
        }
    }

    private func record(_ row: InboxRow, _ verdict: InboxVerdict) async throws(StoreError) {
        switch verdict {
        case .finished(let replies, let others):
            try await table.finish([row.id] + others, replies, clock.wall)
            if !replies.isEmpty { onReplies() }
        case .later(let reason):
            let attempts = row.attempts + 1
            guard attempts < Self.attempts else { return try await table.bury(row.id, reason) }
            let wait = Self.delays[min(row.attempts, Self.delays.count - 1)]
            let next = WallTime(nanoseconds: clock.wall.nanoseconds + wait.inNanoseconds)
            try await table.count(row.id)
            try await table.postpone(row.id, until: next, reason)
            guard isOpen else { return }
            delay(
                InboxRow(id: row.id, text: row.text, attempts: attempts, nextAt: next.milliseconds), wait)
        case .never(let reason):
            log.warn("a message is given up: \(reason)", ["account": .text("\(account)"), "id": LogValue(Int(row.id))])
            try await table.bury(row.id, reason)
        }
    }

    private func sleep(_ time: Duration) async -> Bool {
        await Suspension(clock).wait(until: clock.now + time) == .deadline
    }
}
