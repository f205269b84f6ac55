import Agents
import Platform

/// Which conversation an answer of Responses belongs to, so that the next request can follow on it.
@LoopActor
final class ResponseMemory {
    /// Answers remembered; the oldest are forgotten first.
    static let limit = 10_000

    private struct Entry {
        let key: SessionKey
        let owner: String
    }

    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    private var oldest = 0

    func remember(_ id: String, _ key: SessionKey, of owner: String) {
        guard entries.updateValue(Entry(key: key, owner: owner), forKey: id) == nil else { return }
        order.append(id)
        guard order.count - oldest > Self.limit else { return }
        entries[order[oldest]] = nil
        oldest += 1
        if oldest > Self.limit {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    /// Another user's answer is as unknown as one that never was.
    func key(of id: String, for owner: String) -> SessionKey? {
        guard let entry = entries[id], entry.owner == owner else { return nil }
        return entry.key
    }
}

extension HTTPCaller {
    /// Tells one caller from another where they are told apart at all.
    var ownerName: String {
        if case .proxyUser(let user) = proof { "user:\(user)" } else { "" }
    }
}
