package import Platform

/// What the gateway knows of itself. Each fact stands alone: none is concluded from another.
@LoopActor
package final class GatewayHealth {
    package enum Phase: Equatable, Sendable {
        case starting(pending: String)
        case running
        case draining
    }

    package let version: String
    package var phase = Phase.starting(pending: "startup")
    private let clock: any Clock
    private let started: Instant
    private var failing: [String: String] = [:]

    package init(version: String, clock: any Clock) {
        self.version = version
        self.clock = clock
        started = clock.now
    }

    package var uptime: Duration { clock.now - started }

    /// Parts that keep the gateway from being ready, by name.
    package var failingParts: [String] { failing.keys.sorted() }

    /// Says that `part` fails and why, or, with nil, that it is well.
    package func report(_ part: String, failure: String?) { failing[part] = failure }

    package var isReady: Bool { phase == .running && failing.isEmpty }
}
