import Platform

/// How many files are fetched at once, over all chats: a flood of them must not fill memory and disk before the shelf's
/// limits are looked at again.
@LoopActor
final class FetchGate {
    private let clock: any Clock
    private(set) var free: Int
    private var queue: [Suspension] = []

    init(_ width: Int, clock: any Clock) {
        free = width
        self.clock = clock
    }

    /// Returns when there is a place. False when the task was cancelled meanwhile; then there is none to give back.
    func enter() async -> Bool {
        guard !Task.isCancelled else { return false }
        if free > 0 {
            free -= 1
            return true
        }
        let place = Suspension(clock)
        queue.append(place)
        if await place.wait() == .event { return true }
        // Either it still waits, or it was given a place in the very turn in which it was cancelled.
        if queue.contains(where: { $0 === place }) { queue.removeAll { $0 === place } } else { leave() }
        return false
    }

    func leave() {
        if queue.isEmpty { free += 1 } else { queue.removeFirst().wake() }
    }
}
