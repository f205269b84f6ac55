package import Wire

/// A provider as it is used: what is known of it, and what `models.providers.<id>` says.
package struct ProviderSettings: Sendable {
    package let id: String
    package let api: ModelAPI
    package let base: WebURL
    /// The field of a key; nil for the API's own way.
    package var authentication: ModelEndpoint.Authentication?
    package var fields = HTTPFields()
    /// In the order in which they are tried. Empty: a key is needed and there is none.
    package var profiles: [KeyProfile] = []
    package var models: [ModelFacts] = []
    /// Tokens of an answer for models that say nothing of it.
    package var maxTokens: Int?
    package var deadlines = ModelDeadlines()
    /// The address is the vendor's own.
    package let isVendors: Bool

    package func profile(_ id: String) -> KeyProfile? { profiles.first { $0.id == id } }

    /// The version that the configuration's headers name; else the newest at the vendor itself, and elsewhere the one
    /// that everybody knows.
    var anthropicVersion: AnthropicVersion {
        if let named = fields[AnthropicVersion.field] { return AnthropicVersion(rawValue: named) ?? .first }
        return isVendors ? .second : .first
    }

    func endpoint(_ profile: KeyProfile) -> ModelEndpoint {
        ModelEndpoint(
            provider: id, base: base, authentication: authentication ?? ownAuthentication(profile), key: profile.key,
            fields: fields)
    }

    private func ownAuthentication(_ profile: KeyProfile) -> ModelEndpoint.Authentication {
        if profile.isToken { return .bearer }
        switch api {
        case .openAICompletions, .openAIResponses: return .bearer
        case .anthropicMessages: return anthropicVersion == .first ? .header("x-api-key") : .bearer
        case .googleGenerativeAI: return .header("x-goog-api-key")
        }
    }

    /// What is known of a model: what was said of it, or what its name suggests.
    package func facts(_ model: String) -> ModelFacts {
        if let known = models.first(where: { $0.reference.model == model }) { return known }
        var traits = ModelTraits.guess(model, api, isVendors: isVendors)
        traits.outputLimit = maxTokens
        return ModelFacts(ModelReference(provider: id, model: model), name: model, traits: traits)
    }
}
