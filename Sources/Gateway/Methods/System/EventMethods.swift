import Agents
import Contract
import Platform

/// `system-event`.
struct SystemEventMethod: PromptMethod {
    static let contract = MethodContract.systemEvent
    /// What of the parameters describes who reports itself.
    private static let described = [
        "deviceId", "instanceId", "host", "ip", "mode", "version", "platform", "deviceFamily", "modelIdentifier",
        "lastInputSeconds", "reason", "roles", "scopes", "tags",
    ]

    let events: SystemEvents
    let presence: Presence
    let hub: EventHub

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        let text = (params["text"]?.string ?? "").withoutOuterSpace
        guard !text.isEmpty else { throw .invalid("text required") }
        var entry = JSONObject([("text", .string(text))])
        for name in Self.described { entry[name] = params[name] }
        presence.note(Self.key(params, text), .reported, .object(entry))
        if !text.hasPrefix("Node:") { events.add(text) }
        hub.presenceChanged()
        hub.broadcast(.presence, ["presence": presence.json], withStateVersion: true)
        return .object(("ok", true))
    }

    /// Who it is, by the first thing that tells one from another; of one that says nothing, its text's beginning.
    private static func key(_ params: JSONObject, _ text: String) -> String {
        let names = ["deviceId", "instanceId", "host", "ip"]
        let name = names.lazy.compactMap { params[$0]?.string }.first { !$0.isEmpty } ?? text
        return name.lowercased().cut(to: Presence.keyBytes)
    }
}

/// `wake`. With mode `now` the agent is told in its session at once; else the text waits for its next look around.
struct WakeMethod: PromptMethod {
    static let contract = MethodContract.wake
    let events: SystemEvents
    let intake: MessageIntake

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let text = (request.params.object["text"]?.string ?? "").withoutOuterSpace
        guard !text.isEmpty else { return .object(("ok", false)) }
        let params = request.params.object
        let key = try intake.key(params, Self.contract)
        guard params["mode"]?.string == "now" else {
            events.add(text, agent: key.agentID)
            return .object(("ok", true))
        }
        // A command in it is a text like any other: nobody typed it.
        let message = JSONObject([("message", .string("System event: \(text.cut(to: SystemEvents.textBytes))"))])
        var run = try intake.request(message, key, id: UUIDText.random(), by: request.client)
        // A conversation that somebody has over a channel stays theirs.
        run.origin = intake.agents.sessions.shelf?.record(key)?.origin ?? RunOrigin(channel: "system")
        run.options.queueMode = QueueMode.followup.rawValue
        _ = try intake.start(run, by: request.client, observer: nil)
        return .object(("ok", true), ("runId", .string(run.id)))
    }
}

/// `last-heartbeat`.
struct LastHeartbeatMethod: PromptMethod {
    static let contract = MethodContract.lastHeartbeat
    let heartbeats: Heartbeats

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .json(heartbeats.last ?? .null) }
}

/// `set-heartbeats`.
struct SetHeartbeatsMethod: PromptMethod {
    static let contract = MethodContract.setHeartbeats
    let heartbeats: Heartbeats

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        heartbeats.isEnabled = try request.read(Self.contract) { params throws(JSONDecodingError) in
            try params.field("enabled").bool()
        }
        return .object(("ok", true), ("enabled", .bool(heartbeats.isEnabled)))
    }
}
