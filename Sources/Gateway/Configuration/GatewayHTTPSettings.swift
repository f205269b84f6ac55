import Settings

/// `gateway.http`: the HTTP API.
package struct GatewayHTTPSettings: Hashable, Sendable {
    package struct Endpoint: Hashable, Sendable {
        package let enabled: Bool
        package let maxBodyBytes: Int
    }

    static let standardBodyBytes = 20 << 20

    package let chatCompletions: Endpoint
    package let responses: Endpoint
    package let maxImageParts: Int
    package let maxTotalImageBytes: Int
    package let lenientModel: Bool
    /// Nil for none.
    package let strictTransportSecurity: String?

    /// The endpoints are on by default only where no one else can reach them (http.md section 0).
    init(_ snapshot: ConfigSnapshot, isLoopbackOnly: Bool) {
        func endpoint(_ name: String) -> Endpoint {
            Endpoint(
                enabled: snapshot.bool("gateway.http.endpoints.\(name).enabled") ?? isLoopbackOnly,
                maxBodyBytes: snapshot.integer("gateway.http.endpoints.\(name).maxBodyBytes") ?? Self.standardBodyBytes)
        }
        chatCompletions = endpoint("chatCompletions")
        responses = endpoint("responses")
        maxImageParts = snapshot.integer("gateway.http.endpoints.chatCompletions.maxImageParts") ?? 8
        maxTotalImageBytes =
            snapshot.integer("gateway.http.endpoints.chatCompletions.maxTotalImageBytes") ?? Self.standardBodyBytes
        lenientModel = snapshot.bool("gateway.http.lenientModel") ?? false
        strictTransportSecurity = snapshot.string("gateway.http.securityHeaders.strictTransportSecurity")
    }
}
