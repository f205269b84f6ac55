package import Platform
package import Wire

/// Google's Gemini API.
@LoopActor
package final class GeminiProvider: Provider {
    private let exchange: ModelExchange

    package init(_ endpoint: ModelEndpoint, http: any HTTPFetching, clock: any Clock = EventLoop.shared) {
        exchange = ModelExchange(endpoint, http, clock, GeminiFaults())
    }

    package func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        let url = try exchange.endpoint.url(
            GeminiPath.model(request.model.id, "streamGenerateContent"), query: ["alt": "sse"])
        return try await exchange.open(url, HTTPFields(), GeminiRequest(request).json, request, GeminiDecoder())
    }
}

/// Where a model of the Gemini API is asked.
enum GeminiPath {
    /// The colon must stay as it is; what stands before it is a model's name, perhaps with its folder.
    static func model(_ id: String, _ call: String) -> String { "\(name(id)):\(call)" }

    static func name(_ id: String) -> String {
        let folder = id.hasPrefix("models/") || id.hasPrefix("tunedModels/") ? "" : "models/"
        return folder + id.split(separator: "/").map { WebURL.encode(String($0)) }.joined(separator: "/")
    }
}
