import Platform
import Support
import Testing
import Wire

@testable import Models

@LoopActor
private func endpoint() throws -> ModelEndpoint {
    ModelEndpoint(
        provider: "acme", base: try WebURL("https://acme.test/v1"), authentication: .bearer, key: "k-123456789")
}

/// Answers as OpenAI does, in another order than asked, with the text's length as its vector.
@LoopActor
private func openAI(base64: Bool = false, dropping: Int = 0) -> FakeHTTP {
    FakeHTTP { (request) throws(HTTPClientError) in
        guard case .bytes(let bytes) = request.body, let json = try? JSONParser.parse(bytes) else { throw .closed }
        let texts = json["input"]?.array ?? []
        let data: [JSON] = texts.enumerated().dropLast(dropping).map { index, text in
            let length = text.string?.utf8.count ?? 0
            let bits = Float(length).bitPattern
            let encoded = Base64.standard.encode((0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) })
            return ["index": JSON(index), "embedding": base64 ? .string(encoded) : [JSON(length)]]
        }
        let body: JSON = [
            "data": .array(data.reversed()), "model": "m-1", "usage": ["prompt_tokens": JSON(texts.count)],
        ]
        return FakeHTTP.response(to: request, .ok, pieces: [JSONWriter.bytes(of: body)])
    }
}

@Suite struct EmbeddingTests {
    @Test func vectorsComeInTheOrderOfTheTextsInAnyBatch() async throws {
        try await onLoop {
            for base64 in [false, true] {
                for (count, requests) in [(0, 0), (1, 1), (99, 1), (100, 1), (101, 2), (201, 3)] {
                    let http = openAI(base64: base64)
                    let texts = (0..<count).map { String(repeating: "x", count: $0 % 7 + 1) }
                    let request = EmbeddingRequest("m", texts: texts)
                    let answer = try await OpenAIEmbeddings(endpoint(), http: http, clock: FakeClock()).embed(request)
                    #expect(answer.vectors == texts.map { [Float($0.utf8.count)] })
                    #expect(http.requests.count == requests && answer.inputTokens == (count == 0 ? nil : count))
                }
            }
        }
    }

    @Test func missingVectorsAreAnError() async throws {
        try await onLoop {
            let http = openAI(dropping: 1)
            let embeddings = OpenAIEmbeddings(try endpoint(), http: http, clock: FakeClock())
            let error = await #expect(throws: ModelError.self) {
                try await embeddings.embed(EmbeddingRequest("m", texts: ["a", "b"]))
            }
            #expect(error?.kind == .brokenAnswer)
        }
    }

    @Test func geminiTakesThemAsRequests() async throws {
        try await onLoop {
            let http = FakeHTTP((.ok, #"{"embeddings":[{"values":[1,2.5]},{"values":[0]}]}"#))
            let embeddings = GeminiEmbeddings(try endpoint(), http: http, clock: FakeClock())
            var request = EmbeddingRequest("embed-1", texts: ["a", "b"])
            request.dimensions = 2
            let found1 = try await embeddings.embed(request).vectors
            #expect(found1 == [[1, 2.5], [0]])
            #expect(http.requests.last?.url.path == "/v1/models/embed-1:batchEmbedContents")
            guard case .bytes(let bytes)? = http.requests.last?.body else { return }
            let first = try JSONParser.parse(bytes)["requests"]?[0]
            #expect(first?["model"] == "models/embed-1" && first?["outputDimensionality"] == 2)
        }
    }

    @Test func whatIsNoVectorIsNone() {
        for json in [nil, .null, [], ["x"], "", "A", "AAAA", 1] as [JSON?] {
            #expect(EmbeddingVector.read(json) == nil)
        }
        #expect(EmbeddingVector.read("AACAPw==") == [1])
    }
}
