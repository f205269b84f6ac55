package import Platform
package import Wire

/// OpenAI's Responses API. Nothing is kept at the vendor: each request brings the whole conversation.
@LoopActor
package final class OpenAIResponsesProvider: Provider {
    private let exchange: ModelExchange
    private let dialect: OpenAIDialect

    package init(_ endpoint: ModelEndpoint, http: any HTTPFetching, clock: any Clock = EventLoop.shared) {
        exchange = ModelExchange(endpoint, http, clock, OpenAIFaults())
        dialect = OpenAIDialect(endpoint.base)
    }

    package func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        try await exchange.open(
            exchange.endpoint.url("responses"), HTTPFields(), OpenAIResponsesRequest(request, dialect).json, request,
            OpenAIResponsesDecoder())
    }
}
