import Failover
import Platform
import Settings

extension Command {
    static let failoverUnpair = Command(
        "failover unpair", "undo failover pair on both hosts: this gateway has no standby any more",
        notes:
            "The standby's service is stopped and removed, its settings, secrets and copy of the workspace go, and the "
            + "program that was copied; files that exist nowhere else stay, and are named. When the standby is gone for "
            + "good, --here undoes this side alone.",
        flags: [
            Flag("--here", nil, "leave the other host as it is, for instance because it is no more"), .yes, .json,
        ],
        examples: ["openclaw failover unpair", "openclaw failover unpair --here --yes"],
        seeAlso: ["failover pair", "failover leave"],
        run: { invocation throws(CommandFailure) in try await Unpairing(invocation).run() })
}

/// `failover unpair`, on the primary.
@LoopActor
struct Unpairing {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() async throws(CommandFailure) -> ExitCode {
        guard let journal = try await PairJournal.read(invocation.instance) else {
            invocation.done("this gateway has no standby", undo: nil, json: ["ok": true, "change": "none"])
            return .good
        }
        try invocation.confirm("\(journal.target.shown) stops being the standby of this gateway")
        let kept = invocation.has("--here") ? [] : try await leave(journal)
        try await undo(journal)
        let again =
            "\(invocation.program) failover pair \(journal.target) --channel "
            + (journal.channels.first ?? "discord") + ":<token-file>"
        invocation.done(
            "\(journal.target) is no standby any more", undo: again,
            json: ["ok": true, "change": "removed", "kept": .array(kept.map(JSON.string))])
        if !invocation.output.isJSON {
            for path in kept { invocation.output.sentence("  stays there: \(path.shown)") }
        }
        return .good
    }

    private func leave(_ journal: PairJournal) async throws(CommandFailure) -> [String] {
        let host = StandbyHost(journal.target, invocation)
        do throws(CommandFailure) {
            let home = try await host.output("printf %s \"$HOME\"", "look at it")
            let binary = home + "/.local/bin/openclaw"
            var kept: [String] = []
            if try await host.run("test -x \(ShellWord.quoted(binary))").succeeded {
                let answer = try await host.openclaw(binary, ["failover", "leave", "--yes"])
                kept = (answer["kept"]?.array ?? []).compactMap(\.string)
            }
            try await PairBinary.remove(host, journal)
            return kept
        } catch {
            throw CommandFailure(
                error.code, error.reason, error.message,
                details: error.details + ["nothing was undone here; with --here only this side is"],
                next: error.next + ["\(invocation.program) failover unpair --here"])
        }
    }

    private func undo(_ journal: PairJournal) async throws(CommandFailure) {
        let instance = invocation.instance
        try await invocation.editConfig(allowing: [.shrinking, .droppingMode]) { now in journal.undo.edits(now.parsed) }
        try await KeptSecrets(instance).drop(journal.secrets)
        if let remote = journal.remote {
            let world = invocation.surroundings
            let programs = SyncPrograms(invocation.environment, runner: world.runner, clock: world.clock)
            try await PairWorkspace(invocation, programs).removeRemote(remote)
        }
        await JournalFile.sweep(instance)
        do throws(FileError) { try await FileRemoval.remove(PairJournal.path(instance)) } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
    }
}
