import Models
import Platform
import Settings
import Wire

/// Which model, with which key; and whether it answers.
@LoopActor
struct ModelQuestions {
    private enum Way {
        case keep
        case answer(ModelAnswer)
        case found(provider: String, variable: String, key: String)
        case server(provider: String, models: [String])
        case provider, ownServer, none
    }

    private let questions: OnboardQuestions

    init(_ questions: OnboardQuestions) { self.questions = questions }

    private var scene: OnboardScene { questions.scene }
    private var prompter: Prompter { questions.prompter }

    private func words(_ text: OnboardText, _ values: String...) -> String { text.text(prompter.language, values) }

    func ask() async throws(CommandFailure) -> OnboardQuestions.Outcome {
        let ways = try await ways()
        while true {
            guard
                case .value(let choice) = try await prompter.pick(words(.model), ways.map(\.option))
            else { return .back }
            let answer: ModelAnswer?
            switch ways[choice].way {
            case .keep, .none:
                questions.answers.model = nil
                return .done
            case .answer(let known): answer = known
            case .found(let provider, let variable, let key): answer = try await keyed(provider, variable, key)
            case .server(let provider, let models): answer = try await served(provider, models)
            case .provider: answer = try await anyProvider()
            case .ownServer: answer = try await ownServer()
            }
            guard let answer else { continue }
            if try await answers(answer) {
                questions.answers.model = answer
                return .done
            }
        }
    }

    /// Asks for one real answer. One that does not come is explained, and the choice is made again.
    func answers(_ answer: ModelAnswer) async throws(CommandFailure) -> Bool {
        let (scene, name) = (scene, "\(answer.reference)")
        let outcome = try await prompter.during(words(.testing, name)) { await scene.trial(answer) }
        if outcome.isGood {
            prompter.say(words(.modelAnswers, name, Age.latency(outcome.total)))
            return true
        }
        prompter.say(words(.modelFails, name, outcome.words.shown))
        prompter.say(words(.otherWay))
        return false
    }

    // MARK: Ways

    private func ways() async throws(CommandFailure) -> [(way: Way, option: PromptOption)] {
        var ways: [(Way, PromptOption)] = []
        if let present = scene.models.defaultChoice?.primary {
            ways.append((.keep, PromptOption(words(.keepModel, "\(present)"))))
        }
        if let main = scene.neighbours.main, let answer = copied(main) {
            ways.append((.answer(answer), PromptOption(words(.likeOther, main.name, "\(answer.reference)"))))
        }
        for (provider, variable, key) in scene.found {
            let option = PromptOption(words(.keyFound, provider, variable))
            ways.append((.found(provider: provider, variable: variable, key: key), option))
        }
        let scene = scene
        let names = ["ollama", "lmstudio"]
        let served = try await prompter.during(words(.asking, "Ollama, LM Studio")) { () -> [[String]?] in
            var all: [[String]?] = []
            for name in names { all.append(await scene.served(name)) }
            return all
        }
        for (name, models) in zip(names, served) {
            guard let models, !models.isEmpty else { continue }
            let option = PromptOption(words(.localServer, name == "ollama" ? "Ollama" : "LM Studio"))
            ways.append((.server(provider: name, models: models), option))
        }
        ways.append((.provider, PromptOption(words(.otherProvider))))
        ways.append((.ownServer, PromptOption(words(.ownServer), hint: words(.ownServerHint))))
        ways.append((.none, PromptOption(words(.noModel), hint: words(.noModelHint))))
        return ways
    }

    /// The other gateway's model, where its file has the key itself or the address of a server that needs none.
    private func copied(_ other: Neighbour) -> ModelAnswer? {
        guard let reference = other.model.flatMap(ModelReference.init) else { return nil }
        let provider = other.providers?[reference.provider]
        let base = provider?["baseUrl"]?.string
        let key = provider?["apiKey"]
        let secret = key?.string
        // A reference leads to where only the other one's variables and stores are.
        guard key == nil ? base != nil : secret?.isEmpty == false && secret?.hasPrefix("${") == false else {
            return nil
        }
        return ModelAnswer(
            provider: reference.provider, baseURL: base, api: provider?["api"]?.string, key: key, secret: secret,
            model: reference.model)
    }

    // MARK: One of them

    private func keyed(_ provider: String, _ variable: String, _ key: String) async throws(CommandFailure)
        -> ModelAnswer?
    {
        let file = scene.instance.shown(scene.instance.environmentFilePath)
        let options = [
            PromptOption(words(.keyHere), hint: words(.keyHereHint)),
            PromptOption(words(.keyVariable, variable), hint: words(.keyVariableHint, file)),
        ]
        guard case .value(let choice) = try await prompter.pick(words(.keyPlace), options) else { return nil }
        guard let model = try await model(of: provider) else { return nil }
        return ModelAnswer(
            provider: provider, key: choice == 0 ? .string(key) : ModelFlags.reference(variable), secret: key,
            model: model)
    }

    private func served(_ provider: String, _ models: [String]) async throws(CommandFailure) -> ModelAnswer? {
        guard let model = try await chosen(models, provider) else { return nil }
        return ModelAnswer(provider: provider, model: model)
    }

    private func anyProvider() async throws(CommandFailure) -> ModelAnswer? {
        let names = WellKnown.providers.filter(\.needsKey).map(\.id)
        guard case .value(let choice) = try await prompter.pick(words(.provider), names.map { PromptOption($0) })
        else { return nil }
        let provider = names[choice]
        guard case .value(let key) = try await prompter.secret(words(.askKey, provider)) else { return nil }
        guard let model = try await model(of: provider) else { return nil }
        return ModelAnswer(provider: provider, key: .string(key), secret: key, model: model)
    }

    private func ownServer() async throws(CommandFailure) -> ModelAnswer? {
        guard
            case .value(let text) = try await prompter.text(
                words(.serverAddress),
                check: { text in
                    let scheme = (try? WebURL(text))?.scheme
                    return scheme == .http || scheme == .https ? nil : self.words(.serverBad)
                }), let base = try? WebURL(text)
        else { return nil }
        guard case .value(let needsKey) = try await prompter.confirm(words(.serverNeedsKey), initial: false) else {
            return nil
        }
        var secret: String?
        if needsKey {
            guard case .value(let key) = try await prompter.secret(words(.askKey, base.host)) else { return nil }
            secret = key
        }
        let (key, clock) = (secret, scene.invocation.surroundings.clock)
        let models = try await prompter.during(words(.asking, base.host)) {
            await ModelListing.ask(base, key: key, clock: clock)
        }
        guard let model = try await chosen(models ?? [], base.host) else { return nil }
        return ModelAnswer(
            provider: "custom", baseURL: text, api: ModelAPI.openAICompletions.rawValue, key: secret.map(JSON.string),
            secret: secret, model: model)
    }

    private func model(of provider: String) async throws(CommandFailure) -> String? {
        var names = scene.models.models.map(\.reference).filter { $0.provider == provider }.map(\.model)
        if let usual = ModelFlags.usual(provider, scene.models), let place = names.firstIndex(of: usual) {
            names.swapAt(0, place)
        }
        return try await chosen(names, provider)
    }

    /// As many as a screen shows; others are typed.
    private static let shownModels = 12

    private func chosen(_ names: [String], _ provider: String) async throws(CommandFailure) -> String? {
        if !names.isEmpty {
            let shown = names.prefix(Self.shownModels)
            let options = shown.map { PromptOption($0) } + [PromptOption(words(.otherModel))]
            guard case .value(let choice) = try await prompter.pick(words(.whichModel), options) else { return nil }
            if choice < shown.count { return names[choice] }
        }
        guard case .value(let name) = try await prompter.text(words(.modelName, provider)) else { return nil }
        return name
    }
}
