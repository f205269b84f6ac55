/// Texts to be turned into vectors.
package struct EmbeddingRequest: Equatable, Sendable {
    /// Texts of one request; more are sent in several.
    package static let defaultBatch = 100

    package var model: String
    package var texts: [String]
    /// Numbers of a vector, if not as many as the model gives.
    package var dimensions: Int?
    package var batch = defaultBatch
    package var deadlines = ModelDeadlines()

    package init(_ model: String, texts: [String]) {
        self.model = model
        self.texts = texts
    }
}

/// A vector for each text, in their order.
package struct EmbeddingAnswer: Equatable, Sendable {
    package var vectors: [[Float]]
    /// Nil where the vendor does not count.
    package var inputTokens: Int?
    package var model: String

    package init(vectors: [[Float]], inputTokens: Int?, model: String) {
        self.vectors = vectors
        self.inputTokens = inputTokens
        self.model = model
    }
}
