import Contract
import Platform
import Store

/// What nodes report. The answer says truthfully whether anything was done with it (protocol.md section 7, nodes).
@LoopActor
final class NodeEvents {
    enum Outcome: Equatable {
        case handled(String?)
        case unhandled(String)
    }

    static let sessionKeyBytes = 512

    /// Known ones that nothing here listens to yet: there are no agents and no sessions that they could go to.
    nonisolated static let unserved = [
        "voice.transcript", "agent.request", "exec.started", "exec.finished", "exec.denied", "node.presence.activity",
    ]

    /// Why a node was awake; others count as `background`.
    static let triggers = [
        "background", "silent_push", "bg_app_refresh", "significant_location", "manual", "connect",
    ]

    private let book: NodeBook

    init(book: NodeBook) { self.book = book }

    func take(_ event: String, _ payload: JSON, from client: Client) async throws(RPCError) -> Outcome {
        switch event {
        case "chat.subscribe", "chat.unsubscribe": subscribe(event == "chat.subscribe", payload, client)
        case "node.presence.alive": try await alive(payload, client)
        case _ where Self.unserved.contains(event): .unhandled("not-served")
        default: .unhandled("unknown-event")
        }
    }

    /// Which sessions' events this node hears.
    private func subscribe(_ wanted: Bool, _ payload: JSON, _ client: Client) -> Outcome {
        guard let key = payload["sessionKey"]?.string, !key.isEmpty, key.utf8.count <= Self.sessionKeyBytes else {
            return .unhandled("sessionKey-missing")
        }
        guard wanted else {
            client.subscriptions.remove(key)
            return .handled("unsubscribed")
        }
        return client.subscriptions.add(key) ? .handled("subscribed") : .unhandled("too-many-subscriptions")
    }

    /// A node that was awake for a moment. Believed only of a device that has proven itself and is known.
    private func alive(_ payload: JSON, _ client: Client) async throws(RPCError) -> Outcome {
        guard client.deviceID != nil else { return .unhandled("no-device-identity") }
        guard book[client.nodeID] != nil else { return .unhandled("not-paired") }
        let trigger = payload["trigger"]?.string ?? "background"
        book.saw(client.nodeID, nil, reason: Self.triggers.contains(trigger) ? trigger : "background")
        do throws(StoreError) {
            try await book.write(client.nodeID)
        } catch {
            throw .unavailable("this was not stored: \(error)")
        }
        return .handled("persisted")
    }
}
