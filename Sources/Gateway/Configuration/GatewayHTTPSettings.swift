import Settings

/// `gateway.http`: the HTTP API.
package struct GatewayHTTPSettings: Hashable, Sendable {
    package struct Endpoint: Hashable, Sendable {
        package let enabled: Bool
        package let maxBodyBytes: Int
    }

    /// What holds for pictures in requests.
    package struct Images: Hashable, Sendable {
        package var maxParts = 8
        package var maxTotalBytes = standardBodyBytes
        package var allowsURLs = false
        /// Hosts that URLs may name; any, when empty.
        package var allowedHosts: [String] = []
        /// Of one fetched picture.
        package var maxFetchedBytes = 10 << 20
    }

    static let standardBodyBytes = 20 << 20
    static let embeddingsBodyBytes = 1 << 20

    package let chatCompletions: Endpoint
    package let responses: Endpoint
    package let embeddings: Endpoint
    package let models: Bool
    package let chatImages: Images
    package let responsesImages: Images
    package let lenientModel: Bool
    /// Nil for none.
    package let strictTransportSecurity: String?

    /// The endpoints are on by default only where nobody else can reach them, and who comes has to prove himself
    /// (http.md section 0).
    init(_ snapshot: ConfigSnapshot, isLoopbackOnly: Bool, hasAuthentication: Bool) {
        let standard = isLoopbackOnly && hasAuthentication
        func endpoint(_ name: String, _ otherwise: Bool, _ bytes: Int = Self.standardBodyBytes) -> Endpoint {
            let path = "gateway.http.endpoints.\(name)"
            return Endpoint(
                enabled: snapshot.bool("\(path).enabled") ?? otherwise,
                maxBodyBytes: snapshot.integer("\(path).maxBodyBytes") ?? bytes)
        }
        chatCompletions = endpoint("chatCompletions", standard)
        responses = endpoint("responses", standard)
        let hasAny = chatCompletions.enabled || responses.enabled
        embeddings = endpoint("embeddings", hasAny, Self.embeddingsBodyBytes)
        models = snapshot.bool("gateway.http.endpoints.models.enabled") ?? hasAny
        chatImages = Images(snapshot, "chatCompletions")
        responsesImages = Images(snapshot, "responses")
        lenientModel = snapshot.bool("gateway.http.lenientModel") ?? false
        strictTransportSecurity = snapshot.string("gateway.http.securityHeaders.strictTransportSecurity")
    }

    /// As on loopback with authentication and nothing configured.
    private init() {
        chatCompletions = Endpoint(enabled: true, maxBodyBytes: Self.standardBodyBytes)
        responses = chatCompletions
        embeddings = Endpoint(enabled: true, maxBodyBytes: Self.embeddingsBodyBytes)
        models = true
        chatImages = Images()
        responsesImages = Images()
        lenientModel = false
        strictTransportSecurity = nil
    }

    static let standard = GatewayHTTPSettings()
}

extension GatewayHTTPSettings.Images {
    fileprivate init(_ snapshot: ConfigSnapshot, _ endpoint: String) {
        let path = "gateway.http.endpoints.\(endpoint)"
        // One number for both: the models behind them are the same.
        maxParts = snapshot.integer("gateway.http.endpoints.chatCompletions.maxImageParts") ?? maxParts
        maxTotalBytes = snapshot.integer("gateway.http.endpoints.chatCompletions.maxTotalImageBytes") ?? maxTotalBytes
        allowsURLs = snapshot.bool("\(path).images.allowUrl") ?? false
        allowedHosts = snapshot.strings("\(path).images.urlAllowlist") ?? []
        maxFetchedBytes = snapshot.integer("\(path).images.maxBytes") ?? maxFetchedBytes
    }
}
