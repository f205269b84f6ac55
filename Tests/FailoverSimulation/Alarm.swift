import Failover

/// Something that may be so for a while and no longer: it goes off when it still is.
struct Alarm {
    /// One for each pair of nodes that both act, one for each node that could act while nobody does.
    static let count = Network.limit * Network.limit + Network.limit

    var isSet = false
    private(set) var generation: UInt32 = 0

    static func overlap(_ a: Int, _ b: Int) -> Int { a * Network.limit + b }
    static func uncovered(_ node: Int) -> Int { Network.limit * Network.limit + node }

    mutating func reset() {
        isSet = false
        generation &+= 1
    }
}
