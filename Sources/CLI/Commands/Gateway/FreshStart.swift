import Gateway
import Platform
import Settings

/// `gateway run --dev --reset`: the dev profile begins with nothing. What was there keeps lying beside it.
struct FreshStart {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    @LoopActor
    func run() async throws(CommandFailure) {
        let instance = invocation.instance
        guard instance.profile == .dev else {
            throw .usage("--reset is for the dev profile alone", hint: "openclaw --dev gateway run --reset")
        }
        let time = invocation.surroundings.clock.wall
        let owner: String?
        var moved: [(from: String, to: String)] = []
        do throws(FileError) {
            owner = try await BlockingPool.shared.run { () throws(FileError) in try Self.owner(of: instance) }
            if owner == nil {
                moved = try await BlockingPool.shared.run { () throws(FileError) in try Self.putAside(instance, time) }
            }
        } catch {
            throw CommandFailure(.notGood, "reset", "\(error)")
        }
        if let owner {
            throw CommandFailure(
                .willNotStart, GatewayRefusal.Reason.ownedState.rawValue,
                "the dev gateway runs: nothing is reset under it", details: [owner],
                next: ["stop it (Ctrl-C where it runs), then: openclaw --dev gateway run --reset"])
        }
        for (from, to) in moved {
            invocation.output.note(
                "openclaw: put aside \(instance.shown(from)); undo: mv \(instance.shown(to)) \(instance.shown(from))")
        }
    }

    private static func putAside(
        _ instance: Instance, _ time: WallTime
    ) throws(FileError) -> [(from: String, to: String)] {
        var moved: [(from: String, to: String)] = []
        for path in [instance.stateDirectory, instance.workspaceDirectory] {
            if let target = try MoveAside.move(path, at: time) { moved.append((path, target)) }
        }
        return moved
    }

    /// Who runs on this state, in words; nil when nobody does.
    private static func owner(of instance: Instance) throws(FileError) -> String? {
        guard FilePresence.exists(instance.lockPath) else { return nil }
        switch try FileLock.acquire(instance.lockPath, as: LockOwner.current([:])) {
        case .acquired(let lock):
            lock.release()
            return nil
        case .heldBy(let owner): return owner.process.map { "owner: pid \($0)" } ?? "owner: unknown"
        }
    }
}
