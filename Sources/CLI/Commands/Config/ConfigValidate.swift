import Gateway
import Platform
import Settings

extension Command {
    static let configValidate = Command(
        "config validate", "check the configuration as the gateway's start does, and change nothing",
        notes: "Exit code 0 when a gateway would start with it, 1 when not.",
        flags: [.json],
        examples: ["openclaw config validate", "openclaw config validate --json"],
        seeAlso: ["config set", "config schema"],
        run: { invocation throws(CommandFailure) in await validate(invocation) })
}

@LoopActor
private func validate(_ invocation: Invocation) async -> ExitCode {
    do throws(ConfigRefusal) {
        let snapshot = try await invocation.configLoader.load(.all)
        let settings = try GatewaySettings(snapshot, instance: invocation.instance, flags: GatewayFlags())
        show(snapshot, settings.warnings, invocation)
        return .good
    } catch {
        refuse(error, invocation)
        return .notGood
    }
}

@LoopActor
private func show(_ snapshot: ConfigSnapshot, _ more: [ConfigProblem], _ invocation: Invocation) {
    let path = invocation.instance.shown(snapshot.path)
    let warnings = snapshot.warnings + more
    if invocation.output.isJSON {
        return invocation.output.json([
            "ok": true, "path": .string(snapshot.path), "exists": .bool(snapshot.exists), "problems": [],
            "warnings": .array(warnings.map(\.json)),
            "degraded": .array(
                snapshot.degraded.map { ["part": .string($0.part), "reason": .string($0.reason)] }),
        ])
    }
    var report = Report(
        verdict: snapshot.degraded.isEmpty ? .good : .degraded, state: "valid",
        subject: [snapshot.exists ? path : "no file at \(path): defaults hold"])
    report.facts =
        snapshot.degraded.map { Fact("degraded", "Stays off", "\($0.part): \($0.reason)", isGood: false) }
        + warnings.map { Fact("warning", "Note", $0.description) }
    invocation.output.report(report, now: invocation.surroundings.clock.wall)
}

@LoopActor
private func refuse(_ refusal: ConfigRefusal, _ invocation: Invocation) {
    if invocation.output.isJSON {
        return invocation.output.json([
            "ok": false, "path": .string(invocation.instance.configPath),
            "message": .string(String(refusal.description.prefix { $0 != "\n" })),
            "problems": .array(refusal.problems.map(\.json)),
        ])
    }
    let style = invocation.output.style
    let lines = refusal.description.split(separator: "\n").flatMap { line in
        style.isTerminal ? TextLayout.wrap(String(line).shown, width: style.width, indent: 6) : [String(line).shown]
    }
    invocation.output.line(lines.joined(separator: "\n"))
    invocation.output.sentence("A gateway that runs keeps the configuration it has.")
}

extension ConfigProblem {
    var json: JSON {
        var object: JSON = ["path": .string(path), "message": .string(message)]
        object["file"] = includedFile.map(JSON.string)
        object["line"] = line.map { JSON($0) }
        object["column"] = column.map { JSON($0) }
        if !advice.isEmpty { object["advice"] = .array(advice.map(JSON.string)) }
        return object
    }
}
