package import Platform
package import Wire

/// Embeddings of OpenAI and of servers that speak its protocol.
@LoopActor
package final class OpenAIEmbeddings: EmbeddingProvider {
    private let exchange: ModelExchange

    package init(_ endpoint: ModelEndpoint, http: any HTTPFetching, clock: any Clock = EventLoop.shared) {
        exchange = ModelExchange(endpoint, http, clock, OpenAIFaults())
    }

    package func embed(_ request: EmbeddingRequest) async throws(ModelError) -> EmbeddingAnswer {
        let url = try exchange.endpoint.url("embeddings")
        return try await EmbeddingBatches(request: request).run { (texts) throws(ModelError) in
            var body: JSON = [
                "model": .string(request.model), "input": .array(texts.map { .string($0) }),
                "encoding_format": "float",
            ]
            body["dimensions"] = request.dimensions.map { JSON($0) }
            let json = try await exchange.fetch(
                url, body, request.deadlines, limit: EmbeddingBatches.responseLimit)
            return EmbeddingAnswer(
                vectors: try vectors(json, count: texts.count), inputTokens: json["usage"]?["prompt_tokens"]?.int,
                model: json["model"]?.string ?? request.model)
        }
    }

    /// The entries name their places and may come in any order.
    private func vectors(_ json: JSON, count: Int) throws(ModelError) -> [[Float]] {
        var vectors = [[Float]](repeating: [], count: count)
        for (position, entry) in (json["data"]?.array ?? []).enumerated() {
            let index = entry["index"]?.int ?? position
            guard vectors.indices.contains(index), let vector = EmbeddingVector.read(entry["embedding"]) else {
                throw exchange.error(.broken("an embedding is out of place or no vector"))
            }
            vectors[index] = vector
        }
        guard vectors.allSatisfy({ !$0.isEmpty }) else {
            throw exchange.error(.broken("fewer embeddings came than were asked for"))
        }
        return vectors
    }
}
