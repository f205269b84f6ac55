import Platform
import Settings
import Wire

/// What the configuration says about how this gateway is reached.
struct ClientSettings: Sendable {
    /// `gateway.mode` is `remote`: commands go to `gateway.remote.url`.
    var isRemote = false
    var port: UInt16
    /// Where a gateway that is bound to one other address listens.
    var customHost: String?
    var usesTLS = false
    var token: Credential?
    var password: Credential?
    var remoteURL: String?
    var remoteToken: Credential?
    var remotePassword: Credential?
    var remotePin: CertificateFingerprint?
    var allowsPlainPrivate = false
    /// `token`, `password`, `none` or `trusted-proxy`; nil where the configuration leaves it open.
    var authMode: String?
    /// Why the configuration could not be read, if it could not.
    var problem: String?

    init(port: UInt16) { self.port = port }

    /// `source` is the configuration file as people know it.
    init(_ config: JSON, source: String, environment: Environment, port: UInt16?, standardPort: UInt16) {
        let gateway = config["gateway"]
        let remote = gateway?["remote"]
        isRemote = gateway?["mode"]?.string == "remote"
        self.port = port ?? gateway?["port"]?.int.flatMap { UInt16(exactly: $0) } ?? standardPort
        if gateway?["bind"]?.string == "custom" { customHost = gateway?["customBindHost"]?.string }
        usesTLS = gateway?["tls"]?["enabled"]?.bool ?? false
        authMode = gateway?["auth"]?["mode"]?.string
        func own(_ variable: String, _ setting: String, _ value: JSON?) -> Credential? {
            if let value = environment[variable] { return Credential(value: value, source: variable) }
            return value?.string.flatMap { $0.isEmpty ? nil : Credential(value: $0, source: "\(setting) in \(source)") }
        }
        token = own("OPENCLAW_GATEWAY_TOKEN", "gateway.auth.token", gateway?["auth"]?["token"])
        password = own("OPENCLAW_GATEWAY_PASSWORD", "gateway.auth.password", gateway?["auth"]?["password"])
        remoteURL = remote?["url"]?.string
        remoteToken = own("OPENCLAW_GATEWAY_TOKEN", "gateway.remote.token", remote?["token"])
        remotePassword = own("OPENCLAW_GATEWAY_PASSWORD", "gateway.remote.password", remote?["password"])
        remotePin = (remote?["tlsFingerprint"]?.string).flatMap(CertificateFingerprint.init)
        allowsPlainPrivate = remote?["allowInsecure"]?.bool ?? false
    }
}
