/// A value that somebody else brings, once, and one task waits for.
@LoopActor
package final class Awaited<Value> {
    package private(set) var value: Value?
    private let place: Suspension

    package nonisolated init(_ clock: any Clock) { place = Suspension(clock) }

    /// The first that is brought is the value.
    package func bring(_ value: Value) {
        if self.value == nil { self.value = value }
        place.wake()
    }

    /// Nil when the deadline came first, or the cancellation of the task.
    package func wait(until deadline: Instant? = nil) async -> Value? {
        while value == nil { guard await place.wait(until: deadline) == .event else { break } }
        return value
    }
}
