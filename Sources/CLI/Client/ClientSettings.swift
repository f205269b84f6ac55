import Gateway
import Platform
import Settings
import Wire

/// What the configuration says about how this gateway is reached.
struct ClientSettings: Sendable {
    /// Where a variable of the environment is found, and in which place.
    typealias Variables = (String) -> (value: String, source: String)?

    /// `gateway.mode` is `remote`: commands go to `gateway.remote.url`.
    let isRemote: Bool
    let port: UInt16
    /// Where a gateway that is bound to one other address listens.
    let customHost: String?
    let usesTLS: Bool
    let certificatePath: String?
    let token: GatewayCredential?
    let password: GatewayCredential?
    let remoteURL: String?
    let remoteToken: GatewayCredential?
    let remotePassword: GatewayCredential?
    let remotePin: CertificateFingerprint?
    let allowsPlainPrivate: Bool
    /// Why the configuration could not be read as it should, if it could not.
    var problem: String?

    /// `config` has the values of variables and secrets, where they could be had.
    init(_ config: JSON, _ instance: Instance, variables: Variables) {
        let gateway = config["gateway"]
        let remote = gateway?["remote"]
        isRemote = gateway?["mode"]?.string == "remote"
        port =
            instance.requestedPort ?? gateway?["port"]?.int.flatMap { UInt16(exactly: $0) }
            ?? instance.profile.defaultPort
        customHost = gateway?["bind"]?.string == "custom" ? gateway?["customBindHost"]?.string : nil
        usesTLS = gateway?["tls"]?["enabled"]?.bool ?? false
        certificatePath = gateway?["tls"]?["certPath"]?.string.map { instance.expanded($0) }
        // As the gateway itself does: the configuration, else the environment. Both sides so mean the same secret.
        func credential(_ setting: String, _ value: JSON?, _ variable: String) -> GatewayCredential? {
            if let text = value?.string, !text.isEmpty {
                return GatewayCredential(value: text, source: "\(setting) in \(instance.shown(instance.configPath))")
            }
            guard !instance.isForeignEnvironment, let (value, source) = variables(variable) else { return nil }
            return GatewayCredential(value: value, source: "\(variable) (\(source))")
        }
        token = credential("gateway.auth.token", gateway?["auth"]?["token"], "OPENCLAW_GATEWAY_TOKEN")
        password = credential("gateway.auth.password", gateway?["auth"]?["password"], "OPENCLAW_GATEWAY_PASSWORD")
        remoteURL = remote?["url"]?.string
        remoteToken = credential("gateway.remote.token", remote?["token"], "OPENCLAW_GATEWAY_TOKEN")
        remotePassword = credential("gateway.remote.password", remote?["password"], "OPENCLAW_GATEWAY_PASSWORD")
        remotePin = (remote?["tlsFingerprint"]?.string).flatMap(CertificateFingerprint.init)
        allowsPlainPrivate = remote?["allowInsecure"]?.bool ?? false
    }

    /// Whether a secret that is needed here is kept somewhere else than in the file.
    static func needsSecrets(_ config: JSON) -> Bool {
        let places = ["auth", "remote"].flatMap { part in ["token", "password"].map { (part, $0) } }
        return places.contains { config["gateway"]?[$0]?[$1]?.object != nil }
    }
}
