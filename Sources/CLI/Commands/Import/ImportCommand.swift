import Agents
import Gateway
import Platform
import Settings

extension Command {
    static let importState = Command(
        "import",
        "take over what an OpenClaw of 2025 or 2026 left: conversations, devices, nodes, jobs, approvals, keys",
        notes:
            "The source is only read, and nothing that is here is replaced. The same command again takes what is new "
            + "and finds the rest done. Both gateways must be stopped. A job is taken once, even if it was done or removed "
            + "here since. Allow-lists are listed and wait.",
        flags: [
            Flag(
                "--from", "<directory>", "the state directory to read",
                default: "the profile's own; for the default profile also ~/.moltbot, ~/.clawdbot"),
            Flag("--dry-run", nil, "only say what would be taken, and what not and why"), .json,
        ],
        examples: ["openclaw import --from ~/.clawdbot --dry-run", "openclaw import --json"],
        seeAlso: ["config validate", "backup create", "gateway run"],
        run: { invocation throws(CommandFailure) in
            let source = try await directory(invocation)
            let isTrial = invocation.has("--dry-run")
            let run = ImportRun(invocation: invocation, source: source, isTrial: isTrial)
            let tallies = try await invocation.telling("reading \(source.path.shown)") { () throws(CommandFailure) in
                try await run.run()
            }
            show(tallies, source.path, isTrial: isTrial, invocation)
            return .good
        })
}

/// The directory that is meant, held open.
@LoopActor
private func directory(_ invocation: Invocation) async throws(CommandFailure) -> SafeDirectory {
    let instance = invocation.instance
    let given = invocation["--from"].map { path in
        let path = instance.expanded(path)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
    let found = await BlockingPool.shared.run { () -> [String] in
        if let given { return ForeignState.isOne(given) ? [FileFacts.realPath(given) ?? given] : [] }
        return ForeignState.found(instance)
    }
    guard let first = found.first else {
        throw CommandFailure(
            .notGood, "no-source",
            given.map { "\(instance.shown($0).shown) is no state directory of OpenClaw" }
                ?? "no state directory of OpenClaw was found",
            details: ["one has agents/<id>/sessions/sessions.json, devices/paired.json, or cron/jobs.json"],
            next: ["\(invocation.program) import --from ~/.clawdbot --dry-run"])
    }
    guard found.count == 1 else {
        throw CommandFailure(
            .usage, "usage", "there is more than one state directory of OpenClaw; name one",
            details: found.map { instance.shown($0) },
            next: found.map { "\(invocation.program) import --from \(ShellWord.quoted($0)) --dry-run" })
    }
    do throws(FileError) {
        return try await BlockingPool.shared.run { () throws(FileError) in try SafeDirectory(first) }
    } catch {
        throw CommandFailure(.notGood, "file", "\(error)")
    }
}

/// Of each kind, the lines that people are shown.
private let shownLines = 20

@LoopActor
private func show(_ tallies: [ImportTally], _ source: String, isTrial: Bool, _ invocation: Invocation) {
    let output = invocation.output
    if output.isJSON {
        func list(_ items: [ImportTally.Left]) -> JSON {
            .array(items.map { ["name": .string($0.name), "reason": .string($0.reason)] })
        }
        return output.json([
            "ok": true, "from": .string(source), "dryRun": .bool(isTrial),
            "kinds": .array(
                tallies.map { tally in
                    [
                        "kind": .string(tally.kind), "taken": JSON(tally.taken), "known": JSON(tally.known),
                        "partly": list(tally.partly), "left": list(tally.left),
                    ]
                }),
        ])
    }
    var report = Report(
        verdict: .good, state: isTrial ? "would be imported" : "imported", subject: [invocation.instance.shown(source)])
    for tally in tallies {
        var parts: [String] = []
        if tally.taken > 0 { parts.append("\(tally.taken) \(isTrial ? "to be taken" : "taken")") }
        if tally.known > 0 { parts.append("\(tally.known) here already") }
        if !tally.left.isEmpty { parts.append("\(tally.left.count) not taken") }
        guard !parts.isEmpty else { continue }
        let kind = tally.kind
        var fact = Fact(kind, kind.prefix(1).uppercased() + kind.dropFirst(), parts.joined(separator: ", "))
        let details = tally.partly.map { "\($0.name): \($0.reason)" } + tally.left.map { "\($0.name): \($0.reason)" }
        fact.lines += details.prefix(shownLines)
        if details.count > shownLines { fact.lines.append("and \(details.count - shownLines) more, see --json") }
        report.facts.append(fact)
    }
    if report.facts.isEmpty { report.facts = [Fact("nothing", "Found", "nothing that can be taken")] }
    report.next = [
        isTrial
            ? "\(invocation.program) import --from \(ShellWord.quoted(source))" : "\(invocation.program) gateway run"
    ]
    output.report(report, now: invocation.surroundings.clock.wall)
}
