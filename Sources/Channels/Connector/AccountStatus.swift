package import Platform

/// How one account is, each fact with its time: receiving and sending are told apart, and neither is guessed from the
/// other.
package struct AccountStatus: Equatable, Sendable {
    package enum Phase: Equatable, Sendable {
        /// Wanted, and never yet connected.
        case connecting
        case receiving
        /// The connection was lost; the next try is at `next`.
        case waiting(reason: String, next: WallTime)
        /// It will not be tried again until somebody does something.
        case stopped(reason: String, cure: String)
        /// Somebody stopped it.
        case off
    }

    package var phase = Phase.connecting
    package var since: WallTime
    package var identity: BotIdentity?
    /// The last complete cycle of receiving.
    package var lastBeat: WallTime?
    package var lastInbound: WallTime?
    package var lastOutbound: WallTime?
    package var lastSendFailure: String?
    package var lastSendFailureAt: WallTime?
    package var restarts = 0
    /// The last time that something was said which cannot be had any more.
    package var gap: ClosedRange<WallTime>?
    package var waitingOut = 0
    package var underWay = 0

    package init(since: WallTime) { self.since = since }

    package var isReceiving: Bool { phase == .receiving }
}
