package import Platform

/// A vendor's way to be asked for a turn. One instance stands for one address and one key.
///
/// The agent's own answers without a model come through the same seam: a provider may need neither key nor network.
@LoopActor
package protocol Provider: AnyObject, Sendable {
    /// Sends the request and returns when the answer begins. What it says is pulled from the stream; who stops pulling
    /// holds up the sender. Nothing is delivered twice, and nothing is tried again here: that is `FallbackPolicy`'s.
    func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream
}

/// Turns texts into vectors.
@LoopActor
package protocol EmbeddingProvider: AnyObject, Sendable {
    func embed(_ request: EmbeddingRequest) async throws(ModelError) -> EmbeddingAnswer
}
