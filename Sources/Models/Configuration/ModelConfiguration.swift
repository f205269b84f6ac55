package import Platform
package import Settings

/// All that the configuration says of models: providers, keys, which agent uses what. It never changes; a reload
/// makes a new one.
package struct ModelConfiguration: Sendable {
    package private(set) var providers: [String: ProviderSettings] = [:]
    package private(set) var problems: [ModelProblem] = []
    /// Short names of the configuration's own.
    package private(set) var aliases: [String: ModelReference] = [:]
    private let config: JSON

    /// `config` is the whole configuration with its secrets; `environment` gives the value of a variable; `stored` are
    /// keys that are kept elsewhere; `off`: providers that are not to be used, and why.
    package init(
        _ config: JSON, environment: @escaping (String) -> String?, stored: [KeyProfile] = [],
        off: [String: String] = [:]
    ) {
        self.config = config
        var ids = WellKnown.providers.map(\.id)
        for id in config["models"]?["providers"]?.object?.keys ?? [] where !ids.contains(id) { ids.append(id) }
        for id in ids {
            if let reason = off[id] {
                problems.append(ModelProblem("models.providers.\(id)", "is off: \(reason)"))
            } else {
                readProvider(id, environment, stored)
            }
        }
        readAliases()
    }

    /// A provider of which a secret cannot be had stays off, and does not go on with another key.
    package init(_ snapshot: ConfigSnapshot, stored: [KeyProfile] = []) {
        let prefix = "models.providers."
        var off: [String: String] = [:]
        for degradation in snapshot.degraded where degradation.part.hasPrefix(prefix) {
            off[String(degradation.part.dropFirst(prefix.count))] = degradation.reason
        }
        self.init(snapshot.resolved, environment: { snapshot.environment[$0] }, stored: stored, off: off)
    }

    private mutating func readProvider(
        _ id: String, _ environment: @escaping (String) -> String?, _ stored: [KeyProfile]
    ) {
        var reader = ProviderReader(id, config["models"]?["providers"]?[id])
        if var settings = reader.read() {
            settings.profiles = reader.keys(settings, config["auth"], stored: stored, environment: environment)
            providers[id] = settings
        }
        problems += reader.problems
    }

    private mutating func readAliases() {
        for member in config["agents"]?["defaults"]?["models"]?.object?.members ?? [] {
            guard let alias = member.value["alias"]?.string, !alias.isEmpty else { continue }
            guard let reference = ModelReference(member.key) else {
                problems.append(
                    ModelProblem("agents.defaults.models[\(JSON.string(member.key))]", "must be provider/model"))
                continue
            }
            aliases[alias.lowercased()] = reference
        }
    }

    // MARK: Which model

    /// The model that `text` means: an alias, `provider/model`, or a model that only one provider lists.
    package func resolve(_ text: String) -> ModelReference? {
        if let alias = aliases[text.lowercased()] { return alias }
        if let reference = ModelReference(text), providers[reference.provider] != nil { return reference }
        let listed = providers.values.flatMap(\.models).filter { $0.reference.model == text }
        if listed.count == 1 { return listed[0].reference }
        if let alias = WellKnown.aliases[text.lowercased()] { return ModelReference(alias) }
        return nil
    }

    /// Names near to one that means nothing.
    package func nearest(to text: String) -> String? {
        let models = providers.values.flatMap(\.models).map(\.reference.description).sorted()
        return NearestName.nearest(to: text, among: aliases.keys.sorted() + WellKnown.aliases.keys.sorted() + models)
    }

    /// What `agents.defaults.model` says; nil when no model is chosen.
    package var defaultChoice: ModelChoice? { choice(config["agents"]?["defaults"]?["model"]) }

    /// What an agent uses. Its own model stands alone unless it names fallbacks of its own: who chose one for an agent
    /// does not expect another to answer.
    package func choice(agent id: String) -> ModelChoice? {
        choice(agent(id)?["model"]) ?? defaultChoice
    }

    private func choice(_ json: JSON?) -> ModelChoice? {
        guard let text = json?.string ?? json?["primary"]?.string, let primary = resolve(text) else { return nil }
        let fallbacks = json?["fallbacks"]?.array?.compactMap(\.string).compactMap(resolve) ?? []
        return ModelChoice(primary: primary, fallbacks: fallbacks)
    }

    /// Newer files have agents by name, older ones a list.
    private func agent(_ id: String) -> JSON? {
        config["agents"]?["entries"]?[id] ?? config["agents"]?["list"]?.array?.first { $0["id"]?.string == id }
    }

    /// What is wanted of requests to a model: by all, by the model, by the agent; the last that says something counts.
    package func parameters(_ reference: ModelReference, agent id: String? = nil) -> ModelParameters {
        let defaults = config["agents"]?["defaults"]
        let own = id.flatMap(agent)
        var all = Self.parameters(defaults?["params"], thinking: defaults?["thinkingDefault"])
        for (params, thinking) in [
            (defaults?["models"]?[reference.description]?["params"], nil),
            (own?["params"], own?["thinkingDefault"]),
        ] as [(JSON?, JSON?)] {
            all = all.overridden(by: Self.parameters(params, thinking: thinking))
        }
        return all
    }

    private static func parameters(_ json: JSON?, thinking: JSON?) -> ModelParameters {
        var parameters = ModelParameters()
        parameters.temperature = json?["temperature"]?.double
        parameters.maxTokens = json?["maxTokens"]?.int
        parameters.cache = json?["cacheRetention"]?.string.flatMap(CacheRetention.init)
        parameters.thinking = (json?["thinking"] ?? thinking)?.string.flatMap(ThinkingLevel.init)
        return parameters
    }

    // MARK: What is known of models

    /// Every model that is listed, in the order of their names.
    package var models: [ModelFacts] {
        providers.values.flatMap(\.models).sorted { $0.reference.description < $1.reference.description }
    }

    package func facts(_ reference: ModelReference) -> ModelFacts? {
        providers[reference.provider]?.facts(reference.model)
    }

    /// US dollars; nil where the model has no price.
    package func cost(of usage: ModelUsage, _ reference: ModelReference) -> Double? {
        facts(reference)?.prices?.cost(of: usage)
    }

    /// The models of a choice that can be asked at all. What has no key is left out, with the reason.
    package func candidates(_ choice: ModelChoice) -> (candidates: [ModelCandidate], left: [ModelProblem]) {
        var candidates: [ModelCandidate] = []
        var left: [ModelProblem] = []
        for reference in choice.chain {
            guard let provider = providers[reference.provider] else {
                left.append(
                    ModelProblem(
                        "\(reference)", "its provider is not configured: models.providers.\(reference.provider)"))
                continue
            }
            guard !provider.profiles.isEmpty else {
                left.append(ModelProblem("\(reference)", Self.keyAdvice(reference.provider)))
                continue
            }
            candidates.append(
                ModelCandidate(
                    reference, provider.facts(reference.model).target, profiles: provider.profiles.map(\.id)))
        }
        return (candidates, left)
    }

    private static func keyAdvice(_ provider: String) -> String {
        let names = WellKnown.providers.first { $0.id == provider }?.variables.map { "\($0)_API_KEY" } ?? []
        let variable = names.isEmpty ? "" : " or set \(names.joined(separator: " or ")) in the environment"
        return "there is no key; set models.providers.\(provider).apiKey\(variable)"
    }
}
