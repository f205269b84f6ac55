import Platform

/// A connection's two clocks: what it does now, and whether the peer takes what waits for it. One timer serves both
/// and moves only when it must fire earlier; a deadline that moves later is noticed when the timer fires.
@LoopActor
struct ConnectionDeadlines {
    enum Kind: Equatable {
        case idle, head, body, linger, write
    }

    private let clock: any Clock
    private var timer: LoopTimer?
    private(set) var kind: Kind?
    private var deadline: Instant?
    private var started: Instant?
    private var writeDeadline: Instant?
    var onExpiry: @LoopActor () -> Void = {}

    init(clock: any Clock) { self.clock = clock }

    var isWaitingForWrite: Bool { writeDeadline != nil }

    mutating func set(_ kind: Kind, in duration: Duration) {
        let now = clock.now
        self.kind = kind
        started = now
        deadline = now + duration
        arm(deadline)
    }

    /// Moves the deadline of `kind`, if that is what runs, to `duration` after its start.
    mutating func extend(_ kind: Kind, since duration: Duration) {
        guard self.kind == kind, let started else { return }
        deadline = started + duration
    }

    mutating func clear() {
        kind = nil
        deadline = nil
    }

    mutating func setWrite(in duration: Duration) {
        writeDeadline = clock.now + duration
        arm(writeDeadline)
    }

    mutating func clearWrite() { writeDeadline = nil }

    /// What has run out, if anything really has.
    mutating func expired() -> Kind? {
        let now = clock.now
        if let writeDeadline, writeDeadline <= now { return .write }
        if let deadline, deadline <= now {
            defer { clear() }
            return kind
        }
        arm(deadline)
        arm(writeDeadline)
        return nil
    }

    mutating func end() {
        clear()
        clearWrite()
        timer?.cancel()
        timer = nil
    }

    private mutating func arm(_ instant: Instant?) {
        guard let instant else { return }
        if timer == nil {
            let action = onExpiry
            timer = clock.makeTimer { action() }
        }
        if let armed = timer?.deadline, armed <= instant { return }
        timer?.arm(at: instant)
    }
}
