package import Failover
import Platform
package import Settings

/// The gateway's settings: what flags, environment and configuration together say, checked as a whole.
package struct GatewaySettings: Sendable {
    package struct TLS: Hashable, Sendable {
        package let enabled: Bool
        package let autoGenerate: Bool
        package let certPath: String?
        package let keyPath: String?
    }

    package struct ControlUI: Hashable, Sendable {
        package let enabled: Bool
        /// Empty, or with a slash at its beginning and none at its end.
        package let basePath: String
        package let root: String?
        package let allowedOrigins: [String]
        package let allowInsecureAuth: Bool
    }

    package struct Metrics: Hashable, Sendable {
        package let enabled: Bool
        package let port: UInt16?
    }

    package struct Remote: Hashable, Sendable {
        package let url: String?
        package let token: GatewayCredential?
        package let password: GatewayCredential?
        package let tlsFingerprint: String?
        package let allowInsecure: Bool
    }

    package struct Reload: Hashable, Sendable {
        package let mode: ReloadPlan.Mode
        package let debounce: Duration
    }

    package let isLocal: Bool
    package let port: UInt16
    /// What decided the port, for messages.
    package let portSource: String
    package let bind: BindMode
    package let customBindHost: String?
    package let auth: GatewayAuthSettings
    package let tls: TLS
    package let trustedProxies: [String]
    package let allowRealIPFallback: Bool
    package let allowedHosts: [String]
    package let controlUI: ControlUI
    package let metrics: Metrics
    package let http: GatewayHTTPSettings
    package let reload: Reload
    package let remote: Remote
    package let allowCommands: [String]
    package let denyCommands: [String]
    package let tailscale: TailscaleMode
    package let failover: FailoverSettings
    package let warnings: [ConfigProblem]

    package var ports: PortPlan { PortPlan(base: port) }

    /// Whether only this host can reach the port. `auto` may become more than that.
    package var isLoopbackOnly: Bool { Self.isLoopbackOnly(bind, customBindHost) }

    package init(
        _ snapshot: ConfigSnapshot, instance: Instance, flags: GatewayFlags
    ) throws(ConfigRefusal) {
        var found = GatewayFindings(snapshot, instance)
        isLocal = snapshot.string("gateway.mode") == "local"
        (port, portSource) = Self.port(snapshot, instance)
        bind = found.word(flags.bind, "--bind", "gateway.bind") ?? .loopback
        customBindHost = snapshot.string("gateway.customBindHost")
        tailscale = found.word(flags.tailscale, "--tailscale", "gateway.tailscale.mode") ?? .off
        auth = GatewayAuthSettings(
            snapshot, flags, tailscale, isLoopbackOnly: Self.isLoopbackOnly(bind, customBindHost), &found)
        tls = TLS(
            enabled: snapshot.bool("gateway.tls.enabled") ?? false,
            autoGenerate: snapshot.bool("gateway.tls.autoGenerate") ?? false,
            certPath: snapshot.string("gateway.tls.certPath").map { instance.expanded($0) },
            keyPath: snapshot.string("gateway.tls.keyPath").map { instance.expanded($0) })
        trustedProxies = snapshot.strings("gateway.trustedProxies") ?? []
        allowRealIPFallback = snapshot.bool("gateway.allowRealIpFallback") ?? false
        allowedHosts = snapshot.strings("gateway.allowedHosts") ?? []
        controlUI = ControlUI(snapshot, instance)
        metrics = Metrics(
            enabled: snapshot.bool("gateway.metrics.enabled") ?? false,
            port: snapshot.integer("gateway.metrics.port").map { UInt16(clamping: $0) } ?? PortPlan(base: port).metrics)
        http = GatewayHTTPSettings(
            snapshot, isLoopbackOnly: Self.isLoopbackOnly(bind, customBindHost), hasAuthentication: auth.mode != .none)
        reload = Reload(
            mode: snapshot.string("gateway.reload.mode").flatMap(ReloadPlan.Mode.init) ?? .hybrid,
            debounce: .milliseconds(snapshot.integer("gateway.reload.debounceMs") ?? 300))
        remote = Remote(snapshot)
        allowCommands = Self.joined(snapshot, "gateway.nodes.allowCommands", "gateway.nodes.commands.allow")
        denyCommands = Self.joined(snapshot, "gateway.nodes.denyCommands", "gateway.nodes.commands.deny")
        GatewayRules.check(
            GatewayRules.Question(
                isLocal: isLocal || flags.allowUnconfigured, bind: bind, customBindHost: customBindHost,
                isLoopbackOnly: Self.isLoopbackOnly(bind, customBindHost), auth: auth, tls: tls,
                ports: PortPlan(base: port)),
            &found)
        try found.throwIfAny()
        failover = try FailoverSettings(snapshot, instance: instance)
        warnings = found.warnings
    }

    private static func port(_ snapshot: ConfigSnapshot, _ instance: Instance) -> (UInt16, String) {
        if let port = instance.requestedPort { return (port, instance.portSource ?? "--port") }
        if let port = snapshot.integer("gateway.port").flatMap(UInt16.init(exactly:)) { return (port, "gateway.port") }
        return (instance.profile.defaultPort, "the default")
    }

    private static func isLoopbackOnly(_ bind: BindMode, _ host: String?) -> Bool {
        switch bind {
        case .loopback: true
        case .custom: host.map { IPv4Address($0)?.isLoopback ?? IPv6Address($0)?.isLoopback ?? false } ?? false
        case .lan, .tailnet, .auto: false
        }
    }

    private static func joined(_ snapshot: ConfigSnapshot, _ settings: String...) -> [String] {
        settings.flatMap { snapshot.strings($0) ?? [] }
    }
}

extension GatewayFindings {
    /// The word of a flag, else that of the setting.
    fileprivate mutating func word<Word: RawRepresentable & CaseIterable>(
        _ flag: String?, _ name: String, _ setting: String
    ) -> Word? where Word.RawValue == String {
        if let flag {
            if let word = Word(rawValue: flag) { return word }
            refuse(flag: name, flag, Word.allCases.map(\.rawValue))
        }
        return snapshot.string(setting).flatMap(Word.init)
    }
}

extension GatewaySettings.ControlUI {
    fileprivate init(_ snapshot: ConfigSnapshot, _ instance: Instance) {
        enabled = snapshot.bool("gateway.controlUi.enabled") ?? true
        basePath = Self.basePath(snapshot.string("gateway.controlUi.basePath") ?? "")
        root = snapshot.string("gateway.controlUi.root").map { instance.expanded($0) }
        allowedOrigins = snapshot.strings("gateway.controlUi.allowedOrigins") ?? []
        allowInsecureAuth = snapshot.bool("gateway.controlUi.allowInsecureAuth") ?? false
    }

    /// http.md section 6: trimmed, a slash before it and none behind it; `/` is none.
    static func basePath(_ text: String) -> String {
        let parts = text.split(whereSeparator: \.isWhitespace).joined().split(separator: "/")
        return parts.isEmpty ? "" : "/" + parts.joined(separator: "/")
    }
}

extension GatewaySettings.Remote {
    fileprivate init(_ snapshot: ConfigSnapshot) {
        func credential(_ setting: String) -> GatewayCredential? {
            snapshot.string(setting)?.notBlank.map { GatewayCredential(value: $0, source: setting) }
        }
        url = snapshot.string("gateway.remote.url")
        token = credential("gateway.remote.token")
        password = credential("gateway.remote.password")
        tlsFingerprint = snapshot.string("gateway.remote.tlsFingerprint")
        allowInsecure = snapshot.bool("gateway.remote.allowInsecure") ?? false
    }
}
