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
        let moved: [(from: String, to: String)]
        do throws(FileError) {
            let time = invocation.surroundings.clock.wall
            moved = try await BlockingPool.shared.run { () throws(FileError) in
                if let owner = try Self.owner(of: instance) { return [(owner, "")] }
                var moved: [(String, String)] = []
                for path in [instance.stateDirectory, instance.workspaceDirectory] {
                    if let target = try MoveAside.move(path, at: time) { moved.append((path, target)) }
                }
                return moved
            }
        } catch {
            throw CommandFailure(.notGood, "reset", "\(error)")
        }
        for (from, to) in moved {
            guard !to.isEmpty else {
                throw CommandFailure(
                    .willNotStart, "owned", "the dev gateway runs: nothing is reset under it", details: [from],
                    next: ["openclaw --dev gateway run --reset --force"])
            }
            invocation.output.note(
                "openclaw: put aside \(instance.shown(from)); undo: mv \(instance.shown(to)) \(instance.shown(from))")
        }
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
