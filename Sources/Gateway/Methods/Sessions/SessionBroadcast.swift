import Agents
import Contract
import Platform

/// Tells clients who follow sessions what happens to them (protocol.md section 7, session events).
@LoopActor
final class SessionBroadcast: SessionListener {
    private unowned let sessions: GatewaySessions
    private let hub: EventHub

    init(sessions: GatewaySessions, hub: EventHub) {
        self.sessions = sessions
        self.hub = hub
    }

    func session(_ record: SessionRecord, appended one: NumberedEntry) {
        let key = "\(record.key)"
        // The row is made for those alone who want it.
        guard hub.clients.contains(where: { $0.subscriptions.covers(key) }) else { return }
        let row = sessions.row(record)
        var payload = row
        payload["sessionKey"] = .string(key)
        payload["message"] = one.entry.message(seq: one.seq)
        payload["messageId"] = .string(one.entry.id)
        payload["messageSeq"] = JSON(one.seq)
        payload["session"] = row
        hub.tell(.sessionMessage, payload, ofSession: key)
        tellLists(row, record, JSONObject([("phase", "message")]))
    }

    func session(_ record: SessionRecord, changed: SessionChange) {
        guard hub.clients.contains(where: \.subscriptions.all) else { return }
        let row = changed == .delete ? [:] : sessions.row(record)
        // A run's end is told by its own events; here it is one change among others.
        tellLists(row, record, JSONObject([("reason", .string(changed == .update ? "patch" : changed.rawValue))]))
    }

    private func tellLists(_ row: JSON, _ record: SessionRecord, _ what: JSONObject) {
        var payload = row
        payload["sessionKey"] = .string("\(record.key)")
        payload["agentId"] = .string(record.key.agentID)
        for member in what.members { payload[member.key] = member.value }
        payload["ts"] = .int(sessions.clock.wall.milliseconds)
        for client in hub.clients where client.subscriptions.all { client.send(.sessionsChanged, payload) }
    }
}
