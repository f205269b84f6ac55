import Platform

/// What methods work on.
@LoopActor
struct GatewayParts {
    let report: HealthReport
    let presence: Presence
    let hub: EventHub
}

extension MethodRouter {
    /// Every method once. New ones go to the end: older clients keep stable places.
    convenience init(_ parts: GatewayParts) {
        self.init([
            HealthMethod(report: parts.report),
            SystemPresenceMethod(presence: parts.presence),
        ])
    }
}
