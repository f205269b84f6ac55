import Agents
import Contract
import Platform

/// The health snapshot that clients see: made anew every minute and when asked to, kept as JSON meanwhile.
@LoopActor
final class HealthReport {
    private let facts: GatewayFacts
    private let health: GatewayHealth
    private let roster: AgentRoster
    private let hub: EventHub
    private let clock: any Clock
    private(set) var json: JSON = .object(JSONObject())
    private(set) var encoded: [UInt8] = Array("{}".utf8)
    private var madeAt: Instant?
    private var parts: [(name: String, facts: @LoopActor () -> JSON)] = []

    init(facts: GatewayFacts, health: GatewayHealth, roster: AgentRoster, hub: EventHub, clock: any Clock) {
        self.facts = facts
        self.health = health
        self.roster = roster
        self.hub = hub
        self.clock = clock
    }

    /// Adds what another part of the gateway knows of itself, as a member of the snapshot.
    func add(_ name: String, _ facts: @escaping @LoopActor () -> JSON) { parts.append((name, facts)) }

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
        let sessions: JSON = ["path": .string(facts.databasePath), "count": 0, "recent": []]
        var snapshot: JSON = [
            "ok": .bool(health.isReady), "ts": .int(clock.wall.milliseconds),
            "durationMs": .int((clock.now - started).inNanoseconds / 1_000_000), "channels": [:], "channelOrder": [],
            "channelLabels": [:], "heartbeatSeconds": 0, "defaultAgentId": .string(roster.defaultID),
            "agents": .array(
                roster.agents.map { agent in
                    var entry: JSON = [
                        "agentId": .string(agent.id), "isDefault": .bool(agent.id == roster.defaultID),
                        "heartbeat": Heartbeats.none, "sessions": sessions,
                    ]
                    entry["name"] = agent.name.map { .string($0) }
                    return entry
                }), "sessions": sessions,
            "readiness": ["ready": .bool(health.isReady), "failing": .array(health.failingParts.map { .string($0) })],
        ]
        for part in parts { snapshot[part.name] = part.facts() }
        return snapshot
    }
}
