import Gateway
import Platform
import Settings

extension Command {
    static let backupCreate = Command(
        "backup create", "pack configuration, credentials, state, conversations and workspaces into one archive",
        notes:
            "The archive holds secrets: it is for its owner alone (mode 0600). The gateway may run; its databases are "
            + "copied as they are at one moment. Links, logs and files of chats are left out.",
        flags: [
            Flag(
                "--output", "<path>", "the archive, or the directory for it; there must be no such file yet",
                default: "a dated name in the working directory"), .json,
        ],
        examples: ["openclaw backup create", "openclaw backup create --output /mnt/stick --json"],
        seeAlso: ["backup verify", "backup restore"],
        run: { invocation throws(CommandFailure) in try await create(invocation) })

    static let backupVerify = Command(
        "backup verify", "read an archive to its end and compare all of it with its manifest",
        arguments: [Argument("file", "the archive")],
        flags: [.json],
        examples: ["openclaw backup verify backup.tar.gz", "openclaw backup verify backup.tar.gz --json"],
        seeAlso: ["backup create", "backup restore"],
        run: { invocation throws(CommandFailure) in
            let archive = invocation.arguments[0]
            let manifest = try await invocation.backup("reading", archive) { () throws(BackupError) in
                try BackupReader.verify(archive)
            }
            invocation.show(manifest, archive, "whole")
            return .good
        })

    static let backupRestore = Command(
        "backup restore", "put back what an archive holds; what is there now is moved aside",
        notes:
            "Nothing is touched before all of the archive has been unpacked and compared. While the gateway runs it is "
            + "refused. Conversations, pairings and approvals go back to the day of the archive.",
        arguments: [Argument("file", "the archive")],
        flags: [
            Flag("--allow-outside", nil, "also put back what lay outside the home and state directories"), .yes, .json,
        ],
        examples: ["openclaw backup restore backup.tar.gz", "openclaw backup restore backup.tar.gz --yes --json"],
        seeAlso: ["backup verify", "gateway status"],
        run: { invocation throws(CommandFailure) in try await restore(invocation) })
}

extension Invocation {
    /// Runs what blocks, with errors in the words of a command about `archive`.
    @LoopActor
    func backup<Value: Sendable>(
        _ what: String, _ archive: String, _ body: @escaping @Sendable () throws(BackupError) -> Value
    ) async throws(CommandFailure) -> Value {
        do throws(BackupError) {
            return try await telling("\(what) \(archive.shown)") { () throws(BackupError) in
                try await BlockingPool.shared.run(body)
            }
        } catch {
            throw error.failure(archive)
        }
    }

    @LoopActor
    func show(_ manifest: BackupManifest, _ archive: String, _ state: String) {
        if output.isJSON {
            return output.json([
                "ok": true, "archive": .string(archive), "version": .string(manifest.version),
                "profile": .string(manifest.profile), "createdAt": .string(manifest.createdAt),
                "files": JSON(manifest.contents.count), "bytes": JSON(manifest.bytes),
                "roots": .array(manifest.roots.map { ["kind": .string($0.kind.rawValue), "path": .string($0.path)] }),
                "leftOut": .array(manifest.omissions.map(\.json)),
            ])
        }
        var report = Report(verdict: .good, state: state, subject: [archive])
        report.facts = [
            Fact("files", "Files", "\(manifest.contents.count), \(manifest.bytes) bytes"),
            Fact(
                "made", "Made", "\(manifest.createdAt), openclaw \(manifest.version), profile \(manifest.profile)"),
        ]
        report.facts += manifest.roots.map { Fact("root", $0.kind.rawValue, instance.shown($0.path)) }
        if let first = manifest.omissions.first {
            let more = manifest.omissions.count > 1 ? " and \(manifest.omissions.count - 1) more, see --json" : ""
            report.facts.append(
                Fact("leftOut", "Left out", "\(instance.shown(first.path)): \(first.reason)\(more)"))
        }
        if state == "packed" { report.next = ["\(program) backup verify \(ShellWord.quoted(archive))"] }
        output.report(report, now: surroundings.clock.wall)
    }
}

@LoopActor
private func create(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let instance = invocation.instance
    guard FilePresence.exists(instance.stateDirectory) else {
        throw CommandFailure(
            .notGood, "no-state", "there is nothing to pack: no \(instance.shown(instance.stateDirectory))")
    }
    let snapshot = try? await invocation.configuration()
    let plan = await BackupPlan(instance, snapshot)
    let now = invocation.surroundings.clock.wall
    let path = try await archivePath(invocation, plan, now)
    var blank = BackupManifest(
        version: Help.version, profile: invocation.profileName, createdAt: now.iso, home: instance.homeDirectory,
        workspace: instance.workspaceDirectory)
    if snapshot == nil {
        blank.omissions.append(
            BackupManifest.Omission(
                path: instance.configPath,
                reason: "it is not valid, so what it includes and workspaces that it names may be missing"))
    }
    blank.omissions += plan.omissions
    let manifest = blank
    let written = try await invocation.backup("packing", path) { () throws(BackupError) in
        try BackupWriter.write(plan, manifest, to: path, at: now)
    }
    invocation.show(written, path, "packed")
    return .good
}

/// Where the archive goes: never into what is packed.
@LoopActor
private func archivePath(
    _ invocation: Invocation, _ plan: BackupPlan, _ now: WallTime
) async throws(CommandFailure) -> String {
    let name = "\(now.compactUTC)-openclaw-backup\(invocation.instance.profile.suffix).tar.gz"
    let given = invocation["--output"]
    let home = invocation.instance.homeDirectory
    let found = await BlockingPool.shared.run { () -> (path: String, isInside: Bool) in
        func directory(_ path: String) -> String { FileFacts.realPath(path) ?? path }
        if let given {
            let isDirectory = (try? FileFacts.of(given, followLinks: true))??.isDirectory == true
            let path = isDirectory ? directory(given) + "/" + name : given
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let above = parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
            return (path, plan.contains(directory(above)))
        }
        let here = directory(".")
        let place = plan.contains(here) ? home : here
        return (place + "/" + name, plan.contains(place))
    }
    guard !found.isInside else {
        throw CommandFailure(
            .notGood, "inside", "\(found.path.shown) lies in what is packed; name another directory with --output")
    }
    return found.path
}

@LoopActor
private func restore(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let (archive, instance) = (invocation.arguments[0], invocation.instance)
    let manifest = try await invocation.backup("reading", archive) { () throws(BackupError) in
        try BackupReader.verify(archive)
    }
    let targets = try BackupTargets(manifest, instance, allowsOutside: invocation.has("--allow-outside"))
    let lock = try await stateLock(invocation)
    defer { lock.release() }
    let state = instance.stateDirectory
    let isCleared = try await invocation.backup("looking at", archive) { () throws(BackupError) in
        try BackupRestore.takeBack(in: state)
    }
    if isCleared { invocation.output.note("openclaw: an earlier restore was cut short; what it had moved is back") }
    let places = targets.targets.map { "  \($0.root.kind.rawValue): \(instance.shown($0.path).shown)" }
    try invocation.confirm(
        "Put back \(manifest.contents.count) files of \(manifest.createdAt.shown) (openclaw \(manifest.version.shown)):\n"
            + places.joined(separator: "\n") + "\nWhat is there now is moved aside.")
    let work = BackupRestore(targets: targets, time: invocation.surroundings.clock.wall)
    let outcome = try await invocation.backup("unpacking", archive) { () throws(BackupError) in try work.run(archive) }
    let aside = ([outcome.aside].compactMap(\.self) + outcome.moved).map { instance.shown($0) }
    invocation.done(
        "\(outcome.manifest.contents.count) files are back, as of \(outcome.manifest.createdAt)", undo: nil,
        json: [
            "ok": true, "archive": .string(archive), "files": JSON(outcome.manifest.contents.count),
            "createdAt": .string(outcome.manifest.createdAt),
            "movedAside": .array(([outcome.aside].compactMap(\.self) + outcome.moved).map { .string($0) }),
        ])
    guard !invocation.output.isJSON else { return .good }
    if !aside.isEmpty {
        invocation.output.sentence("  Undo: move back what is in \(aside.joined(separator: ", ").shown)")
    }
    invocation.output.command("  Next: ", "\(invocation.program) config validate")
    return .good
}

/// While this is held no gateway starts on the state directory.
@LoopActor
private func stateLock(_ invocation: Invocation) async throws(CommandFailure) -> FileLock {
    let instance = invocation.instance
    let outcome: FileLock.Outcome
    do throws(FileError) {
        try await PrivateDirectory.create(instance.stateDirectory)
        outcome = try await FileLock.acquire(instance.lockPath, as: .current())
    } catch {
        throw CommandFailure(.notGood, "not-written", "\(error)")
    }
    switch outcome {
    case .acquired(let lock): return lock
    case .heldBy(let owner):
        throw CommandFailure(
            .notGood, "gateway-runs",
            "the gateway runs\(owner.process.map { " (pid \($0))" } ?? ""); nothing can be put back under it",
            next: ["\(invocation.program) gateway status"])
    }
}
