import Platform

/// Returns when the loop has asked the operating system for events once more and handled them. Yielding does not do
/// that: the loop runs many jobs in one turn.
@LoopActor
package func loopTurn() async {
    try? await EventLoop.shared.sleep(until: EventLoop.shared.now)
}
