import Agents
import Models
import Platform
import Wire

/// The embeddings that the configuration gives an agent: `agents.defaults.memorySearch`, the agent's own, else those of
/// the provider that its model has.
@LoopActor
final class ConfiguredEmbeddings: EmbeddingSource {
    private let models: ModelDesk
    /// The whole configuration, as it is now.
    var config = JSON.object(JSONObject())

    init(_ models: ModelDesk) { self.models = models }

    /// For memories: an agent's texts go to no provider that `memorySearch` does not name.
    func chosen(agent: String) -> Embedder? {
        guard EmbeddingChoice(config: config, models: models.configuration).isNamed(agent: agent) else { return nil }
        return try? embedder(agent: agent, model: nil)
    }

    func embedder(agent: String, model: String?) throws(APIError) -> Embedder {
        let choice = EmbeddingChoice(config: config, models: models.configuration)
        let reference = try choice.reference(agent: agent, model: model)
        guard let providers = models.sources as? ConfiguredProviders else {
            throw .unavailable("this gateway asks no providers")
        }
        do throws(ModelError) {
            return Embedder(provider: try providers.embeddings(reference.provider), model: reference.model)
        } catch {
            throw APIError(error)
        }
    }
}

/// Decides which model an agent's texts go to.
struct EmbeddingChoice {
    /// What a provider is asked for when nobody says which.
    static let standards = [
        "openai": "text-embedding-3-small", "google": "gemini-embedding-001", "mistral": "mistral-embed",
        "ollama": "nomic-embed-text",
    ]

    let config: JSON
    let models: ModelConfiguration

    func reference(agent id: String, model: String?) throws(APIError) -> ModelReference {
        if let model {
            guard let chosen = ModelReference(model) else {
                throw .invalid("x-openclaw-model: must be provider/model, as in openai/text-embedding-3-small")
            }
            return chosen
        }
        let (own, shared) = settings(agent: id)
        let name = setting("provider", own, shared)
        let chosen = setting("model", own, shared)
        if let name, name != "auto" { return try reference(Self.canonical(name), chosen) }
        if let chosen, let whole = ModelReference(chosen), models.providers[whole.provider] != nil { return whole }
        for provider in candidates(agent: id) {
            if let model = chosen ?? Self.standards[provider] {
                return ModelReference(provider: provider, model: model)
            }
        }
        throw APIError(
            .badRequest, "invalid_request_error",
            "agent \"\(id)\" has no embeddings: set agents.defaults.memorySearch.provider (openai, google, ollama, …) "
                + "and .model, and give that provider a key", code: "no_embedding_provider")
    }

    /// Whether the configuration names a provider or a model for the agent's memories, and does not switch them off.
    func isNamed(agent id: String) -> Bool {
        let (own, shared) = settings(agent: id)
        guard own?["enabled"]?.bool ?? shared?["enabled"]?.bool ?? true else { return false }
        return setting("provider", own, shared) != nil || setting("model", own, shared) != nil
    }

    private func settings(agent id: String) -> (own: JSON?, shared: JSON?) {
        (ToolPolicy.agent(id, in: config)?["memorySearch"], config["agents"]?["defaults"]?["memorySearch"])
    }

    private func reference(_ provider: String, _ model: String?) throws(APIError) -> ModelReference {
        guard models.providers[provider] != nil else {
            throw .invalid("agents.defaults.memorySearch.provider: \"\(provider)\" is not configured")
        }
        guard let model = model ?? Self.standards[provider] else {
            throw .invalid("agents.defaults.memorySearch.model: missing, and \"\(provider)\" has no usual one")
        }
        return ModelReference(provider: provider, model: model)
    }

    private func setting(_ name: String, _ own: JSON?, _ shared: JSON?) -> String? {
        let text = own?[name]?.string ?? shared?[name]?.string
        return text?.isEmpty == false ? text : nil
    }

    /// OpenClaw calls Google's by its model.
    private static func canonical(_ name: String) -> String { name == "gemini" ? "google" : name.lowercased() }

    /// The provider of the agent's own model first, then whoever has a key.
    private func candidates(agent id: String) -> [String] {
        var all = models.choice(agent: id).map { [$0.primary.provider] } ?? []
        for provider in ["openai", "google", "mistral"] where models.providers[provider]?.profiles.isEmpty == false {
            if !all.contains(provider) { all.append(provider) }
        }
        return all.filter { models.providers[$0] != nil }
    }
}
