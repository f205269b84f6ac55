import Platform
import Settings

extension Command {
    private static let session = Argument("session", "its key, id or label")

    static let sessionsReset = Command(
        "sessions reset", "begin a conversation anew; what was said is put aside, not deleted",
        arguments: [session], flags: [.yes] + Flag.client,
        examples: ["openclaw sessions reset agent:main:main", "openclaw sessions reset main --yes"],
        seeAlso: ["sessions list", "sessions delete"],
        run: { invocation throws(CommandFailure) in
            try await change(invocation, "Begin anew", "sessions.reset", "is begun anew")
        })

    static let sessionsDelete = Command(
        "sessions delete", "take a conversation away; its transcript is put aside, not deleted",
        arguments: [session], flags: [.yes] + Flag.client,
        examples: [
            "openclaw sessions delete agent:main:dashboard:1f0c", "openclaw sessions delete notes --yes",
        ],
        seeAlso: ["sessions list", "sessions reset"],
        run: { invocation throws(CommandFailure) in
            try await change(invocation, "Take away", "sessions.delete", "is gone")
        })

    static let sessionsCleanup = Command(
        "sessions cleanup", "clean up old conversations, as session.maintenance says",
        notes: "Nothing is removed where session.maintenance.mode is warn, without --enforce.",
        flags: [
            Flag("--dry-run", nil, "say what would go, and remove nothing"),
            Flag("--enforce", nil, "remove, whatever session.maintenance.mode says"), .agentOnly, .yes,
        ] + Flag.client,
        examples: ["openclaw sessions cleanup --dry-run", "openclaw sessions cleanup --enforce --yes"],
        seeAlso: ["sessions list", "sessions delete"],
        run: { invocation throws(CommandFailure) in try await cleanUp(invocation) })
}

@LoopActor
private func change(
    _ invocation: Invocation, _ plan: String, _ method: String, _ deed: String
) async throws(CommandFailure) -> ExitCode {
    try await invocation.withGateway { gateway throws(CommandFailure) in
        let key = try await gateway.sessionKey(invocation.arguments[0])
        try invocation.confirm("\(plan): \(key)".shown)
        let answer = try await gateway.call(method, ["key": .string(key)])
        let archived = answer["archived"]?.array?.compactMap(\.string) ?? answer["archived"]?.string.map { [$0] } ?? []
        invocation.done("\(key) \(deed)", undo: nil, json: answer)
        if !invocation.output.isJSON {
            for path in archived { invocation.output.sentence("  Kept: \(invocation.instance.shown(path).shown)") }
        }
        return .good
    }
}

@LoopActor
private func cleanUp(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let isDry = invocation.has("--dry-run")
    if !isDry { try invocation.confirm("Clean up conversations, as session.maintenance says") }
    var params: JSON = ["dryRun": .bool(isDry)]
    if invocation.has("--enforce") { params["enforce"] = true }
    if let agent = invocation["--agent"] { params["agent"] = .string(agent) } else { params["allAgents"] = true }
    let request = params
    let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
        try await gateway.call("sessions.cleanup", request)
    }
    let output = invocation.output
    if output.isJSON {
        output.json(answer)
        return .good
    }
    let removed = answer["removed"]?.array?.compactMap(\.string) ?? []
    let before = answer["beforeCount"]?.int ?? 0
    let isApplied = answer["applied"]?.bool == true
    output.line(
        "● \(removed.count) of \(before) sessions " + (isApplied ? "removed" : "would go"))
    for key in removed.prefix(15) { output.line("  \(key.shown)") }
    if removed.count > 15 { output.line("  and \(removed.count - 15) more") }
    let kib = (answer["freedBytes"]?.int ?? 0) >> 10
    if isApplied { output.line("  \(answer["files"]?.int ?? 0) files, \(kib) KiB freed") }
    if !isApplied, !removed.isEmpty {
        output.command("  Next: ", "\(invocation.program) sessions cleanup --enforce")
    }
    return .good
}
