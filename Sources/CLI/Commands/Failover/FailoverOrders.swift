import Platform
import Settings

extension Command {
    static let failoverPromote = Command(
        "failover promote", "have this standby act now, whatever the others do",
        notes:
            "Where the primary is well, two act until one of them is told otherwise; `failover switchover` avoids that.",
        flags: [.yes] + Flag.client,
        examples: ["openclaw failover promote", "openclaw failover promote --yes --json"],
        seeAlso: ["failover switchover", "failover demote"],
        run: { invocation throws(CommandFailure) in
            try invocation.confirm("Have this gateway act now")
            return try await order(invocation, "promote", "it is under way", undo: "demote")
        })

    static let failoverDemote = Command(
        "failover demote", "have this gateway step back",
        notes: "What is under way ends first. Without another node that is well it pauses, and nobody acts.",
        flags: [.yes] + Flag.client,
        examples: ["openclaw failover demote", "openclaw failover demote --yes"],
        seeAlso: ["failover promote", "failover resume"],
        run: { invocation throws(CommandFailure) in
            try invocation.confirm("Have this gateway step back")
            return try await order(invocation, "demote", "it steps back", undo: "promote")
        })

    static let failoverSwitchover = Command(
        "failover switchover", "change places: the primary makes way, and this standby acts",
        notes: "The primary pauses until `openclaw failover resume` there; then this one steps back.",
        flags: [.yes] + Flag.client,
        examples: ["openclaw failover switchover", "openclaw failover switchover --yes --json"],
        seeAlso: ["failover status", "failover demote"],
        run: { invocation throws(CommandFailure) in
            try invocation.confirm("Have the primary make way for this standby")
            return try await order(invocation, "switchover", "the primary is asked to make way", undo: nil)
        })

    static let failoverPause = Command(
        "failover pause", "this standby takes nothing over, for a time or until it is resumed",
        flags: [Flag("--for", "<time>", "how long: 30m, 2h", default: "until failover resume")] + Flag.client,
        examples: ["openclaw failover pause --for 2h", "openclaw failover pause --json"],
        seeAlso: ["failover resume", "failover status"],
        run: { invocation throws(CommandFailure) in
            var params: JSON = [:]
            if let text = invocation["--for"] {
                guard let time = SettingDuration.parse(text), time >= .seconds(1), time <= .seconds(30 * 86_400) else {
                    throw .usage(
                        "--for: \"\(text.shown)\" is not allowed; from 1s to 30d",
                        hint: "openclaw failover pause --help")
                }
                params["forMs"] = .int(time.inNanoseconds / 1_000_000)
            }
            return try await order(invocation, "pause", "it takes nothing over", params, undo: "resume")
        })

    static let failoverResume = Command(
        "failover resume", "end a pause, or try again what was blocked",
        flags: Flag.client,
        examples: ["openclaw failover resume", "openclaw failover resume --json"],
        seeAlso: ["failover pause", "failover status"],
        run: { invocation throws(CommandFailure) in
            try await order(invocation, "resume", "it goes on", undo: nil)
        })

    static let failoverDrill = Command(
        "failover drill", "go through a promotion without its last step: nobody notices",
        notes:
            "With --simulate nothing at all is run: it is said what would be. The hook of an operator is left out of a "
            + "drill as well.",
        flags: [Flag("--simulate", nil, "only say what would be done")] + Flag.client,
        examples: ["openclaw failover drill", "openclaw failover drill --simulate"],
        seeAlso: ["failover switchover", "failover history"],
        run: { invocation throws(CommandFailure) in
            if invocation.has("--simulate") { return try await simulate(invocation) }
            return try await order(invocation, "drill", "the steps are gone through", undo: nil)
        })
}

@LoopActor
private func order(
    _ invocation: Invocation, _ word: String, _ deed: String, _ params: JSON = [:], undo: String?
) async throws(CommandFailure) -> ExitCode {
    let answer = try await invocation.callFailover("failover.\(word)", params)
    invocation.done(
        "failover \(word): \(deed)", undo: undo.map { "\(invocation.program) failover \($0)" }, json: answer)
    if !invocation.output.isJSON {
        invocation.output.command("  What comes of it: ", "\(invocation.program) failover status")
    }
    return .good
}

@LoopActor
private func simulate(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let status = try await invocation.callFailover("failover.status")
    let steps = status["steps"]?.array?.compactMap(\.string) ?? []
    if invocation.output.isJSON {
        invocation.output.json(["ok": true, "steps": .array(steps.map(JSON.string))])
    } else if steps.isEmpty {
        invocation.output.sentence("This gateway would not take anything over.")
    } else {
        invocation.output.line("A promotion would be, in this order: \(steps.joined(separator: ", "))")
    }
    return .good
}
