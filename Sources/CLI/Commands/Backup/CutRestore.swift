import Gateway
import Platform
import Settings

/// Before a gateway starts: a restore that was killed has left half of what was and half of what was to be. Neither is
/// lost, and a gateway on such a mixture could be neither; what was there before the restore comes back.
@LoopActor
struct CutRestore {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    /// Returns whether there was something to take back. A restore under way has the lock, and the start is refused.
    func takeBack() async throws(CommandFailure) -> Bool {
        let instance = invocation.instance
        let note = "\(instance.stateDirectory)/\(BackupRestore.journalName)"
        // Where it cannot be looked for, the start says what is wrong.
        guard (try? FileFacts.of(note, followLinks: true)) != nil else { return false }
        let outcome: FileLock.Outcome
        do throws(FileError) {
            outcome = try await FileLock.acquire(instance.lockPath, as: .current())
        } catch {
            throw refusal(note, "\(error)")
        }
        guard case .acquired(let lock) = outcome else {
            guard case .heldBy(let owner) = outcome else { return false }
            throw CommandFailure(
                .willNotStart, GatewayRefusal.Reason.ownedState.rawValue,
                "a backup is being put back, or a gateway runs: nothing is started beside it",
                details: owner.process.map { ["owner: pid \($0)"] } ?? [])
        }
        defer { lock.release() }
        do throws(BackupError) {
            let state = instance.stateDirectory
            return try await BlockingPool.shared.run { () throws(BackupError) in try BackupRestore.takeBack(in: state) }
        } catch {
            throw refusal(note, "\(error)")
        }
    }

    private func refusal(_ note: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            .willNotStart, "restore-cut", "a restore was cut short, and what it had moved cannot be moved back",
            details: [reason, "which file was moved where stands in \(note.shown)"],
            next: ["\(invocation.program) gateway run"])
    }
}
