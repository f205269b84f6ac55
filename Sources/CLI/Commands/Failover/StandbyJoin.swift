import Failover
import Gateway
import Platform
import Settings

extension Command {
    static let failoverJoin = Command(
        "failover join", "make this host the standby that standard input describes; run by failover pair",
        notes:
            "failover pair on the primary runs it over ssh, and sends settings and secrets on standard input. Done twice, it "
            + "changes nothing the second time. What it changes stands in failover-join.json of the state directory first.",
        flags: [.json],
        examples: ["openclaw failover join --json", "openclaw --profile two failover join"],
        seeAlso: ["failover pair", "failover leave"],
        run: { invocation throws(CommandFailure) in try await StandbyJoin(invocation).run() })
}

/// `failover join`, on the standby.
@LoopActor
struct StandbyJoin {
    static let gitTime = Duration.seconds(240)
    static let repositoryName = "workspace.git"

    private let invocation: Invocation
    private let programs: SyncPrograms

    init(_ invocation: Invocation) {
        self.invocation = invocation
        let world = invocation.surroundings
        programs = SyncPrograms(invocation.environment, runner: world.runner, clock: world.clock)
    }

    private var instance: Instance { invocation.instance }

    func run() async throws(CommandFailure) -> ExitCode {
        let bundle = try bundle()
        var journal = try await journal(bundle)
        let made = try await configure(bundle, &journal)
        var repository: String?
        if let branch = bundle.hostedBranch { repository = try await makeRepository(branch, &journal) }
        let workspace = try await clone(bundle, &journal)
        let settings = await invocation.clientSettings()
        invocation.done(
            "this host is the standby", undo: "\(invocation.program) failover leave",
            json: [
                "ok": true, "version": .string(Help.version), "changed": .array(made.map(JSON.string)),
                "stateDirectory": .string(instance.stateDirectory), "port": .int(Int64(settings.port)),
                "repository": repository.map(JSON.string) ?? .null, "workspace": .string(workspace),
            ])
        return .good
    }

    private func bundle() throws(CommandFailure) -> PairBundle {
        guard let line = readLine(), line.utf8.count <= PairBundle.sizeLimit,
            let json = try? JSONParser.parse(Array(line.utf8))
        else {
            throw CommandFailure(
                .usage, "usage", "standard input holds no description of a pair",
                next: ["on the primary: openclaw failover pair user@standby"])
        }
        return try PairBundle(json)
    }

    // MARK: What was here before

    private func journal(_ bundle: PairBundle) async throws(CommandFailure) -> StandbyJournal {
        if let known = try await StandbyJournal.read(instance) {
            guard known.pair == bundle.pair else {
                throw CommandFailure(
                    .notGood, "other-pair", "this host is the standby of another primary already",
                    next: ["\(invocation.program) failover leave"])
            }
            return known
        }
        var journal = StandbyJournal(pair: bundle.pair)
        journal.madeState = ((try? FileFacts.names(in: instance.stateDirectory)) ?? []).isEmpty
        journal.madeConfig = !FileReading.exists(instance.configPath)
        let before = try await invocation.configuration()
        if before.bool("failover.enabled") == true, before.string("failover.role") == "primary" {
            throw CommandFailure(
                .notGood, "is-primary", "this host is the primary of a pair, and a host can only be one of both",
                next: ["\(invocation.program) failover unpair"])
        }
        do throws(FileError) { try await PrivateDirectory.create(instance.stateDirectory) } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
        return journal
    }

    // MARK: Settings

    /// Returns the names of the settings that were changed.
    private func configure(
        _ bundle: PairBundle, _ journal: inout StandbyJournal
    ) async throws(CommandFailure) -> [String] {
        let kept = KeptSecrets(instance)
        let before = try await invocation.configuration().parsed
        var wishes: [(pointer: JSONPointer, value: JSON)] = []
        for (path, value) in bundle.settings {
            if let pointer = JSONPointer(setting: path) { wishes.append((pointer, value)) }
        }
        for path in bundle.secrets.keys.sorted() {
            if let pointer = JSONPointer(setting: path) { wishes.append((pointer, KeptSecrets.ref(path))) }
        }
        wishes.append((KeptSecrets.providerPointer, kept.providerEntry))
        wishes += try await access(before, kept, &journal)
        for wish in wishes { journal.undo.note(wish.pointer, in: before) }
        for path in bundle.secrets.keys.sorted() where !journal.secrets.contains(path) { journal.secrets.append(path) }
        try await journal.write(instance)
        try await kept.keep(bundle.secrets)
        let edits = try await invocation.editConfig { now in
            wishes.filter { now.parsed[$0.pointer] != $0.value }.map { .set($0.pointer, $0.value) }
        }
        return OnboardPlan.names(edits)
    }

    /// A token for this gateway, unless there is a way to prove oneself already.
    private func access(
        _ before: JSON, _ kept: KeptSecrets, _ journal: inout StandbyJournal
    ) async throws(CommandFailure) -> [(pointer: JSONPointer, value: JSON)] {
        let auth = JSONPointer(["gateway", "auth"])
        guard ["token", "password", "mode"].allSatisfy({ before[auth]?[$0] == nil }) else { return [] }
        let setting = "gateway.auth.token"
        if try await kept.value(setting) == nil {
            if !journal.secrets.contains(setting) { journal.secrets.append(setting) }
            try await journal.write(instance)
            try await kept.keep([setting: Hex.encode(SecureRandom.bytes(OnboardPlan.tokenBytes))])
        }
        return [(auth.appending("token"), KeptSecrets.ref(setting))]
    }

    // MARK: The workspace

    private func git(_ words: [String], _ what: String) async throws(CommandFailure) {
        do throws(SyncError) {
            try await programs.git(words, by: invocation.surroundings.clock.now + Self.gitTime)
        } catch {
            throw CommandFailure(.notGood, "git", "could not \(what): \("\(error)".shown)")
        }
    }

    /// A bare repository beneath the state directory, for a primary whose workspace has no remote.
    private func makeRepository(
        _ branch: String, _ journal: inout StandbyJournal
    ) async throws(CommandFailure) -> String {
        let path = instance.stateDirectory + "/" + Self.repositoryName
        if !FileReading.exists(path + "/HEAD") {
            try await note(path, &journal)
            try await git(["init", "--quiet", "--bare", path], "make \(path)")
        }
        try await git(["--git-dir", path, "symbolic-ref", "HEAD", "refs/heads/\(branch)"], "name the branch")
        return path
    }

    private func clone(
        _ bundle: PairBundle, _ journal: inout StandbyJournal
    ) async throws(CommandFailure) -> String {
        let path = await invocation.workspacePath()
        guard let source = bundle.workspace else { return path }
        guard !FileReading.exists(path + "/.git") else { return path }
        let names = await BlockingPool.shared.run { (try? FileFacts.names(in: path)) ?? [] }
        guard names.isEmpty || journal.directories.contains(path) else {
            throw CommandFailure(
                .notGood, "workspace", "\(path.shown) has files and is no copy of the primary's workspace",
                details: ["they are yours to keep; the standby's copy needs the place"],
                next: ["mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".before"))"])
        }
        try await note(path, &journal)
        // What an interrupted clone left.
        if !names.isEmpty { try await invocation.removeTree(path) }
        try await git(["clone", "--quiet", "--", source, path], "clone the workspace")
        return path
    }

    private func note(_ path: String, _ journal: inout StandbyJournal) async throws(CommandFailure) {
        guard !journal.directories.contains(path) else { return }
        journal.directories.append(path)
        try await journal.write(instance)
    }
}

extension Invocation {
    /// Removes a directory that this program made, with all that is in it.
    @LoopActor
    func removeTree(_ path: String) async throws(CommandFailure) {
        guard path.hasPrefix(instance.homeDirectory + "/") || path.hasPrefix(instance.stateDirectory + "/") else {
            throw CommandFailure(.notGood, "file", "\(path.shown) does not lie in this user's home, and stays")
        }
        let request = ProcessRequest(
            ["rm", "-rf", "--", path], environment: ["PATH": environment["PATH"] ?? "/usr/bin:/bin"],
            deadline: .seconds(60))
        let result: ProcessResult
        do throws(ProcessError) { result = try await surroundings.runner.run(request) } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
        guard result.succeeded else {
            throw CommandFailure(.notGood, "file", "\(path.shown) could not be removed: \(result.errorText.shown)")
        }
    }
}
