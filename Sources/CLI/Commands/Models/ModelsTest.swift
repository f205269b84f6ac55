import Models
import Platform

extension Command {
    static let modelsTest = Command(
        "models test", "ask each model with a tiny request: does it answer, and how soon",
        notes:
            "Without models, the chosen one and its fallbacks, each with each of its keys. It costs a few tokens each. "
            + "Exit code 1 when one does not answer. The request goes from this program, not from the gateway.",
        arguments: [Argument("model", "provider/model, or an alias", .any)],
        flags: [.timeout, .json],
        examples: ["openclaw models test", "openclaw models test anthropic/claude-haiku-5-5 --timeout 30000"],
        seeAlso: ["models status", "models auth"],
        run: { invocation throws(CommandFailure) in try await ModelsTest(invocation).run() })
}

/// Asks models one after the other.
@LoopActor
private struct ModelsTest {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() async throws(CommandFailure) -> ExitCode {
        let view = try await invocation.models()
        let (candidates, left) = try chosen(view)
        let trial = ModelTrial(view.models, invocation, timeout: invocation.timeout)
        var outcomes: [ModelTrial.Outcome] = []
        for candidate in candidates {
            for profile in candidate.profiles {
                if invocation.output.style.isTerminal, !invocation.output.isJSON {
                    invocation.output.note("  asking \(candidate.reference) with \(profile) …")
                }
                outcomes.append(await trial.ask(candidate, profile))
            }
        }
        outcomes += left.map { problem in
            ModelTrial.Outcome(
                model: ModelReference(problem.setting) ?? ModelReference(provider: "", model: problem.setting),
                profile: "", reason: problem.message)
        }
        show(outcomes)
        return outcomes.allSatisfy(\.isGood) ? .good : .notGood
    }

    private func chosen(
        _ view: ModelsView
    ) throws(CommandFailure) -> (candidates: [ModelCandidate], left: [ModelProblem]) {
        guard let first = invocation.arguments.first else {
            guard let choice = view.models.defaultChoice else {
                throw CommandFailure(
                    .notGood, "no-model", "no model is chosen yet", next: ModelsView.advice(invocation))
            }
            return view.models.candidates(choice)
        }
        var choice = ModelChoice(primary: try view.model(first, invocation))
        for text in invocation.arguments.dropFirst() { choice.fallbacks.append(try view.model(text, invocation)) }
        return view.models.candidates(choice)
    }

    private func show(_ outcomes: [ModelTrial.Outcome]) {
        let output = invocation.output
        if output.isJSON { return output.json(json(outcomes)) }
        let good = outcomes.count { $0.isGood }
        output.line("\(good == outcomes.count ? "●" : good == 0 ? "✗" : "▲") \(good) of \(outcomes.count) answer")
        var table = Table("model", "key", "first word", "result")
        table.rows = outcomes.map { outcome in
            [
                outcome.model.description, outcome.profile, outcome.firstByte.map(Age.latency) ?? "",
                outcome.isGood ? "answers, \(Age.latency(outcome.total)) in all" : outcome.words,
            ]
        }
        output.write(table.text(output.style))
        if let bad = outcomes.first(where: { $0.error?.kind == .badKey || $0.reason != nil }) {
            output.command("  Next: ", "\(invocation.program) models auth add \(ShellWord.quoted(bad.model.provider))")
        }
    }

    private func json(_ outcomes: [ModelTrial.Outcome]) -> JSON {
        let rows = outcomes.map { outcome -> JSON in
            var row: JSON = [
                "model": .string(outcome.model.description), "profile": .string(outcome.profile),
                "ok": .bool(outcome.isGood), "totalMs": .int(outcome.total.inNanoseconds / 1_000_000),
            ]
            row["firstByteMs"] = outcome.firstByte.map { .int($0.inNanoseconds / 1_000_000) }
            if !outcome.isGood { row["error"] = .string(outcome.words) }
            row["kind"] = outcome.error.map { .string($0.kind.rawValue) }
            row["status"] = outcome.error?.status.map { JSON($0) }
            return row
        }
        return ["ok": .bool(outcomes.allSatisfy(\.isGood)), "results": .array(rows)]
    }
}
