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
    package var phase = Phase.starting(pending: "startup") {
        didSet { progress += 1 }
    }
    /// Rises with what is done of a start.
    private(set) var progress = 0
    /// In a pair of gateways; nil for one alone.
    package var role: String?
    private let clock: any Clock
    private let started: Instant
    /// Why a part fails, by its name.
    private(set) var failures: [String: String] = [:]

    package init(version: String, clock: any Clock) {
        self.version = version
        self.clock = clock
        started = clock.now
    }

    package var uptimeMilliseconds: Int64 { (clock.now - started).inNanoseconds / 1_000_000 }

    /// What keeps the gateway from being ready, by name: its phase first, then its parts.
    package var failingParts: [String] {
        let parts = failures.keys.sorted()
        return switch phase {
        case .starting: ["startup"] + parts
        case .draining: ["draining"] + parts
        case .running: parts
        }
    }

    /// Says that `part` fails and why, or, with nil, that it is well.
    package func report(_ part: String, failure: String?) { failures[part] = failure }

    package var isReady: Bool { phase == .running && failures.isEmpty }
}
