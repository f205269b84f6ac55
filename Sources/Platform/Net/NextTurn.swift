/// Something that has more to give although its descriptor is quiet.
@LoopActor
protocol NextTurnHandler: AnyObject {
    func nextTurn()
}

/// Calls handlers once in the loop's next turn, after its descriptors: the level-triggered way for what the operating
/// system knows nothing of. One timer that is due at once serves all.
@LoopActor
final class NextTurn {
    static let shared = NextTurn()

    private var handlers: [any NextTurnHandler] = []
    private var timer: LoopTimer?

    func add(_ handler: any NextTurnHandler) {
        handlers.append(handler)
        guard handlers.count == 1 else { return }
        let timer = timer ?? LoopTimer(EventLoop.shared) { self.fire() }
        self.timer = timer
        timer.arm(at: EventLoop.shared.now)
    }

    private func fire() {
        let due = handlers
        handlers.removeAll(keepingCapacity: due.count <= 64)
        for handler in due { handler.nextTurn() }
    }
}
