import Platform

/// The messages for one chat, in their order: one is on its way at a time.
@LoopActor
final class OutboxLane {
    let chat: String
    var meter: PaceMeter
    var rows: [OutboxRow] = []
    var isBusy = false
    private(set) var timer: LoopTimer?

    init(_ chat: String, _ pace: Pace?) {
        self.chat = chat
        meter = PaceMeter(pace)
    }

    func wait(_ clock: any Clock, until instant: Instant, _ action: @escaping @LoopActor () -> Void) {
        timer?.cancel()
        let timer = clock.timer(action)
        self.timer = timer
        timer.arm(at: instant)
    }

    /// The first is said as a new message, in this life: another one edits again, and comes here again.
    func sayAnew(_ row: OutboxRow) {
        var message = row.message
        message.action = .say
        message.isSaidElse = false
        guard rows.first?.id == row.id else { return }
        rows[0] = OutboxRow(
            id: row.id, key: row.key, message: message, attempts: row.attempts, nextAt: row.nextAt,
            createdAt: row.createdAt)
    }

    /// The first stays the first and is tried again later.
    func put(off row: OutboxRow, until next: Int64) {
        guard rows.first?.id == row.id else { return }
        rows[0] = OutboxRow(
            id: row.id, key: row.key, message: row.message, attempts: row.attempts + 1, nextAt: next,
            createdAt: row.createdAt)
    }
}
