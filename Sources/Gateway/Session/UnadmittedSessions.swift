import Contract
import Platform

/// Connections that have not been let in yet. Their number is bounded, in all and by address; at the bound the oldest
/// gives way, so that silent sockets keep nobody out.
@LoopActor
final class UnadmittedSessions {
    static let limit = 256
    static let limitByAddress = 32

    private var sessions: [(key: String, session: ClientSession)] = []

    init() {}

    var count: Int { sessions.count }

    func add(_ session: ClientSession) {
        let key = session.origin.limitKey
        let same = sessions.indices.filter { sessions[$0].key == key }
        if same.count >= Self.limitByAddress { evict(same[0]) }
        if sessions.count >= Self.limit { evict(0) }
        sessions.append((key, session))
    }

    func remove(_ session: ClientSession) { sessions.removeAll { $0.session === session } }

    private func evict(_ index: Int) {
        let session = sessions.remove(at: index).session
        // Nothing is waited for: a flood must not hold more descriptors than there is room for.
        session.end(CloseReason(1013, "too many connections that did not authenticate"))
    }
}
