/// What the command line of `gateway run` says; nil where it says nothing. The port is the instance's.
package struct GatewayFlags: Hashable, Sendable {
    package var bind: String?
    package var auth: String?
    package var token: String?
    /// From a file or a terminal, never from an argument.
    package var password: String?
    package var tailscale: String?
    package var allowUnconfigured = false

    package init() {}
}

/// `gateway.bind`.
package enum BindMode: String, CaseIterable, Sendable {
    case loopback, lan, tailnet, auto, custom
}

/// `gateway.auth.mode`.
package enum AuthMode: String, CaseIterable, Sendable {
    case token, password, none
    case trustedProxy = "trusted-proxy"
}

/// `gateway.tailscale.mode`.
package enum TailscaleMode: String, CaseIterable, Sendable {
    case off, serve, funnel
}
