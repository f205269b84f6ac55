package import Platform
package import Wire

/// Embeddings of the Gemini API.
@LoopActor
package final class GeminiEmbeddings: EmbeddingProvider {
    private let exchange: ModelExchange

    package init(_ endpoint: ModelEndpoint, http: any HTTPFetching, clock: any Clock = EventLoop.shared) {
        exchange = ModelExchange(endpoint, http, clock, GeminiFaults())
    }

    package func embed(_ request: EmbeddingRequest) async throws(ModelError) -> EmbeddingAnswer {
        let url = try exchange.endpoint.url(GeminiPath.model(request.model, "batchEmbedContents"))
        return try await EmbeddingBatches(request: request).run { (texts) throws(ModelError) in
            let requests = texts.map { text in
                var json: JSON = [
                    "model": .string(GeminiPath.name(request.model)),
                    "content": ["parts": [["text": .string(text)]]],
                ]
                json["outputDimensionality"] = request.dimensions.map { JSON($0) }
                return json
            }
            let json = try await exchange.fetch(
                url, ["requests": .array(requests)], request.deadlines, limit: EmbeddingBatches.responseLimit)
            let vectors = (json["embeddings"]?.array ?? []).compactMap { EmbeddingVector.read($0["values"]) }
            guard vectors.count == texts.count else {
                throw exchange.error(.broken("other than one embedding for each text came"))
            }
            return EmbeddingAnswer(
                vectors: vectors, inputTokens: json["usageMetadata"]?["promptTokenCount"]?.int, model: request.model)
        }
    }
}
