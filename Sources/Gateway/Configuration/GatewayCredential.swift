import Platform
import Settings

/// A shared secret and where it comes from. Only the source is ever shown.
package struct GatewayCredential: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let value: String
    /// `gateway.auth.token`, `OPENCLAW_GATEWAY_TOKEN (the environment)`, `--token`.
    package let source: String

    package init(value: String, source: String) {
        self.value = value
        self.source = source
    }

    package var description: String { source }
    package var debugDescription: String { source }

    /// For a gateway on loopback whose owner has set none: authentication stays on, and the local socket needs no token.
    static var ofThisRun: GatewayCredential {
        GatewayCredential(value: Hex.encode(SecureRandom.bytes(24)), source: "this run")
    }

    /// The flag, else the configuration, else the environment. What is blank is none: it would let everyone in.
    static func find(
        _ setting: String, _ variable: String, flag: (value: String?, name: String), in snapshot: ConfigSnapshot
    ) -> GatewayCredential? {
        if let value = flag.value?.notBlank { return GatewayCredential(value: value, source: flag.name) }
        if let value = snapshot.string(setting)?.notBlank { return GatewayCredential(value: value, source: setting) }
        guard let (value, source) = snapshot.environment.find(variable), let value = value.notBlank else { return nil }
        return GatewayCredential(value: value, source: "\(variable) (\(source))")
    }
}

extension String {
    /// Nil when there is nothing to see in it.
    var notBlank: String? { utf8.contains { $0 > 0x20 && $0 != 0x7f } ? self : nil }
}
