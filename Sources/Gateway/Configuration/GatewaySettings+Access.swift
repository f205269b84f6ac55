import Platform
import Settings

extension AccessSettings {
    /// Who may come in, as flags, environment and configuration together say.
    init(_ settings: GatewaySettings) {
        let auth = settings.auth
        mode = auth.mode
        token = SecretDigest(configured: auth.token?.value)
        password = SecretDigest(configured: auth.password?.value)
        trustedProxy = auth.trustedProxy.map { proxy in
            TrustedProxy(
                userHeader: proxy.userHeader, requiredHeaders: proxy.requiredHeaders,
                allowUsers: Set(proxy.allowUsers), secretHeader: proxy.secretHeader?.name,
                secret: SecretDigest(configured: proxy.secretHeader?.value), acceptsSocketPeer: proxy.allowsUnixPeer)
        }
        limit = Limit(
            attempts: auth.rateLimit.maxAttempts, window: auth.rateLimit.window, lockout: auth.rateLimit.lockout)
        trustedProxies = settings.trustedProxies.compactMap { IPRange($0) }
        usesRealIP = settings.allowRealIPFallback
        allowedHosts = settings.allowedHosts
        allowedOrigins = settings.controlUI.allowedOrigins
        allowsInsecureControlUI = settings.controlUI.allowInsecureAuth
    }
}

extension ListenSettings {
    /// Where to listen, as flags, environment and configuration together say.
    init(_ settings: GatewaySettings, isForced: Bool) {
        self.init(port: settings.port)
        bind = settings.bind
        customHost = settings.customBindHost
        tls =
            settings.tls.enabled
            ? TLS(certificatePath: settings.tls.certPath, keyPath: settings.tls.keyPath) : nil
        strictTransport = settings.http.strictTransportSecurity
        metricsPort = settings.metrics.enabled ? settings.metrics.port : nil
        self.isForced = isForced
    }
}
