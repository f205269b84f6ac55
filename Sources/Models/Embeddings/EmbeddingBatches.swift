import Platform

/// Sends the texts in batches, one after the other, and puts the vectors together.
@LoopActor
struct EmbeddingBatches {
    /// Bytes of one response: 100 vectors of 4096 numbers as text, with room.
    static let responseLimit = 32 * 1024 * 1024

    let request: EmbeddingRequest

    func run(
        _ ask: @LoopActor (ArraySlice<String>) async throws(ModelError) -> EmbeddingAnswer
    ) async throws(ModelError) -> EmbeddingAnswer {
        var all = EmbeddingAnswer(vectors: [], inputTokens: nil, model: request.model)
        var start = 0
        while start < request.texts.count {
            let end = min(request.texts.count, start + max(1, request.batch))
            let part = try await ask(request.texts[start..<end])
            all.vectors += part.vectors
            all.model = part.model
            if let tokens = part.inputTokens { all.inputTokens = (all.inputTokens ?? 0) + tokens }
            start = end
        }
        return all
    }
}

/// Vectors as they come in JSON.
enum EmbeddingVector {
    /// Numbers, or the bytes of little-endian floats in Base64. Nil for anything else.
    static func read(_ json: JSON?) -> [Float]? {
        if let numbers = json?.array {
            let floats = numbers.compactMap { $0.double.map(Float.init) }
            return floats.count == numbers.count && !floats.isEmpty ? floats : nil
        }
        guard let text = json?.string, let bytes = Base64.standard.decode(text), !bytes.isEmpty, bytes.count % 4 == 0
        else { return nil }
        return stride(from: 0, to: bytes.count, by: 4).map { place in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
            return Float(bitPattern: bits)
        }
    }
}
