import Failover
import Platform
import Settings
import Supervision

extension Command {
    static let failoverLeave = Command(
        "failover leave", "undo what failover join did to this host: settings, secrets, the copy of the workspace",
        notes:
            "failover unpair on the primary runs it over ssh. Settings that were changed since stay as they are now, unless "
            + "the pair had set them. Files of the workspace that exist nowhere else are kept, and named.",
        flags: [.yes, .json],
        examples: ["openclaw failover leave", "openclaw failover leave --yes --json"],
        seeAlso: ["failover join", "failover unpair"],
        run: { invocation throws(CommandFailure) in try await StandbyLeave(invocation).run() })
}

/// `failover leave`, on the standby. Each part is undone once: a second run goes on where the first was cut short.
@LoopActor
struct StandbyLeave {
    private static let lookTime = Duration.seconds(30)

    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var instance: Instance { invocation.instance }

    func run() async throws(CommandFailure) -> ExitCode {
        guard let journal = try await StandbyJournal.read(instance) else {
            invocation.done("this host is no standby of a pair", undo: nil, json: ["ok": true, "change": "none"])
            return .good
        }
        try invocation.confirm("This host stops being a standby; its gateway is stopped")
        try await stop()
        let kept = try await removeDirectories(journal)
        try await restore(journal)
        let isGone = try await finish(journal, kept)
        invocation.done(
            "this host is no standby any more", undo: nil,
            json: [
                "ok": true, "change": "removed", "kept": .array(kept.map(JSON.string)), "stateRemoved": .bool(isGone),
            ])
        guard !invocation.output.isJSON else { return .good }
        for path in kept { invocation.output.sentence("  stays, since what is in it is nowhere else: \(path.shown)") }
        if journal.madeState, !isGone {
            invocation.output.sentence("  conversations stay in \(instance.shown(instance.stateDirectory)).")
        }
        return .good
    }

    /// Services first: a gateway that runs would write what is taken away.
    private func stop() async throws(CommandFailure) {
        let desk = ServiceDesk(invocation)
        let (place, state) = await desk.found()
        if state.isInstalled {
            do throws(SupervisionError) { try await desk.backend.remove(place) } catch {
                throw CommandFailure(error, invocation)
            }
        }
        let unit = try? await invocation.failoverSettings().promotion.unit
        let units = StandbyUnits(desk.wanted(.user, port: 0), gateway: unit ?? "openclaw.service")
        let cold = StandbyInstallation(units, desk.host)
        if cold.isInstalled {
            do throws(SupervisionError) { _ = try await cold.remove() } catch {
                throw CommandFailure(error, invocation)
            }
        }
        try await PuttingAside(invocation).refuseIfRunning("removed")
    }

    /// Returns those that stay.
    private func removeDirectories(_ journal: StandbyJournal) async throws(CommandFailure) -> [String] {
        let world = invocation.surroundings
        let programs = SyncPrograms(invocation.environment, runner: world.runner, clock: world.clock)
        var kept: [String] = []
        for path in journal.directories.reversed() where FileReading.exists(path) {
            if FileReading.exists(path + "/.git") {
                let look = await WorkspaceLook.at(path, programs, by: world.clock.now + Self.lookTime)
                if look.changes > 0 || look.hasOwnCommits {
                    kept.append(path)
                    continue
                }
            }
            // A clone that stays may still be pushed to it.
            if path.hasSuffix("/" + StandbyJoin.repositoryName), !kept.isEmpty {
                kept.append(path)
                continue
            }
            try await invocation.removeTree(path)
        }
        return kept
    }

    private func restore(_ journal: StandbyJournal) async throws(CommandFailure) {
        if FileReading.exists(instance.configPath) {
            try await invocation.editConfig(allowing: [.shrinking, .droppingMode]) { now in
                journal.undo.edits(now.parsed)
            }
        }
        try await KeptSecrets(instance).drop(journal.secrets)
    }

    /// Returns whether the whole state directory went.
    private func finish(_ journal: StandbyJournal, _ kept: [String]) async throws(CommandFailure) -> Bool {
        await JournalFile.sweep(instance)
        let isUsed = FileReading.exists(instance.databasePath)
        if journal.madeState, !isUsed, kept.isEmpty {
            try await invocation.removeTree(instance.stateDirectory)
            return true
        }
        do throws(FileError) {
            if journal.madeConfig, await isEmptied() { try await FileRemoval.remove(instance.configPath) }
            try await FileRemoval.remove(StandbyJournal.path(instance))
        } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
        return false
    }

    private func isEmptied() async -> Bool {
        (try? await invocation.configuration())?.parsed.object?.isEmpty == true
    }
}
