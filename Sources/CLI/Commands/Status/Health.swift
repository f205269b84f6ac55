import Platform
import Settings

extension Command {
    static let health = Command(
        "health", "ask the running gateway how it feels",
        notes: "Exit code 0 when it is well, 1 when it is not, 3 when no gateway answers.",
        flags: [Flag("--verbose", nil, "probe everything anew, and show every account and agent")] + Flag.client,
        examples: ["openclaw health", "openclaw health --verbose --timeout 30000"],
        seeAlso: ["status", "gateway status"],
        run: { invocation throws(CommandFailure) in try await showHealth(invocation) })

    static let gatewayHealth = Command(
        "gateway health", "ask the running gateway how it feels; the same as health",
        flags: Command.health.flags,
        examples: ["openclaw gateway health", "openclaw gateway health --json"],
        seeAlso: ["health", "gateway probe"],
        run: { invocation throws(CommandFailure) in try await showHealth(invocation) })
}

@LoopActor
private func showHealth(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let isVerbose = invocation.has("--verbose")
    let (health, version) = try await invocation.withGateway { gateway throws(CommandFailure) in
        (try await gateway.call("health", isVerbose ? ["probe": true] : nil), gateway.hello.serverVersion)
    }
    let summary = HealthSummary(health)
    if invocation.output.isJSON {
        invocation.output.json(health)
    } else {
        let now = invocation.surroundings.clock.wall
        var report = Report(
            verdict: summary.verdict, state: summary.isGood ? "well" : summary.isDraining ? "draining" : "not well",
            subject: ["\(invocation.instance.profile)", version])
        report.facts = summary.facts(isVerbose: isVerbose)
        if !summary.isGood {
            report.next = summary.configAdvice(invocation.program) + ["\(invocation.program) logs --limit 50"]
        }
        invocation.output.report(report, now: now)
    }
    return summary.isGood ? .good : .notGood
}
