import Agents
import Models
import Platform

/// `POST /v1/embeddings`.
@LoopActor
struct EmbeddingsEndpoint {
    let run: RunEndpoint

    func answer() async throws(APIError) {
        let (services, exchange) = (run.services, run.exchange)
        let request = try await exchange.decoded { (body) throws(APIError) in try EmbeddingsRequest(body) }
        let finder = run.target
        let agent = try finder.agent(request.model) ?? services.roster.defaultID
        let chosen = try finder.backend()?.description
        guard let source = services.parts.embeddings else {
            throw .unavailable("the gateway is starting; try again shortly")
        }
        let embedder = try source.embedder(agent: agent, model: chosen)
        var asked = EmbeddingRequest(embedder.model, texts: request.texts)
        asked.dimensions = request.dimensions
        let question = asked
        let found = await run.whileClientStays {
            do throws(ModelError) {
                return Result<EmbeddingAnswer, ModelError>.success(try await embedder.provider.embed(question))
            } catch {
                return .failure(error)
            }
        }
        switch found {
        case .success(let answer): exchange.respond(request.answer(answer))
        case .failure(let error): throw APIError(error)
        case nil: return
        }
    }
}

/// What is asked of an agent's embeddings, within the limits of http.md section 4.
struct EmbeddingsRequest: Sendable {
    static let inputLimit = 128
    /// UTF-16 units, as JavaScript counts the length of a text.
    static let lengthLimit = 8192
    static let totalLimit = 65_536

    let model: String?
    let texts: [String]
    let dimensions: Int?
    let isBase64: Bool

    init(_ body: JSON) throws(APIError) {
        let fields = try RequestFields(body)
        model = try fields.string("model")
        dimensions = try fields.integer("dimensions", 1...65_536)
        let format = fields.field("encoding_format")
        isBase64 = try checked { () throws(JSONDecodingError) in try format?.oneOf(["float", "base64"]) } == "base64"
        texts = try Self.texts(fields.body.field("input"))
    }

    private static func texts(_ field: JSONField) throws(APIError) -> [String] {
        if case .string? = field.value { return [try text(field)] }
        guard case .array? = field.value else { throw field.refused("a text or a list of texts") }
        let elements = try checked { () throws(JSONDecodingError) in try field.array() }
        guard (1...inputLimit).contains(elements.count) else {
            throw field.refused("a list of 1 to \(inputLimit) texts")
        }
        var texts: [String] = []
        for element in elements { texts.append(try text(element)) }
        guard texts.reduce(0, { $0 + $1.utf16.count }) <= totalLimit else {
            throw field.refused("shorter: at most \(totalLimit) characters in all")
        }
        return texts
    }

    private static func text(_ field: JSONField) throws(APIError) -> String {
        // Numbers of tokens are of one model's vocabulary, and the agent may use another.
        guard let text = field.value?.string, !text.isEmpty else {
            throw field.refused("a text that is not empty; token numbers are not taken")
        }
        guard text.utf16.count <= lengthLimit else {
            throw field.refused("shorter: at most \(lengthLimit) characters")
        }
        return text
    }

    func answer(_ found: EmbeddingAnswer) -> JSON {
        let rows = found.vectors.enumerated().map { index, vector -> JSON in
            [
                "object": "embedding", "index": JSON(index),
                "embedding": isBase64 ? Self.base64(vector) : Self.floats(vector),
            ]
        }
        let tokens = JSON(found.inputTokens ?? 0)
        return [
            "object": "list", "data": .array(rows), "model": .string(model ?? "openclaw"),
            "usage": ["prompt_tokens": tokens, "total_tokens": tokens],
        ]
    }

    private static func floats(_ vector: [Float]) -> JSON {
        // The shortest text that is that Float again, rather than the digits of its widening.
        .array(vector.map { .double(Double($0.description) ?? Double($0)) })
    }

    private static func base64(_ vector: [Float]) -> JSON {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4)
        for number in vector {
            let bits = number.bitPattern
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return .string(Base64.standard.encode(bytes))
    }
}
