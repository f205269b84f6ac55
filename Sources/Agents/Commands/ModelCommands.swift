import Models
import Platform

extension SlashCommand {
    /// Which model answers, and how.
    static let models: [SlashCommand] = [
        SlashCommand("model", "[name|default]", .ownerToChange, .atOnce, "the model of this session", run: model),
        SlashCommand("models", "[provider]", .everyone, .atOnce, "the models that can be asked", run: list),
        SlashCommand(
            "think", aliases: ["thinking", "t"], "[level|default]", .ownerToChange, .atOnce,
            "how much the model thinks in this session", run: think),
        SlashCommand(
            "verbose", aliases: ["v"], "[on|off|full]", .ownerToChange, .atOnce,
            "whether work with tools is shown in this session", run: verbose),
        SlashCommand(
            "failover", "", .everyone, .atOnce, "who answers when a model, or a gateway, does not", run: failover),
    ]

    @LoopActor
    private static func model(_ call: CommandCall) async -> String {
        let desk = call.services.models
        guard let word = call.words.first else {
            let chosen = await call.record()?.choices.model
            let line = desk.line(chosen, agent: call.key.agentID)
            guard let first = line.first else {
                return OperatorWords.noModel(line, desk.configuration, call.services.program)
            }
            let others = line.candidates.dropFirst().map { "\($0.reference)" }
            return "Model: \(first)\(chosen == nil ? "" : " (chosen for this session)")."
                + (others.isEmpty ? "" : " Then: \(others.joined(separator: ", ")).")
        }
        if word == "default" || word == "reset" {
            return await call.choose("This session uses the model that the configuration says.") { $0.model = nil }
        }
        guard let reference = desk.configuration.resolve(word) else {
            let near = desk.configuration.nearest(to: word)
            return "There is no model \(word)." + (near.map { " Did you mean \($0)?" } ?? "") + " /models lists them."
        }
        let (candidates, left) = desk.configuration.candidates(ModelChoice(primary: reference))
        guard !candidates.isEmpty else { return "\(left.first.map { "\($0)" } ?? "\(reference) cannot be asked")." }
        return await call.choose("This session uses \(reference) from now on.") { $0.model = reference }
    }

    /// Models shown by one `/models`.
    static let shownModels = 60

    @LoopActor
    private static func list(_ call: CommandCall) async -> String {
        let configuration = call.services.models.configuration
        let usable = configuration.providers.values.filter {
            !$0.profiles.isEmpty && (call.words.first ?? $0.id) == $0.id
        }
        let models = usable.flatMap(\.models).map(\.reference.description).sorted()
        var lines = models.prefix(shownModels).map { $0 }
        if models.count > shownModels { lines.append("… and \(models.count - shownModels) more: /models PROVIDER") }
        for provider in usable.filter({ $0.models.isEmpty && $0.profiles.first?.key != nil }).map(\.id).sorted() {
            lines.append("\(provider)/NAME (the provider knows which)")
        }
        lines.append("\(BuiltinOperator.reference) (the gateway itself; no language model)")
        lines += configuration.problems.map { "Not used: \($0)" }
        return lines.joined(separator: "\n")
    }

    @LoopActor
    private static func think(_ call: CommandCall) async -> String {
        guard let word = call.words.first else {
            return "Thinking: \(await call.record()?.choices.thinking?.rawValue ?? "as configured")."
        }
        if word == "default" {
            return await call.choose("Thinking is as configured.") { $0.thinking = nil }
        }
        guard let level = ThinkingLevel(rawValue: word.lowercased()) else {
            return "One of \(ThinkingLevel.allCases.map(\.rawValue).joined(separator: ", ")), default."
        }
        return await call.choose("Thinking: \(level.rawValue).") { $0.thinking = level }
    }

    @LoopActor
    private static func verbose(_ call: CommandCall) async -> String {
        guard let word = call.words.first else {
            return "Verbose: \(await call.record()?.choices.verbose ?? "off")."
        }
        guard ["on", "off", "full"].contains(word) else { return "One of on, off, full." }
        return await call.choose("Verbose: \(word).") { $0.verbose = word }
    }

    @LoopActor
    private static func failover(_ call: CommandCall) async -> String {
        let line = call.services.models.line(await call.record()?.choices.model, agent: call.key.agentID)
        var lines = line.candidates.enumerated().map {
            "\($0 + 1). \($1.reference)\(StatusText.cooling($1, call.services))"
        }
        lines += line.left.map { "Left out: \($0)" }
        if call.services.roster.settings.operatorAnswers {
            lines.append("\(line.candidates.count + 1). \(BuiltinOperator.reference), which is no language model")
        }
        let pair = call.desk.facts.failover
        lines = ["Models, in the order in which they are asked:"] + lines + [""]
        lines += pair.isEmpty ? ["No other gateway is watched (failover.enabled)."] : pair
        return lines.joined(separator: "\n")
    }
}
