package import Platform
package import Wire

/// OpenAI's Chat Completions, and the many servers that speak it: OpenRouter, Ollama, LM Studio, vLLM, llama.cpp.
@LoopActor
package final class OpenAIChatProvider: Provider {
    private let exchange: ModelExchange
    private let dialect: OpenAIDialect

    package init(_ endpoint: ModelEndpoint, http: any HTTPFetching, clock: any Clock = EventLoop.shared) {
        exchange = ModelExchange(endpoint, http, clock, OpenAIFaults())
        dialect = OpenAIDialect(endpoint.base)
    }

    package func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        try await exchange.open(
            exchange.endpoint.url("chat/completions"), HTTPFields(), OpenAIChatRequest(request, dialect).json, request,
            OpenAIChatDecoder())
    }
}

/// What differs between OpenAI's own servers and others that speak its protocol.
enum OpenAIDialect: Equatable, Sendable {
    case native
    case compatible

    init(_ base: WebURL) { self = base.host == "api.openai.com" ? .native : .compatible }
}
