/// A protocol that models are spoken to in, as the configuration names it.
package enum ModelAPI: String, CaseIterable, Hashable, Sendable {
    case anthropicMessages = "anthropic-messages"
    case openAICompletions = "openai-completions"
    case openAIResponses = "openai-responses"
    case googleGenerativeAI = "google-generative-ai"
}
