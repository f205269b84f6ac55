import Platform
import Settings

/// `gateway.auth`: how clients prove themselves.
package struct GatewayAuthSettings: Hashable, Sendable {
    /// A proxy that knows its users.
    package struct TrustedProxy: Hashable, Sendable {
        package let userHeader: String
        /// The second proof. Without it the proxy comes through the unix socket.
        package let secretHeader: ProxySecret?
        package let allowsUnixPeer: Bool
        package let requiredHeaders: [String]
        package let allowUsers: [String]
    }

    /// What a proxy puts into a header to prove that it is the proxy. Only the header's name is ever shown.
    package struct ProxySecret: Hashable, Sendable, CustomStringConvertible {
        package let name: String
        package let value: String

        package var description: String { name }
    }

    package struct RateLimit: Hashable, Sendable {
        package let maxAttempts: Int
        package let window: Duration
        package let lockout: Duration
    }

    package let mode: AuthMode
    /// What decided the mode, for messages.
    package let modeSource: String
    package let token: GatewayCredential?
    package let password: GatewayCredential?
    package let trustedProxy: TrustedProxy?
    package let rateLimit: RateLimit
    package let allowTailscale: Bool
    /// Scopes by identity.
    package let identityScopes: [String: [String]]

    /// The secret that the mode asks for.
    package var sharedSecret: GatewayCredential? {
        switch mode {
        case .token: token
        case .password: password
        case .none, .trustedProxy: nil
        }
    }

    init(
        _ snapshot: ConfigSnapshot, _ flags: GatewayFlags, _ tailscale: TailscaleMode, isLoopbackOnly: Bool,
        _ found: inout GatewayFindings
    ) {
        let token = GatewayCredential.find(
            "gateway.auth.token", "OPENCLAW_GATEWAY_TOKEN", flag: (flags.token, "--token"), in: snapshot)
        password = .find(
            "gateway.auth.password", "OPENCLAW_GATEWAY_PASSWORD", flag: (flags.password, "--password-file"),
            in: snapshot)
        (mode, modeSource) = Self.mode(snapshot, flags, token, password, &found)
        if token == nil, mode == .token, isLoopbackOnly {
            self.token = .ofThisRun
            found.warn(
                "gateway.auth.token",
                "not set: this run has a random one that nobody knows, so that only commands of this user get in")
        } else {
            self.token = token
        }
        trustedProxy = TrustedProxy(snapshot)
        rateLimit = RateLimit(
            maxAttempts: snapshot.integer("gateway.auth.rateLimit.maxAttempts") ?? 10,
            window: .milliseconds(snapshot.integer("gateway.auth.rateLimit.windowMs") ?? 60000),
            lockout: .milliseconds(snapshot.integer("gateway.auth.rateLimit.lockoutMs") ?? 300_000))
        allowTailscale =
            snapshot.bool("gateway.auth.allowTailscale") ?? (tailscale == .serve && mode != .password)
        identityScopes = Dictionary(
            uniqueKeysWithValues: snapshot.members("gateway.auth.identityScopes").map {
                ($0.key, $0.value.array?.compactMap(\.string) ?? [])
            })
    }

    private static func mode(
        _ snapshot: ConfigSnapshot, _ flags: GatewayFlags, _ token: GatewayCredential?,
        _ password: GatewayCredential?, _ found: inout GatewayFindings
    ) -> (AuthMode, String) {
        if let word = flags.auth {
            if let mode = AuthMode(rawValue: word) { return (mode, "--auth") }
            found.refuse(flag: "--auth", word, AuthMode.allCases.map(\.rawValue))
        }
        if let mode = snapshot.string("gateway.auth.mode").flatMap(AuthMode.init) { return (mode, "gateway.auth.mode") }
        let given = (token: snapshot.given("gateway.auth.token"), password: snapshot.given("gateway.auth.password"))
        if given.token != nil, given.password != nil {
            found.refuse(
                "gateway.auth.mode", "must be given when there are both a token and a password",
                ["add:  gateway: { auth: { mode: \"token\" } }   or \"password\""])
        }
        switch (token, password) {
        case (nil, _?): return (.password, "a password is given")
        case (let token?, let password?) where !token.isFromFile && password.isFromFile:
            return (.password, "gateway.auth.password is given")
        default: return (.token, "the default")
        }
    }
}

extension GatewayCredential {
    fileprivate var isFromFile: Bool { source.hasPrefix("gateway.") }
}

extension GatewayAuthSettings.TrustedProxy {
    fileprivate init?(_ snapshot: ConfigSnapshot) {
        guard let header = snapshot.string("gateway.auth.trustedProxy.userHeader") else { return nil }
        userHeader = header.lowercased()
        if let name = snapshot.string("gateway.auth.trustedProxy.secretHeader.name"),
            let value = snapshot.string("gateway.auth.trustedProxy.secretHeader.value")?.notBlank
        {
            secretHeader = .init(name: name.lowercased(), value: value)
        } else {
            secretHeader = nil
        }
        allowsUnixPeer = snapshot.bool("gateway.auth.trustedProxy.unixPeer") ?? false
        requiredHeaders = (snapshot.strings("gateway.auth.trustedProxy.requiredHeaders") ?? []).map { $0.lowercased() }
        allowUsers = snapshot.strings("gateway.auth.trustedProxy.allowUsers") ?? []
    }
}
