import Gateway
import Models
import Platform
import Settings
import Wire

/// The model that the command line names.
@LoopActor
struct ModelFlags {
    let scene: OnboardScene

    private var invocation: Invocation { scene.invocation }

    private func usage(_ message: String) -> CommandFailure {
        .usage(message, hint: "\(invocation.program) onboard --help")
    }

    /// What is said of a model at all; nil where nothing is.
    private func choice() throws(CommandFailure) -> AuthChoice? {
        let keys = AuthChoice.keyFlags.filter { invocation[$0.flag.name] != nil }
        if let word = invocation["--auth-choice"] { return AuthChoice(word) }
        guard keys.count < 2 else {
            throw usage("\(keys.map(\.flag.name).joined(separator: " and ")): say with --auth-choice which is meant")
        }
        if let key = keys.first {
            let needsKey = WellKnown.providers.first { $0.id == key.provider }?.needsKey == true
            return needsKey ? .key(provider: key.provider) : .server(provider: key.provider)
        }
        return invocation["--custom-base-url"] != nil ? .custom : nil
    }

    /// Nil where the model stays as it is.
    func answer() async throws(CommandFailure) -> ModelAnswer? {
        var answer: ModelAnswer
        switch try choice() {
        case .skip: return nil
        case nil:
            guard let text = invocation["--model"] else { return nil }
            guard let reference = scene.models.resolve(text) else { throw unknown(text) }
            return ModelAnswer(provider: reference.provider, model: reference.model)
        case .key(let provider): answer = try keyed(provider)
        case .server(let provider): answer = try await server(provider)
        case .custom: answer = try custom()
        }
        if let text = invocation["--model"] {
            let prefix = answer.provider + "/"
            let name = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
            answer.model =
                scene.models.resolve(text).flatMap { $0.provider == answer.provider ? $0.model : nil } ?? name
        }
        guard !answer.model.isEmpty else {
            throw usage("which model of \(answer.provider) is meant is not known: give --model")
        }
        return answer
    }

    private func unknown(_ text: String) -> CommandFailure {
        let near = scene.models.nearest(to: text).map { "; did you mean \"\($0)\"?" } ?? ""
        return CommandFailure(
            .notGood, "unknown-model", "no model \"\(text.shown)\"\(near)",
            next: ["\(invocation.program) models list --all"])
    }

    // MARK: Kinds

    private func keyed(_ provider: String) throws(CommandFailure) -> ModelAnswer {
        let flag = AuthChoice.keyFlags.first { $0.provider == provider }!.flag.name
        var answer = ModelAnswer(provider: provider, model: Self.usual(provider, scene.models) ?? "")
        let names = WellKnown.providers.first { $0.id == provider }?.variables.map { "\($0)_API_KEY" } ?? []
        try takeKey(&answer, flag, variables: names)
        if answer.secret == nil, scene.models.providers[provider]?.profiles.isEmpty != false {
            throw usage("no key of \(provider): give \(flag), or set \(names.joined(separator: " or "))")
        }
        return answer
    }

    private func server(_ provider: String) async throws(CommandFailure) -> ModelAnswer {
        var answer = ModelAnswer(provider: provider, model: invocation["--custom-model-id"] ?? "")
        answer.baseURL = try address()
        if answer.baseURL != nil { answer.api = "openai-completions" }
        let flag = AuthChoice.keyFlags.first { $0.provider == provider }!.flag.name
        try takeKey(&answer, flag, variables: [])
        guard answer.model.isEmpty, invocation["--model"] == nil else { return answer }
        let base = answer.baseURL.flatMap { try? WebURL($0) } ?? scene.models.providers[provider]?.base
        guard let base, let first = await ModelListing.ask(base, key: answer.secret, clock: clock)?.first else {
            throw CommandFailure(
                .notGood, "no-model", "\(provider) does not answer, or has no model",
                details: ["asked for its models: \((base.map { "\($0)" } ?? "").shown)"],
                next: ["\(invocation.program) onboard --auth-choice \(provider) --custom-model-id <model>"])
        }
        answer.model = first
        return answer
    }

    private func custom() throws(CommandFailure) -> ModelAnswer {
        guard let base = try address() else { throw usage("--auth-choice custom-api-key needs --custom-base-url") }
        let id = invocation["--custom-provider-id"] ?? "custom"
        guard !id.isEmpty, !id.contains("/"), id == id.shown else {
            throw usage("--custom-provider-id: \"\(id.shown)\" is no provider's id")
        }
        var answer = ModelAnswer(provider: id, model: invocation["--custom-model-id"] ?? "")
        answer.baseURL = base
        let api: ModelAPI =
            switch invocation["--custom-compatibility"] {
            case "anthropic": .anthropicMessages
            case "openai-responses": .openAIResponses
            default: .openAICompletions
            }
        answer.api = api.rawValue
        try takeKey(&answer, "--custom-api-key", variables: ["CUSTOM_API_KEY"])
        return answer
    }

    private var clock: any Clock { invocation.surroundings.clock }

    private func address() throws(CommandFailure) -> String? {
        guard let text = invocation["--custom-base-url"] else { return nil }
        guard [.http, .https].contains((try? WebURL(text))?.scheme) else {
            throw usage("--custom-base-url: \(text.shown) does not begin with http:// or https://")
        }
        return text
    }

    /// The key of the flag, else of a variable of this shell. With `ref` only the variable's name is kept.
    private func takeKey(
        _ answer: inout ModelAnswer, _ flag: String, variables: [String]
    ) throws(CommandFailure) {
        let set = variables.first { invocation.environment[$0] != nil }
        let fromVariable = set.flatMap { invocation.environment[$0] }
        if let text = invocation[flag] {
            answer.secret = try SecretArgument.read(text, flag: flag, invocation.environment, invocation.output).value
        } else {
            answer.secret = fromVariable
        }
        guard let secret = answer.secret else { return }
        guard invocation["--secret-input-mode"] == "ref" else {
            answer.key = .string(secret)
            return
        }
        let given = invocation[flag].flatMap { $0.hasPrefix("env:") ? String($0.dropFirst(4)) : nil }
        guard let name = given ?? (fromVariable == secret ? set : nil) else {
            throw usage(
                "--secret-input-mode ref keeps a variable's name: give \(flag) env:NAME"
                    + (variables.isEmpty ? "" : ", or set \(variables.joined(separator: " or ")) to the key"))
        }
        answer.key = Self.reference(name)
    }

    nonisolated static func reference(_ variable: String) -> JSON {
        ["source": "env", "provider": "default", "id": .string(variable)]
    }

    /// The model of a provider that people take who do not choose: what its short name means, else the first.
    static func usual(_ provider: String, _ models: ModelConfiguration) -> String? {
        let usual = ["anthropic": "sonnet", "openai": "gpt", "google": "gemini-flash"]
        if let alias = usual[provider], let reference = models.resolve(alias), reference.provider == provider {
            return reference.model
        }
        return models.models.first { $0.reference.provider == provider }?.reference.model
    }
}
