import Gateway
import Platform
import Settings

/// Takes files of a gateway that does not run out of the way. Nothing is deleted: each gets another name.
@LoopActor
struct PuttingAside {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var instance: Instance { invocation.instance }

    /// Refuses while a gateway runs on this state. `verb` completes "nothing is … under it".
    func refuseIfRunning(_ verb: String) async throws(CommandFailure) {
        let owner: String?
        do throws(FileError) {
            owner = try await BlockingPool.shared.run { [instance] () throws(FileError) in
                try Self.owner(of: instance)
            }
        } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
        guard let owner else { return }
        throw CommandFailure(
            .willNotStart, GatewayRefusal.Reason.ownedState.rawValue,
            "the \(instance.profile) gateway runs: nothing is \(verb) under it", details: [owner],
            next: ["\(invocation.program) gateway stop"])
    }

    /// Returns what was moved. What is not there is left out.
    func move(_ paths: [String]) async throws(CommandFailure) -> [(from: String, to: String)] {
        let time = invocation.surroundings.clock.wall
        var moved: [(from: String, to: String)] = []
        for path in paths {
            do throws(FileError) {
                let target = try await BlockingPool.shared.run { () throws(FileError) in
                    try MoveAside.move(path, at: time)
                }
                if let target { moved.append((path, target)) }
            } catch {
                throw CommandFailure(
                    .notGood, "file", "\(error)",
                    details: moved.map { "already put aside: \($0.from.shown) is \($0.to.shown) now" })
            }
        }
        return moved
    }

    /// Who runs on this state, in words; nil when nobody does.
    private nonisolated static func owner(of instance: Instance) throws(FileError) -> String? {
        guard FilePresence.exists(instance.lockPath) else { return nil }
        switch try FileLock.acquire(instance.lockPath, as: LockOwner.current([:])) {
        case .acquired(let lock):
            lock.release()
            return nil
        case .heldBy(let owner): return owner.process.map { "owner: pid \($0)" } ?? "owner: unknown"
        }
    }

    /// The commands that put everything back.
    static func undo(_ moved: [(from: String, to: String)]) -> [String] {
        moved.map { "mv \(ShellWord.quoted($0.to)) \(ShellWord.quoted($0.from))" }
    }
}
