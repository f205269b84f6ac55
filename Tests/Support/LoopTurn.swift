import Platform

/// Returns when the loop has asked the operating system for events once more and handled them. Yielding does not do
/// that: the loop runs many jobs in one turn.
@LoopActor
package func loopTurn() async {
    // What one turn makes ready runs in the next, and a turn's budget may be used up by other tests.
    for _ in 0..<8 { try? await EventLoop.shared.sleep(until: EventLoop.shared.now) }
}
