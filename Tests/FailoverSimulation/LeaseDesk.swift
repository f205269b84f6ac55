import Failover

/// Whoever grants the lease, by a clock of its own.
struct LeaseDesk {
    /// How long a lease holds at the desk, and how long its holder acts on it.
    static let term: Milliseconds = 10_000
    static let ownTerm: Milliseconds = 7000
    /// After it a driver says that the desk is out of reach.
    static let patience: Milliseconds = 3000

    private var holder: Int?
    private var epoch: UInt64 = 0
    private var end: Milliseconds = .min

    func isHeld(byAnotherThan node: Int, at now: Milliseconds) -> Bool {
        holder.map { $0 != node && end > now } ?? false
    }

    /// The epoch that was granted; nil where somebody else holds it.
    mutating func acquire(_ node: Int, at now: Milliseconds) -> UInt64? {
        if isHeld(byAnotherThan: node, at: now) { return nil }
        epoch += 1
        holder = node
        end = now + Self.term
        return epoch
    }

    mutating func renew(_ node: Int, _ epoch: UInt64, at now: Milliseconds) -> UInt64? {
        guard holder == node, epoch == self.epoch, end > now else { return nil }
        end = now + Self.term
        return epoch
    }

    mutating func release(_ node: Int, _ epoch: UInt64) {
        if holder == node, epoch == self.epoch { holder = nil }
    }
}
