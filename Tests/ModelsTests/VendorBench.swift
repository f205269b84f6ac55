import Platform
import Support
import Testing
import Wire

@testable import Models

/// A vendor's service without a network: what it sends, and what is made of it.
@LoopActor
struct VendorBench {
    static let key = "sk-test-0123456789abcdef"

    let api: ModelAPI
    let http: FakeHTTP
    let clock = FakeClock()

    /// Answers every request with a stream of these pieces.
    init(_ api: ModelAPI, pieces: [[UInt8]], failure: HTTPClientError? = nil, type: String = "text/event-stream") {
        self.api = api
        http = FakeHTTP { request in
            FakeHTTP.response(
                to: request, .ok, fields: HTTPFields(["Content-Type": type]), pieces: pieces, failure: failure)
        }
    }

    /// Answers every request with this status and body.
    init(_ api: ModelAPI, status: Int, body: String, fields: HTTPFields = HTTPFields()) {
        self.api = api
        http = FakeHTTP { request in
            FakeHTTP.response(to: request, HTTPStatus(status), fields: fields, pieces: [Array(body.utf8)])
        }
    }

    func provider(version: AnthropicVersion = .second) throws -> any Provider {
        let endpoint = ModelEndpoint(
            provider: "acme", base: try WebURL("https://acme.test/v1"), authentication: .bearer, key: Self.key)
        return switch api {
        case .anthropicMessages: AnthropicProvider(endpoint, version: version, http: http, clock: clock)
        case .openAICompletions: OpenAIChatProvider(endpoint, http: http, clock: clock)
        case .openAIResponses: OpenAIResponsesProvider(endpoint, http: http, clock: clock)
        case .googleGenerativeAI: GeminiProvider(endpoint, http: http, clock: clock)
        }
    }

    func answer(_ request: ModelRequest = .hello) async throws -> ModelAnswer {
        try await provider().stream(request).collect()
    }

    /// What the request's failure was.
    func failure(_ request: ModelRequest = .hello) async -> ModelError? {
        do {
            _ = try await answer(request)
            return nil
        } catch let error as ModelError {
            return error
        } catch {
            Issue.record(error)
            return nil
        }
    }

    /// What the last request said.
    var sent: JSON {
        guard case .bytes(let bytes)? = http.requests.last?.body else { return .null }
        return (try? JSONParser.parse(bytes)) ?? .null
    }
}

extension ModelRequest {
    static let hello = ModelRequest(ModelTarget("m"), messages: [ModelMessage(.user, "Hello")])

    static func thinking(_ style: ThinkingStyle, _ level: ThinkingLevel) -> ModelRequest {
        var request = hello
        request.model.traits.thinking = style
        request.thinking = level
        return request
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

/// A stream of events with these data.
func events(_ lines: String...) -> [UInt8] {
    lines.map { "data: \($0)\n\n" }.joined().bytes
}
