import Platform

/// Which sessions one connection wants to hear of.
struct SessionSubscriptions: Sendable {
    static let limit = 256

    /// Every session's coming, going and messages.
    var all = false
    private(set) var keys: Set<String> = []

    /// False at the limit.
    mutating func add(_ key: String) -> Bool {
        guard keys.count < Self.limit || keys.contains(key) else { return false }
        keys.insert(key)
        return true
    }

    mutating func remove(_ key: String) { keys.remove(key) }

    func covers(_ key: String) -> Bool { all || keys.contains(key) }
}
