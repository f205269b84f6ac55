import Platform

/// How long each phase of an exchange may take.
package struct HTTPDeadlines: Equatable, Sendable {
    package static let defaultWaiting = Duration.seconds(30)
    package static let defaultConnecting = Duration.seconds(10)
    package static let defaultSending = Duration.seconds(30)
    package static let defaultFirstByte = Duration.seconds(60)
    package static let defaultHead = Duration.seconds(10)
    package static let defaultBody = Duration.seconds(60)
    package static let defaultTotal = Duration.seconds(300)

    package var waiting = defaultWaiting
    package var connecting = defaultConnecting
    package var sending = defaultSending
    package var firstByte = defaultFirstByte
    package var head = defaultHead
    package var body = defaultBody
    /// Nil for responses without an end of their own, such as event streams.
    package var total: Duration? = defaultTotal

    package init() {}

    func allowed(_ phase: HTTPPhase) -> Duration? {
        switch phase {
        case .waiting: waiting
        case .connecting: connecting
        case .sending: sending
        case .firstByte: firstByte
        case .head: head
        case .body: body
        case .total: total
        }
    }
}

/// An instant, and the error that it brings.
struct HTTPDeadline: Sendable {
    let at: Instant
    let error: HTTPClientError
}

/// The time of one call, which redirects and a retry share.
@LoopActor
struct HTTPCallTime {
    let clock: any Clock
    let deadlines: HTTPDeadlines
    /// Whom the present part of the call is with: a redirect changes it.
    var peer: String
    private let started: Instant

    init(clock: any Clock, deadlines: HTTPDeadlines, peer: String) {
        self.clock = clock
        self.deadlines = deadlines
        self.peer = peer
        started = clock.now
    }

    /// The end of the whole call, if it has one.
    var total: HTTPDeadline? {
        deadlines.total.map { HTTPDeadline(at: started + $0, error: .timedOut(.total, peer: peer, after: $0)) }
    }

    /// The end of a phase that begins now, or of the call if that comes first.
    func deadline(_ phase: HTTPPhase) -> HTTPDeadline? {
        guard let allowed = deadlines.allowed(phase) else { return total }
        let own = HTTPDeadline(at: clock.now + allowed, error: .timedOut(phase, peer: peer, after: allowed))
        guard let total, total.at < own.at else { return own }
        return total
    }
}
