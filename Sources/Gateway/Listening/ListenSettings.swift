import Platform

/// Where and how to listen: plain values from flags and configuration.
struct ListenSettings: Sendable {
    /// `gateway.tls`.
    struct TLS: Sendable, Hashable {
        /// Nil: the gateway makes its own certificate and keeps it in the state directory.
        var certificatePath: String?
        var keyPath: String?
    }

    var bind = BindMode.loopback
    var customHost: String?
    var port: UInt16
    var tls: TLS?
    /// `gateway.http.securityHeaders.strictTransportSecurity`.
    var strictTransport: String?
    /// `gateway.metrics`; nil when it is off.
    var metricsPort: UInt16?
    /// `--force`: a gateway that is in the way is ended first.
    var isForced = false

    init(port: UInt16) { self.port = port }
}
