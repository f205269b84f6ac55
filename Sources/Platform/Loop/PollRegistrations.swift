/// Which handler belongs to which descriptor. A token joins the descriptor with a generation that rises each time the
/// number is used anew, so that an event of a closed descriptor never reaches its successor.
@LoopActor
struct PollRegistrations {
    static nonisolated let wakeToken = UInt64.max

    private struct Entry {
        var generation: UInt32 = 0
        var handler: (any PollHandler)?
    }

    private var entries: [Entry] = []
    private(set) var count = 0

    nonisolated init() {}

    /// Returns the token to hand to the operating system, and the handler so far. The caller lets go of that one, since
    /// its deinit may come back here.
    mutating func add(_ descriptor: Int32, _ handler: any PollHandler) -> (token: UInt64, previous: (any PollHandler)?)
    {
        let index = Int(descriptor)
        while entries.count <= index { entries.append(Entry()) }
        let previous = entries[index].handler
        if previous == nil { count += 1 }
        entries[index].handler = handler
        return (UInt64(entries[index].generation) << 32 | UInt64(UInt32(bitPattern: descriptor)), previous)
    }

    /// Returns the handler so far, to be let go by the caller.
    mutating func remove(_ descriptor: Int32) -> (any PollHandler)? {
        let index = Int(descriptor)
        guard index >= 0, index < entries.count, let previous = entries[index].handler else { return nil }
        entries[index].handler = nil
        entries[index].generation &+= 1
        count -= 1
        return previous
    }

    func handler(for token: UInt64) -> (any PollHandler)? {
        let index = Int(truncatingIfNeeded: token & 0xffff_ffff)
        guard index < entries.count, entries[index].generation == UInt32(token >> 32) else { return nil }
        return entries[index].handler
    }
}
