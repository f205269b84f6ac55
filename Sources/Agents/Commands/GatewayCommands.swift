import Models
import Platform

extension SlashCommand {
    /// The gateway itself.
    static let gateway: [SlashCommand] = [
        SlashCommand(
            "config", "get PATH | set PATH VALUE | unset PATH", .owner, .atOnce, "settings of this gateway", run: config
        ),
        SlashCommand("logs", "[lines]", .owner, .atOnce, "the last lines of the log", run: logs),
        SlashCommand("restart", "", .owner, .atOnce, "start the gateway anew") { call in
            do throws(CommandRefusal) {
                return try await call.desk.facts.restart(by: call.request.origin.sender ?? "an owner")
            } catch {
                return "\(error)"
            }
        },
        SlashCommand("doctor", "", .owner, .atOnce, "what is wrong with this gateway", run: doctor),
    ]

    static let approve = SlashCommand(
        "approve", "[ID allow-once|allow-always|deny]", .owner, .atOnce, "decide on commands that wait for it"
    ) { call in
        let words = call.words
        guard words.count == 2 else {
            let pending = call.desk.facts.pendingApprovals
            guard !pending.isEmpty else { return "Nothing waits for a decision." }
            return pending.map { "\($0.id): \($0.command)" }.joined(separator: "\n")
                + "\nDecide with /approve ID allow-once, allow-always or deny."
        }
        do throws(CommandRefusal) {
            return try call.desk.facts.approve(words[0], words[1], by: call.request.origin.sender ?? "an owner")
        } catch {
            return "Nothing was decided: \(error)."
        }
    }

    @LoopActor
    private static func config(_ call: CommandCall) async -> String {
        let words = call.words
        do throws(CommandRefusal) {
            switch (words.first, words.count) {
            case ("get", 2):
                let value = try await call.desk.facts.setting(words[1])
                return "\(words[1]) = \(value.map { "\($0)" } ?? "not set")"
            case ("set", 3...):
                let value = words.dropFirst(2).joined(separator: " ")
                return try await call.desk.facts.change(words[1], to: value)
            case ("unset", 2): return try await call.desk.facts.change(words[1], to: nil)
            default:
                return "/config get PATH, /config set PATH VALUE or /config unset PATH. The file is "
                    + "\(call.desk.facts.state.configPath)."
            }
        } catch {
            return "\(error)"
        }
    }

    static let logLines = 1...100
    static let defaultLogLines = 20

    @LoopActor
    private static func logs(_ call: CommandCall) async -> String {
        let asked = call.words.first.map { Int($0) ?? 0 } ?? defaultLogLines
        guard logLines.contains(asked) else { return "From \(logLines.lowerBound) to \(logLines.upperBound) lines." }
        let lines = await call.desk.facts.logLines(asked)
        return lines.isEmpty ? "The log is empty." : lines.joined(separator: "\n")
    }

    @LoopActor
    private static func doctor(_ call: CommandCall) async -> String {
        let state = call.desk.facts.state
        var findings = state.failing.map { "\($0) fails" }
        if let failure = state.logFailure { findings.append("the log cannot be written: \(failure)") }
        findings += state.off.map { "off: \($0)" }
        findings += call.services.models.configuration.problems.map { "\($0)" }
        let line = call.services.models.line(nil, agent: call.key.agentID)
        findings += line.left.map { "\($0)" }
        if line.candidates.isEmpty {
            findings.append(
                "no model answers: " + OperatorWords.advice(call.services.models.configuration, call.services.program))
        }
        if await call.record() == nil { findings.append("this session cannot be opened") }
        guard !findings.isEmpty else { return "Nothing is wrong that the gateway can see from inside." }
        return "Found:\n" + findings.map { "- \($0)" }.joined(separator: "\n")
    }
}
