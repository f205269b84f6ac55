import Models
import Platform
import Settings

extension Command {
    private static let keyNote =
        "Keys from variables are those of this shell and of the state's .env; a gateway that runs as a service has its "
        + "own environment."

    static let modelsList = Command(
        "models list", "the models that can be used, and what each is used as",
        notes: "Without --all, those that have a key or are chosen. " + keyNote,
        flags: [
            Flag("--all", nil, "also known models of which there is no key"),
            Flag("--provider", "<id>", "of this provider only"), .json,
        ],
        examples: ["openclaw models list", "openclaw models list --all --provider anthropic"],
        seeAlso: ["models status", "models set"],
        run: { invocation throws(CommandFailure) in try await listModels(invocation) })

    static let modelsStatus = Command(
        "models status", "which model answers, which after it, and whether there are keys",
        notes: "Exit code 1 when no chosen model can be asked. Nothing is sent; models test does that. " + keyNote,
        flags: [.json],
        examples: ["openclaw models status", "openclaw models status --json"],
        seeAlso: ["models test", "models set", "models auth"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in try await showModels(invocation) })
}

@LoopActor
private func listModels(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let view = try await invocation.models()
    var all = view.models.models
    // A chosen model need not be among those that are known.
    for reference in view.models.defaultChoice?.chain ?? [] where !all.contains(where: { $0.reference == reference }) {
        if let facts = view.models.facts(reference) { all.append(facts) }
    }
    let shown = all.filter { facts in
        if let provider = invocation["--provider"], facts.reference.provider != provider { return false }
        return invocation.has("--all") || view.hasKey(facts.reference) && isConfigured(facts.reference, view)
            || !view.tags(facts.reference).isEmpty
    }
    if invocation.output.isJSON {
        invocation.output.json([
            "ok": true, "count": JSON(shown.count), "models": .array(shown.map { row($0, view) }),
        ])
        return .good
    }
    let output = invocation.output
    output.line("\(shown.isEmpty ? "▲" : "●") \(shown.count) of \(all.count) known models")
    guard !shown.isEmpty else {
        for (number, command) in ModelsView.advice(invocation).enumerated() {
            output.command(number == 0 ? "  Next: " : "        ", command)
        }
        return .good
    }
    var table = Table("model", "context", "key", "used as")
    table.rows = shown.map { facts in
        [
            facts.reference.description, facts.contextWindow.map(tokens) ?? "unknown",
            view.hasKey(facts.reference) ? "yes" : "no", view.tags(facts.reference).joined(separator: " "),
        ]
    }
    output.write(table.text(output.style))
    return .good
}

/// A local server that needs no key is only there when the configuration says so.
private func isConfigured(_ reference: ModelReference, _ view: ModelsView) -> Bool {
    view.models.providers[reference.provider]?.profiles.contains { $0.key != nil } == true
        || view.snapshot.config["models"]?["providers"]?[reference.provider] != nil
}

private func row(_ facts: ModelFacts, _ view: ModelsView) -> JSON {
    var row: JSON = [
        "key": .string(facts.reference.description), "name": .string(facts.name),
        "provider": .string(facts.reference.provider),
        "input": .string(facts.traits.acceptsImages ? "text+image" : "text"),
        "available": .bool(view.hasKey(facts.reference)),
        "tags": .array(view.tags(facts.reference).map(JSON.string)),
    ]
    row["contextWindow"] = facts.contextWindow.map { JSON($0) }
    return row
}

/// "200k", "1M".
func tokens(_ count: Int) -> String {
    if count >= 1_000_000 {
        let tenths = count / 100_000
        return tenths % 10 == 0 ? "\(tenths / 10)M" : "\(tenths / 10).\(tenths % 10)M"
    }
    return count >= 1000 ? "\(count / 1000)k" : "\(count)"
}

@LoopActor
private func showModels(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let view = try await invocation.models()
    let choice = view.models.defaultChoice
    let (candidates, left) = choice.map { view.models.candidates($0) } ?? ([], [])
    let isReady = candidates.first?.reference == choice?.primary && choice != nil
    var report = Report(
        verdict: isReady ? .good : candidates.isEmpty ? .bad : .degraded,
        state: choice == nil ? "no model chosen" : isReady ? "ready" : candidates.isEmpty ? "no model" : "degraded")
    if let choice { report.subject = [choice.primary.description] }
    if choice == nil {
        report.facts.append(Fact("answers", "Answers now", "builtin/operator, the gateway itself: commands only"))
    }
    if let choice, !choice.fallbacks.isEmpty {
        report.facts.append(
            Fact("fallbacks", "Fallbacks", choice.fallbacks.map(\.description).joined(separator: ", ")))
    }
    let aliases = view.models.aliases.sorted { $0.key < $1.key }
    if !aliases.isEmpty {
        report.facts.append(
            Fact("aliases", "Aliases", aliases.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")))
    }
    let keys = view.models.providers.values.filter { $0.profiles.contains { $0.key != nil } }.sorted { $0.id < $1.id }
    var fact = Fact("keys", "Keys", "none", isGood: nil)
    if !keys.isEmpty { fact.lines = keys.map { "\($0.id) by \($0.profiles.map(\.source).joined(separator: ", "))" } }
    report.facts.append(fact)
    let problems = left + view.models.problems
    if !problems.isEmpty {
        var fact = Fact("problems", "Problems", "", isGood: false)
        fact.lines = problems.map(\.description)
        report.facts.append(fact)
    }
    report.next = isReady ? ["\(invocation.program) models test"] : next(left, choice, invocation)
    guard invocation.output.isJSON else {
        invocation.output.report(report, now: invocation.surroundings.clock.wall)
        return candidates.isEmpty ? .notGood : .good
    }
    var json: JSON = [
        "ok": .bool(!candidates.isEmpty), "state": .string(report.state),
        "fallbacks": .array(choice?.fallbacks.map { .string($0.description) } ?? []),
        "aliases": .object(JSONObject(aliases.map { ($0.key, .string($0.value.description)) })),
        "keys": .array(
            keys.map { ["provider": .string($0.id), "sources": .array($0.profiles.map { .string($0.source) })] }),
        "problems": .array(problems.map { .string($0.description) }),
    ]
    json["model"] = choice.map { .string($0.primary.description) } ?? .null
    invocation.output.json(json)
    return candidates.isEmpty ? .notGood : .good
}

private func next(_ left: [ModelProblem], _ choice: ModelChoice?, _ invocation: Invocation) -> [String] {
    guard let choice, !left.isEmpty else { return ModelsView.advice(invocation) }
    return ["\(invocation.program) models auth add \(ShellWord.quoted(choice.primary.provider))"]
}
