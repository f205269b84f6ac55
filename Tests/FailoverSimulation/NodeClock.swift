import Failover

/// A node's own clock: where it began, how fast it is, and by how much it was set forward.
struct NodeClock {
    var offset: Milliseconds
    /// Parts in a million that it is too fast.
    let drift: Int64

    func local(_ world: Milliseconds) -> Milliseconds { offset + world + world * drift / 1_000_000 }

    /// The first moment of the world at which this clock shows that time.
    func world(_ local: Milliseconds) -> Milliseconds {
        guard local < .max / 2_000_000 else { return .max }
        var world = (local - offset) * 1_000_000 / (1_000_000 + drift) - 1
        while self.local(world) < local { world += 1 }
        return world
    }
}
