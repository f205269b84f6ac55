import Contract
import Platform

/// The health snapshot that clients see: made anew every minute and when asked to, kept as JSON meanwhile.
@LoopActor
final class HealthReport {
    private let facts: GatewayFacts
    private let health: GatewayHealth
    private let hub: EventHub
    private let clock: any Clock
    private(set) var json: JSON = .object(JSONObject())
    private(set) var encoded: [UInt8] = Array("{}".utf8)
    private var madeAt: Instant?

    init(facts: GatewayFacts, health: GatewayHealth, hub: EventHub, clock: any Clock) {
        self.facts = facts
        self.health = health
        self.hub = hub
        self.clock = clock
    }

    /// The cached snapshot while it is young enough (protocol.md section 7, `health`).
    func current() -> [UInt8] {
        if let madeAt, clock.now - madeAt < WireFacts.healthInterval { return encoded }
        refresh()
        return encoded
    }

    /// Looks anew and tells everyone.
    func refresh() {
        let started = clock.now
        json = make(started)
        encoded = JSONWriter.bytes(of: json)
        madeAt = clock.now
        hub.healthChanged()
        hub.broadcast(.health, encoded: encoded, withStateVersion: true)
    }

    private func make(_ started: Instant) -> JSON {
        [
            "ok": .bool(health.isReady), "ts": .int(clock.wall.milliseconds),
            "durationMs": .int((clock.now - started).inNanoseconds / 1_000_000), "channels": [:], "channelOrder": [],
            "channelLabels": [:], "heartbeatSeconds": 0, "defaultAgentId": .string(facts.defaultAgentID),
            "agents": [], "sessions": ["path": "", "count": 0, "recent": []],
            "readiness": ["ready": .bool(health.isReady), "failing": .array(health.failingParts.map { .string($0) })],
        ]
    }
}
