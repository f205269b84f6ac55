import Gateway
import Platform
import Settings

extension Command {
    static let configRestore = Command(
        "config restore", "put the configuration back that a gateway last ran well with",
        notes: "The difference is shown first. What stood there is copied aside, and the way back is printed.",
        flags: [.yes, .json],
        examples: ["openclaw config restore", "openclaw config restore --yes"],
        seeAlso: ["config diff", "config validate"],
        run: { invocation throws(CommandFailure) in try await restore(invocation) })
}

@LoopActor
private func restore(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let comparison = try await ConfigComparison.make(invocation)
    if !invocation.output.isJSON || comparison.isSame { comparison.show(invocation) }
    if comparison.isSame { return .good }
    let path = invocation.instance.shown(invocation.instance.configPath)
    let time = Age.moment(comparison.good.time, now: invocation.surroundings.clock.wall, zone: .local)
    try invocation.confirm("Put the configuration of \(time) back as \(path)")
    let restored: [LastGoodConfig.Restored]
    do throws(ConfigWriteError) {
        restored = try await comparison.good.restore(
            invocation.instance, environment: invocation.environment, schema: .product,
            clock: invocation.surroundings.clock)
    } catch {
        throw CommandFailure(error, program: invocation.program)
    }
    let undo = restored.map { file in
        file.aside.map { "mv \(ShellWord.quoted($0)) \(ShellWord.quoted(file.path))" }
            ?? "rm \(ShellWord.quoted(file.path))"
    }
    var json = comparison.json
    json["restored"] = .array(
        restored.map { file in
            var entry: JSON = ["path": .string(file.path)]
            entry["aside"] = file.aside.map { .string($0) }
            return entry
        })
    await invocation.changed(
        "the configuration of \(time) is back in \(path)", undo: undo.joined(separator: " && "), json: json)
    return .good
}
