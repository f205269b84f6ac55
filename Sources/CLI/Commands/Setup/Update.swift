import Gateway
import Platform

extension Command {
    static let update = Command(
        "update", "which version runs, how this program was installed, and how it is replaced",
        notes: "Nothing is downloaded: whoever put the program here puts the new one in its place.",
        flags: Flag.client,
        examples: ["openclaw update", "openclaw update --json"],
        seeAlso: ["status", "gateway status"],
        run: { invocation throws(CommandFailure) in await showUpdate(invocation) })
}

@LoopActor
private func showUpdate(_ invocation: Invocation) async -> ExitCode {
    let installed = InstalledProgram(version: Help.version, program: .current)
    let now = invocation.surroundings.clock.wall
    // Whether a gateway runs is a fact of its own; none is no reason to fail.
    let running = try? await invocation.withGateway { gateway throws(CommandFailure) in gateway.hello.serverVersion }
    let isCurrent = running == nil || running == Help.version
    var report = Report(
        verdict: isCurrent ? .good : .degraded, state: isCurrent ? "up to date with its file" : "restart needed",
        subject: [Help.version])
    report.facts = [
        Fact(
            "program", "Program", "\(installed.program?.path ?? "unknown"), \(Help.version)",
            details: JSONObject([
                ("version", .string(Help.version)), ("installKind", .string(installed.kind)),
                ("path", installed.program.map { .string($0.path) } ?? .null),
            ])),
        Fact(
            "gateway", "Gateway", running.map { "runs \($0)" } ?? "none answers", observedAt: now,
            details: JSONObject([("version", running.map(JSON.string) ?? .null)])),
        Fact("replace", "To replace it", installed.next),
    ]
    if !isCurrent { report.next = ["\(invocation.program) gateway restart"] }
    if invocation.output.isJSON {
        var facts = JSONObject()
        for fact in report.facts { facts[fact.name] = fact.json(now: now) }
        invocation.output.json([
            "ok": .bool(isCurrent), "version": .string(Help.version), "checkedAt": .string(now.iso),
            "facts": .object(facts),
        ])
    } else {
        invocation.output.report(report, now: now)
    }
    return isCurrent ? .good : .notGood
}
