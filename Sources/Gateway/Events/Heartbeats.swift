import Contract
import Platform

/// Whether agents look around by themselves from time to time, and what came of it last.
@LoopActor
final class Heartbeats {
    /// Until the gateway ends (protocol.md section 7, set-heartbeats).
    var isEnabled = true
    /// The payload of the last `heartbeat` event.
    private(set) var last: JSON?
    private let hub: EventHub

    init(hub: EventHub) { self.hub = hub }

    /// Tells everyone that one took place.
    func happened(_ event: JSON) {
        last = event
        hub.broadcast(.heartbeat, event)
    }

    /// One that never runs: there is no agent that could.
    static let none: JSON = [
        "enabled": false, "every": "0m", "everyMs": 0, "prompt": "", "target": "none", "ackMaxChars": 0,
    ]
}
