import Agents
import Contract
import Platform

/// The health snapshot that clients see: made anew every minute, when asked to, and when what decides whether all is well
/// has changed; kept as JSON meanwhile.
@LoopActor
final class HealthReport {
    private let facts: GatewayFacts
    private let health: GatewayHealth
    private let roster: AgentRoster
    private let hub: EventHub
    private let clock: any Clock
    private var json: JSON = .object(JSONObject())
    private var encoded: [UInt8] = Array("{}".utf8)
    private var madeAt: Instant?
    /// What the kept snapshot says of that.
    private var madeOf: Standing?
    private var parts: [Part] = []
    /// Nil in tests that need none.
    var heartbeats: Heartbeats?

    private struct Part {
        let name: String
        let trouble: @LoopActor () -> String?
        let facts: @LoopActor () -> JSON
    }

    private struct Standing: Equatable {
        let failing: [String: String]
        let phase: GatewayHealth.Phase
        let troubles: [String?]
    }

    init(facts: GatewayFacts, health: GatewayHealth, roster: AgentRoster, hub: EventHub, clock: any Clock) {
        self.facts = facts
        self.health = health
        self.roster = roster
        self.hub = hub
        self.clock = clock
    }

    /// Adds what another part of the gateway knows of itself, as a member of the snapshot. `trouble` is asked at each
    /// look: a snapshot from before it came or went is shown to nobody.
    func add(
        _ name: String, trouble: @escaping @LoopActor () -> String? = { nil }, _ facts: @escaping @LoopActor () -> JSON
    ) {
        parts.append(Part(name: name, trouble: trouble, facts: facts))
    }

    /// The cached snapshot while it is young enough (protocol.md section 7, `health`) and still true.
    func current() -> [UInt8] {
        freshen()
        return encoded
    }

    /// The same, as it stands in a greeting.
    func currentJSON() -> JSON {
        freshen()
        return json
    }

    private func freshen() {
        if let madeAt, clock.now - madeAt < WireFacts.healthInterval, madeOf == standing { return }
        refresh()
    }

    private var standing: Standing {
        Standing(failing: health.failures, phase: health.phase, troubles: parts.map { $0.trouble() })
    }

    /// Looks anew and tells everyone.
    func refresh() {
        let started = clock.now
        json = make(started)
        encoded = JSONWriter.bytes(of: json)
        madeAt = clock.now
        madeOf = standing
        hub.healthChanged()
        hub.broadcast(.health, encoded: encoded, withStateVersion: true)
    }

    private func make(_ started: Instant) -> JSON {
        let sessions: JSON = ["path": .string(facts.databasePath), "count": 0, "recent": []]
        var snapshot: JSON = [
            "ok": .bool(health.isReady), "ts": .int(clock.wall.milliseconds),
            "durationMs": .int((clock.now - started).inNanoseconds / 1_000_000), "channels": [:], "channelOrder": [],
            "channelLabels": [:], "heartbeatSeconds": .int(heartbeats?.seconds(of: roster.defaultID) ?? 0),
            "defaultAgentId": .string(roster.defaultID),
            "agents": .array(
                roster.agents.map { agent in
                    var entry: JSON = [
                        "agentId": .string(agent.id), "isDefault": .bool(agent.id == roster.defaultID),
                        "heartbeat": heartbeats?.json(of: agent.id) ?? Heartbeats.none, "sessions": sessions,
                    ]
                    entry["name"] = agent.name.map { .string($0) }
                    return entry
                }), "sessions": sessions,
            "readiness": [
                "ready": .bool(health.isReady), "failing": .array(health.failingParts.map { .string($0) }),
                "reasons": .object(
                    JSONObject(health.failures.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ],
        ]
        for part in parts { snapshot[part.name] = part.facts() }
        return snapshot
    }
}
