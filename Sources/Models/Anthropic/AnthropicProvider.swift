package import Platform
package import Wire

/// A version of the Messages API, as the field `anthropic-version` names it.
package enum AnthropicVersion: String, CaseIterable, Sendable {
    case first = "2023-06-01"
    /// Takes no temperature, and the key as a bearer token.
    case second = "2026-10-21"

    static let field = "anthropic-version"
}

/// The Anthropic Messages API, and servers that speak it.
@LoopActor
package final class AnthropicProvider: Provider {
    private let exchange: ModelExchange
    private let version: AnthropicVersion

    package init(
        _ endpoint: ModelEndpoint, version: AnthropicVersion, http: any HTTPFetching,
        clock: any Clock = EventLoop.shared
    ) {
        exchange = ModelExchange(endpoint, http, clock, AnthropicFaults())
        self.version = version
    }

    package func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        // People write the address with and without the version.
        let path = exchange.endpoint.base.path.hasSuffix("/v1") ? "messages" : "v1/messages"
        return try await exchange.open(
            exchange.endpoint.url(path), HTTPFields([AnthropicVersion.field: version.rawValue]),
            AnthropicRequest(request, version).json, request, AnthropicDecoder())
    }
}
