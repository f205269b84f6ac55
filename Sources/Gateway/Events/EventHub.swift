import Contract
import Platform

/// Tells connected clients what happens: each hears what its role and scopes allow, under numbers of its own.
@LoopActor
final class EventHub {
    private var sessions: [ObjectIdentifier: ClientSession] = [:]
    private(set) var stateVersion = StateVersion()

    init() {}

    var clients: [Client] { sessions.values.compactMap(\.client) }

    func add(_ session: ClientSession) { sessions[ObjectIdentifier(session)] = session }

    func remove(_ session: ClientSession) { sessions[ObjectIdentifier(session)] = nil }

    func presenceChanged() { stateVersion.presence += 1 }

    func healthChanged() { stateVersion.health += 1 }

    /// The payload is written once, whoever hears it.
    func broadcast(_ event: EventContract, _ payload: JSON, withStateVersion: Bool = false) {
        // A long answer is not written out again and again for nobody.
        guard !sessions.isEmpty else { return }
        broadcast(event, encoded: JSONWriter.bytes(of: payload), withStateVersion: withStateVersion)
    }

    /// To those alone that `isMeant` picks of all who hear such events.
    func broadcast(_ event: EventContract, _ payload: JSON, where isMeant: (Client) -> Bool) {
        let payload = JSONWriter.bytes(of: payload)
        for session in Array(sessions.values) {
            guard let client = session.client, client.hears(event), isMeant(client) else { continue }
            session.deliver(event, payload.span, stateVersion: nil, isBroadcast: true)
        }
    }

    func broadcast(_ event: EventContract, encoded payload: [UInt8], withStateVersion: Bool = false) {
        let version = withStateVersion ? stateVersion : nil
        for session in Array(sessions.values) {
            guard let client = session.client, client.hears(event) else { continue }
            session.deliver(event, payload.span, stateVersion: version, isBroadcast: true)
        }
    }

    /// Tells those who follow the session, and nobody else; such events have no number (protocol.md section 7).
    func tell(
        _ event: EventContract, _ payload: JSON, ofSession key: String, where isMeant: (Client) -> Bool = { _ in true }
    ) {
        let payload = JSONWriter.bytes(of: payload)
        for session in Array(sessions.values) {
            guard let client = session.client, client.subscriptions.covers(key), isMeant(client) else { continue }
            session.deliver(event, payload.span, stateVersion: nil, isBroadcast: false)
        }
    }

    /// Ends every connection that `isMeant` picks.
    func close(_ reason: CloseReason, where isMeant: (Client) -> Bool = { _ in true }) {
        for session in Array(sessions.values) {
            if let client = session.client, isMeant(client) { session.close(reason) }
        }
    }
}

extension Client {
    func hears(_ event: EventContract) -> Bool {
        guard role == .operator else { return event.reachesNodes }
        return switch event.audience {
        case .everyone: true
        case .scope(let scope): granted.includes(scope)
        case .addressed: false
        }
    }
}
