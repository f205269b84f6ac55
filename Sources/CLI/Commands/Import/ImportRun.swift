import Agents
import Gateway
import Platform
import Settings
import Store

/// One import. Each part is written whole or not at all and is known again, so that one that was killed is simply run
/// once more. Nothing that is here is replaced.
@LoopActor
struct ImportRun {
    let invocation: Invocation
    let source: SafeDirectory
    /// Only says what would be done.
    let isTrial: Bool

    private var instance: Instance { invocation.instance }

    func run() async throws(CommandFailure) -> [ImportTally] {
        try await PuttingAside(invocation).refuseIfRunning("imported")
        try await invocation.refuseIfRunning(source.path)
        guard !isTrial else { return try await parts(try await presentStore()) }
        let lock = try await lock()
        defer { lock.release() }
        return try await parts(try await openStore())
    }

    /// While this is held no gateway starts on the state directory.
    private func lock() async throws(CommandFailure) -> FileLock {
        let outcome: FileLock.Outcome
        do throws(FileError) {
            try await PrivateDirectory.create(instance.stateDirectory)
            outcome = try await FileLock.acquire(instance.lockPath, as: .current())
        } catch {
            throw CommandFailure(.notGood, "not-written", "\(error)")
        }
        guard case .acquired(let lock) = outcome else {
            throw CommandFailure(
                .tryAgain, "state-owned",
                "another program has taken \(instance.shown(instance.stateDirectory)) just now",
                next: ["\(invocation.program) gateway status"])
        }
        return lock
    }

    private func presentStore() async throws(CommandFailure) -> Store? {
        FilePresence.exists(instance.databasePath) ? try await openStore() : nil
    }

    private func openStore() async throws(CommandFailure) -> Store {
        do throws(StoreError) {
            return try await Store.open(
                at: instance.databasePath, schema: GatewaySchema.schema, clock: invocation.surroundings.clock)
        } catch {
            throw CommandFailure(.notGood, "store", "\(error)", next: ["\(invocation.program) doctor"])
        }
    }

    private func parts(_ store: Store?) async throws(CommandFailure) -> [ImportTally] {
        let tallies: Result<[ImportTally], CommandFailure>
        do throws(CommandFailure) {
            tallies = .success(try await parts(into: store))
        } catch {
            tallies = .failure(error)
        }
        await store?.close()
        return try tallies.get()
    }

    private func parts(into store: Store?) async throws(CommandFailure) -> [ImportTally] {
        let (source, state, isTrial, instance) = (source, instance.stateDirectory, isTrial, instance)
        var tallies: [ImportTally] = []
        do throws(StoreError) {
            tallies.append(try await sessions(store))
            tallies.append(try await DeviceImport.run(source, into: store, isTrial: isTrial))
            tallies.append(
                try await NodeImport.run(source, into: store, isTrial: isTrial, at: invocation.surroundings.clock.wall))
            let shelf = ZoneShelf()
            tallies.append(
                try await CronImport.run(
                    source, into: store, isTrial: isTrial,
                    zones: CronZones(shelf, local: shelf.local(invocation.environment)),
                    at: invocation.surroundings.clock.wall))
        } catch {
            throw CommandFailure(
                .notGood, "store", "the import stopped: \(error)",
                details: ["what was taken by then is here; the same command goes on from there"],
                next: ["\(invocation.program) doctor"])
        }
        tallies += await BlockingPool.shared.run {
            [
                ApprovalsImport.run(source, into: state, isTrial: isTrial),
                IdentityImport.run(source, into: state, isTrial: isTrial),
            ]
        }
        tallies.append(try await KeyImport(source: source).run(invocation, isTrial: isTrial))
        return tallies + (await BlockingPool.shared.run { WaitingParts.all(source, instance) })
    }

    private func sessions(_ store: Store?) async throws(StoreError) -> ImportTally {
        guard let store, !isTrial else {
            var trial = try await SessionImport(trying: source, stateDirectory: instance.stateDirectory, store)
            return await trial.run()
        }
        let clock = invocation.surroundings.clock
        let output = LogOutput(LogSettings(), clock: clock)
        let shelf = try await SessionShelf.open(
            stateDirectory: instance.stateDirectory, store: store, clock: clock,
            log: Log(output, subsystem: "import"))
        var work = SessionImport(source, into: shelf)
        let tally = await work.run()
        await shelf.close()
        return tally
    }
}
