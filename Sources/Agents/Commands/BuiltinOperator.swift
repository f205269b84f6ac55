package import Models
import Platform

/// What answers where no model does. It needs neither key nor network, says what it is, and never more than it knows.
package final class BuiltinOperator: Provider {
    package nonisolated static let reference = ModelReference(provider: "builtin", model: "operator")
    package nonisolated static let target = ModelTarget("operator", ModelTraits(acceptsImages: false))

    private let words: String

    package init(_ words: String) { self.words = words }

    package func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        ModelStream(Words([.started(id: nil, model: "operator"), .text(words), .usage(ModelUsage()), .finish(.stop)]))
    }

    private final class Words: ModelEventSource {
        private var events: ArraySlice<ModelEvent>

        init(_ events: [ModelEvent]) { self.events = events[...] }

        func next() async throws(ModelError) -> ModelEvent? { events.popFirst() }

        func cancel() { events = [] }
    }
}

/// What `builtin/operator` says.
enum OperatorWords {
    /// How to get a model, as commands that can be pasted.
    static func noModel(_ line: ModelLine, _ configuration: ModelConfiguration, _ program: String) -> String {
        if line.isChosen {
            let reasons = line.left.map { "\($0)" }.joined(separator: "\n")
            return
                "The model that is chosen cannot be asked, so the gateway itself answers (\(BuiltinOperator.reference); "
                + "no language model).\n\(reasons)\n\(help)"
        }
        return "No language model is configured yet, so the gateway itself answers (\(BuiltinOperator.reference)). "
            + "To add one, paste this:\n\n\(advice(configuration, program))\n\n\(help)"
    }

    /// A key that is there already needs only to be used.
    static func advice(_ configuration: ModelConfiguration, _ program: String) -> String {
        for choice in ["anthropic/claude-sonnet-5-5", "openai/gpt-5.4", "google/gemini-3.1-pro-preview"] {
            guard let model = ModelReference(choice) else { continue }
            if configuration.providers[model.provider]?.profiles.isEmpty == false {
                return "\(program) models set \(choice)"
            }
        }
        let named = configuration.providers.values.filter { !$0.profiles.isEmpty }.flatMap(\.models)
            .map(\.reference.description).sorted()
        if let first = named.first { return "\(program) models set \(first)" }
        return """
            \(program) models auth add anthropic && \(program) models set anthropic/claude-sonnet-5-5

            (The first command asks for the key. A server of your own that speaks the OpenAI API: \
            \(program) models auth add local --base-url http://127.0.0.1:8080/v1 --no-key && \(program) models set \
            local/NAME)
            """
    }

    static let help = "/help lists what works without a model."

    /// Each model and why it gave no answer.
    static func allDown(_ attempts: [ModelAttempt], _ left: [ModelProblem], _ last: ModelError) -> String {
        var lines: [String] = []
        for attempt in attempts where attempt.error != nil {
            let line = "\(attempt)"
            lines.removeAll { $0 == line }
            lines.append(line)
        }
        for problem in left { lines.append("\(problem)") }
        if lines.isEmpty { lines.append("\(last)") }
        return "No model answered.\n" + lines.joined(separator: "\n") + "\n" + advice(last)
    }

    private static func advice(_ error: ModelError) -> String {
        if let wait = error.retryAfter {
            return "Try again in \((wait.inNanoseconds + 999_999_999) / 1_000_000_000) s. " + help
        }
        return switch error.kind {
        case .badKey: "Check the key (models.providers.\(error.provider).apiKey). " + help
        case .billing: "Check the account's credit, or choose another model with /model. " + help
        case .unknownModel: "Choose another model: /models lists them. " + help
        case .contextOverflow: "Make the conversation shorter with /compact, or begin a new one with /new. " + help
        case .badRequest: error.detail.isEmpty ? help : "It said: \(error.detail.cut(to: 500)) " + help
        default: "Try again shortly. " + help
        }
    }
}
