/// What is known of a model.
package struct ModelFacts: Equatable, Sendable {
    package var reference: ModelReference
    /// As people call it.
    package var name: String
    /// Tokens of prompt and answer together; nil where nobody said.
    package var contextWindow: Int?
    /// Tokens of a prompt, if less than the window is to be used.
    package var contextLimit: Int?
    package var traits: ModelTraits
    package var prices: ModelPrices?

    package init(
        _ reference: ModelReference, name: String, contextWindow: Int? = nil, traits: ModelTraits,
        prices: ModelPrices? = nil
    ) {
        self.reference = reference
        self.name = name
        self.contextWindow = contextWindow
        self.traits = traits
        self.prices = prices
    }

    package var target: ModelTarget { ModelTarget(reference.model, traits) }

    /// Tokens that a conversation may fill.
    package var usableContext: Int? { contextLimit ?? contextWindow }
}

extension ModelTraits {
    /// What is most likely of a model that nobody described.
    static func guess(_ id: String, _ api: ModelAPI, isVendors: Bool) -> ModelTraits {
        let name = id.split(separator: "/").last.map(String.init) ?? id
        let thinking: ThinkingStyle =
            switch api {
            case .anthropicMessages: isVendors && name.hasPrefix("claude-") ? .level : .none
            case .openAICompletions, .openAIResponses:
                isVendors && (name.hasPrefix("gpt-5") || name.hasPrefix("gpt-6") || name.hasPrefix("o3"))
                    ? .level : .none
            case .googleGenerativeAI:
                name.hasPrefix("gemini-2.5")
                    ? .budget : name.hasPrefix("gemini-") && !name.hasPrefix("gemini-2") ? .level : .none
            }
        return ModelTraits(thinking: thinking)
    }
}
