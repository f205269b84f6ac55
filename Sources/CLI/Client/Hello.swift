import Contract
import Platform

/// What a gateway says of itself when it lets a client in (protocol.md section 3.4).
struct Hello: Sendable {
    let protocolVersion: Int
    let serverVersion: String
    let role: String
    let scopes: [String]
    let deviceToken: String?
    let methods: [String]
    /// Presence, health and what else holds at this moment.
    let snapshot: JSON
    let uptime: Duration?
    let payloadLimit: Int

    init(_ payload: JSON?) throws(JSONDecodingError) {
        let hello = try JSONField(payload ?? .null).object()
        guard try hello.field("type").string() == "hello-ok" else { throw hello.field("type").mustBe("\"hello-ok\"") }
        protocolVersion = try hello.field("protocol").integer()
        serverVersion = hello.field("server").value?["version"]?.string ?? "unknown"
        let auth = hello.field("auth").value
        role = auth?["role"]?.string ?? Role.operator.rawValue
        scopes = auth?["scopes"]?.array?.compactMap(\.string) ?? []
        deviceToken = auth?["deviceToken"]?.string
        methods = hello.field("features").value?["methods"]?.array?.compactMap(\.string) ?? []
        snapshot = hello.field("snapshot").value ?? .null
        uptime = snapshot["uptimeMs"]?.int.map { .milliseconds($0) }
        payloadLimit = hello.field("policy").value?["maxPayload"]?.int ?? WireFacts.frameBytesBeforeConnect
    }

    /// The widest scope, for people.
    var standing: String {
        let granted = Set(scopes.compactMap(Scope.init(rawValue:)))
        let widest: [Scope] = [.admin, .write, .read]
        return widest.first { granted.contains($0) }?.rawValue ?? scopes.sorted().first ?? "no scope"
    }
}
