/// What the command line of `gateway run` says; nil where it says nothing. The port is the instance's.
package struct GatewayFlags: Hashable, Sendable {
    package var bind: String?
    package var auth: String?
    package var token: String?
    /// From a file or a terminal, never from an argument.
    package var password: String?
    package var tailscale: String?
    package var allowUnconfigured = false
    package var frameLog = FrameLogStyle.auto
    package var isVerbose = false

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

/// `--ws-log`: what the log shows of the frames of clients.
package enum FrameLogStyle: String, CaseIterable, Sendable {
    /// Compact with `--verbose`, else nothing.
    case auto
    /// A line each: direction, kind, method or event, how it went.
    case compact
    /// With parameters and payloads, secrets taken out.
    case full
}
