import Agents
import Contract
import Platform

/// Whether agents look around by themselves from time to time, which, and what came of it last.
@LoopActor
final class Heartbeats {
    /// Until the gateway ends (protocol.md section 7, set-heartbeats).
    var isEnabled = true {
        didSet { onChange() }
    }
    var plan = HeartbeatPlan()
    /// The payload of the last `heartbeat` event.
    private(set) var last: JSON?
    var onChange: @LoopActor () -> Void = {}
    private let hub: EventHub

    init(hub: EventHub) { self.hub = hub }

    /// Tells everyone that one took place.
    func happened(_ event: JSON) {
        last = event
        hub.broadcast(.heartbeat, event)
    }

    /// What health and status say of an agent.
    func json(of agent: String) -> JSON {
        guard let settings = plan.settings[agent], settings.isScheduled else { return Self.none }
        var json = settings.json
        if !isEnabled { json["enabled"] = false }
        return json
    }

    /// Seconds between those of an agent; 0 where it has none.
    func seconds(of agent: String) -> Int64 {
        isEnabled ? (plan.settings[agent]?.every.inNanoseconds ?? 0) / 1_000_000_000 : 0
    }

    /// An agent that never looks around by itself.
    static let none: JSON = [
        "enabled": false, "every": "0m", "everyMs": 0, "prompt": "", "target": "none", "ackMaxChars": 0,
    ]
}
