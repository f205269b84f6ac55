package import Platform
package import Wire

/// Makes the providers that the configuration names, one for each key.
@LoopActor
package final class ConfiguredProviders: ProviderSource {
    private let configuration: ModelConfiguration
    private let http: any HTTPFetching
    private let clock: any Clock
    private var made: [String: any Provider] = [:]

    package init(_ configuration: ModelConfiguration, http: any HTTPFetching, clock: any Clock = EventLoop.shared) {
        self.configuration = configuration
        self.http = http
        self.clock = clock
    }

    package func provider(for reference: ModelReference, profile: String) throws(ModelError) -> any Provider {
        // Ids of profiles begin with their provider's.
        if let known = made[profile] { return known }
        let (settings, endpoint) = try endpoint(reference.provider, profile)
        let provider: any Provider =
            switch settings.api {
            case .anthropicMessages:
                AnthropicProvider(endpoint, version: settings.anthropicVersion, http: http, clock: clock)
            case .openAICompletions: OpenAIChatProvider(endpoint, http: http, clock: clock)
            case .openAIResponses: OpenAIResponsesProvider(endpoint, http: http, clock: clock)
            case .googleGenerativeAI: GeminiProvider(endpoint, http: http, clock: clock)
            }
        made[profile] = provider
        return provider
    }

    /// The provider of vectors with that id and its first key.
    package func embeddings(_ provider: String) throws(ModelError) -> any EmbeddingProvider {
        let profile = configuration.providers[provider]?.profiles.first?.id ?? ""
        let (settings, endpoint) = try endpoint(provider, profile)
        switch settings.api {
        case .openAICompletions, .openAIResponses: return OpenAIEmbeddings(endpoint, http: http, clock: clock)
        case .googleGenerativeAI: return GeminiEmbeddings(endpoint, http: http, clock: clock)
        case .anthropicMessages:
            throw ModelError(
                .badRequest, provider: provider,
                detail:
                    "it has no embeddings; use one that speaks an OpenAI or the Gemini API"
            )
        }
    }

    private func endpoint(
        _ provider: String, _ profile: String
    ) throws(ModelError) -> (ProviderSettings, ModelEndpoint) {
        guard let settings = configuration.providers[provider] else {
            throw ModelError(.badRequest, provider: provider, detail: "it is not configured")
        }
        guard let found = settings.profile(profile) else {
            throw ModelError(.badKey, provider: provider, detail: "there is no key of that name")
        }
        return (settings, settings.endpoint(found))
    }
}
