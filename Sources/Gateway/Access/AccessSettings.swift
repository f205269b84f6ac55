import Platform

/// Who may come in, as the configuration says: plain values, replaced as a whole by a reload.
struct AccessSettings: Sendable {
    /// `gateway.auth.trustedProxy`: a proxy that knows who is there, and says so in a header of its own.
    struct TrustedProxy: Sendable, Hashable {
        var userHeader: String
        /// Fields that must be there as well.
        var requiredHeaders: [String] = []
        /// Users who may come in; all, when empty.
        var allowUsers: Set<String> = []
        /// The proof that the proxy itself speaks: a field with a secret. Without one only the unix socket proves it.
        var secretHeader: String?
        var secret: SecretDigest?
        /// Whether the proxy may come by the unix socket instead.
        var acceptsSocketPeer = false
    }

    /// `gateway.auth.rateLimit`.
    struct Limit: Sendable, Hashable {
        var attempts = 10
        var window = Duration.seconds(60)
        var lockout = Duration.seconds(300)
    }

    var mode = AuthMode.token
    var token: SecretDigest?
    var password: SecretDigest?
    var trustedProxy: TrustedProxy?
    var limit = Limit()
    /// `gateway.trustedProxies`.
    var trustedProxies: [IPRange] = []
    /// `gateway.allowRealIpFallback`: X-Real-IP counts where a proxy writes nothing else.
    var usesRealIP = false
    /// `gateway.allowedHosts`.
    var allowedHosts: [String] = []
    /// `gateway.controlUi.allowedOrigins`.
    var allowedOrigins: [String] = []
    /// `gateway.controlUi.allowInsecureAuth`: a Control UI on this machine needs no device.
    var allowsInsecureControlUI = false

    init() {}

    /// With one secret and nothing else.
    init(token: String) {
        self.token = SecretDigest(configured: token)
    }

    /// What somebody had to know to come in. When it changes, those who came in by it have to leave.
    var credentials: Credentials {
        Credentials(
            mode: mode, secret: mode == .password ? password : mode == .token ? token : nil,
            proxy: mode == .trustedProxy ? trustedProxy : nil)
    }

    struct Credentials: Hashable, Sendable {
        let mode: AuthMode
        let secret: SecretDigest?
        let proxy: TrustedProxy?
    }
}
