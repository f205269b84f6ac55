import Platform

/// What methods work on.
@LoopActor
struct GatewayParts {
    let facts: GatewayFacts
    let health: GatewayHealth
    let report: HealthReport
    let presence: Presence
    let hub: EventHub
    let roster: AgentRoster
    let own: OwnFacts
    let output: LogOutput
    let clock: any Clock
    let events: SystemEvents
    let heartbeats: Heartbeats
    let writes: ControlWrites
}

extension MethodRouter {
    /// Every method once. New ones go to the end: older clients keep stable places.
    convenience init(_ parts: GatewayParts) {
        self.init([
            HealthMethod(report: parts.report),
            SystemPresenceMethod(presence: parts.presence),
            StatusMethod(
                facts: parts.facts, health: parts.health, roster: parts.roster, events: parts.events,
                heartbeats: parts.heartbeats),
            SystemEventMethod(events: parts.events, presence: parts.presence, hub: parts.hub),
            LastHeartbeatMethod(heartbeats: parts.heartbeats),
            SetHeartbeatsMethod(heartbeats: parts.heartbeats),
            WakeMethod(events: parts.events),
            SystemInfoMethod(facts: parts.facts, health: parts.health),
            LogsTailMethod(output: parts.output),
            UpdateRunMethod(version: parts.facts.version, writes: parts.writes),
            UpdateStatusMethod(version: parts.facts.version),
            StabilityMethod(own: parts.own),
        ])
    }
}
