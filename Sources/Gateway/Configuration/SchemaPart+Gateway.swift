import Agents
import Channels
import Failover
import Models
import Platform
package import Settings

extension ConfigSchema {
    /// Every setting of the product.
    package static let product = ConfigSchema(parts: [
        .gateway, .gatewayKept, .logging, .models, .channels, .agents, .messages, .sessions, .tools, .cron, .hooks,
        .canvas, .failover, .configuration,
        .openClaw,
    ])
}

extension SchemaPart {
    private static let operatorScopes = [
        "operator.admin", "operator.approvals", "operator.pairing", "operator.read", "operator.talk.secrets",
        "operator.write",
    ]

    /// `gateway`: how it listens, whom it lets in, what it serves.
    package static let gateway = SchemaPart([
        .restart("gateway.mode", .oneOf(["local", "remote"]), "`local` to run a gateway here; without it none starts"),
        .restart(
            "gateway.port", .port,
            "the one port; `--port` and OPENCLAW_GATEWAY_PORT go before it; 18789, dev profile 19001"),
        .restart(
            "gateway.bind", .oneOf(BindMode.allCases.map(\.rawValue)), default: "loopback",
            "where it listens: this host only, every interface, the VPN's, one address"),
        .restart("gateway.customBindHost", .string, "the address for `bind: \"custom\"`"),
        .hot(
            "gateway.auth.mode", .oneOf(AuthMode.allCases.map(\.rawValue)),
            "how clients prove themselves; `token`, or `password` when only a password is given"),
        .hot(
            "gateway.auth.token", .secret,
            "the shared token; else OPENCLAW_GATEWAY_TOKEN, else on loopback a random one for each run"),
        .hot("gateway.auth.password", .secret, "the shared password; else OPENCLAW_GATEWAY_PASSWORD"),
        .hot(
            "gateway.auth.allowTailscale", .boolean,
            "take the identity that Tailscale Serve proves; on when `tailscale.mode` is `serve`"),
        .hot(
            "gateway.auth.identityScopes.*", .list(.oneOf(operatorScopes)),
            "what an identity proven by a proxy may do, for one connection"),
        .hot(
            "gateway.auth.rateLimit.maxAttempts", .positive, default: 10,
            "wrong credentials from one address before it is locked out"),
        .hot("gateway.auth.rateLimit.windowMs", .positive, default: 60000, unit: "ms", "the time in which they count"),
        .hot("gateway.auth.rateLimit.lockoutMs", .positive, default: 300_000, unit: "ms", "how long it is locked out"),
        .noted("gateway.auth.rateLimit.exemptLoopback", "spare this host; here it is limited like every other"),
        .hot("gateway.auth.trustedProxy.userHeader", .text(.header), "the header in which the proxy names the user"),
        .hot(
            "gateway.auth.trustedProxy.secretHeader.name", .text(.header),
            "the header in which the proxy proves that it is the proxy"),
        .hot("gateway.auth.trustedProxy.secretHeader.value", .secret, "what must stand in it"),
        .hot(
            "gateway.auth.trustedProxy.unixPeer", .boolean, default: false,
            "the proxy comes through `gateway.sock`, which proves it as well"),
        .hot(
            "gateway.auth.trustedProxy.requiredHeaders", .list(.text(.header)), default: [],
            "headers that must be there too"),
        .hot(
            "gateway.auth.trustedProxy.allowUsers", .list(.string), default: [], "the only users let in; none means all"
        ),
        .noted("gateway.auth.trustedProxy.allowLoopback", "let a proxy on this host in; here its proof decides"),
        .restart("gateway.tls.enabled", .boolean, default: false, "TLS on the port"),
        .restart(
            "gateway.tls.autoGenerate", .boolean, default: false,
            "make a certificate of our own when no paths are given"),
        .restart(
            "gateway.tls.certPath", .text(.path),
            "the certificate, in PEM form; a renewed file is taken over at once"),
        .restart("gateway.tls.keyPath", .text(.path), "its private key, in PEM form"),
        .hot(
            "gateway.trustedProxies", .list(.text(.addressRange)), default: [], "proxies whose forwarding headers count"
        ),
        .hot(
            "gateway.allowRealIpFallback", .boolean, default: false, "take X-Real-IP where X-Forwarded-For is missing"),
        .hot(
            "gateway.allowedHosts", .list(.text(.notEmpty)), default: [],
            "further names in the Host field that are answered"),
        .hot("gateway.controlUi.enabled", .boolean, default: true, "serve the Control UI"),
        .restart("gateway.controlUi.basePath", .string, default: "", "the path it is under"),
        .restart("gateway.controlUi.root", .text(.path), "its files, in the place of those built in"),
        .hot(
            "gateway.controlUi.allowedOrigins", .list(.text(.origin)), default: [],
            "pages that may connect from a browser"),
        .hot(
            "gateway.controlUi.allowInsecureAuth", .boolean, default: false,
            "let the Control UI in without a device key, where a page has none"),
        .restart(
            "gateway.metrics.enabled", .boolean, default: false, "Prometheus text at `/metrics`, on this host only"),
        .restart("gateway.metrics.port", .port, "its port; the gateway's port + 3"),
        .hot("gateway.http.lenientModel", .boolean, default: false, "take any name of a model for the default agent"),
        .hot(
            "gateway.http.endpoints.chatCompletions.enabled", .boolean,
            "serve `/v1/chat/completions`; on by default on loopback with authentication, off elsewhere"),
        .hot(
            "gateway.http.endpoints.chatCompletions.maxBodyBytes", .positive, default: 20_971_520, unit: "bytes",
            "largest request"),
        .hot("gateway.http.endpoints.chatCompletions.maxImageParts", .count, default: 8, "pictures in one request"),
        .hot(
            "gateway.http.endpoints.chatCompletions.maxTotalImageBytes", .positive, default: 20_971_520, unit: "bytes",
            "pictures of one request together"),
        .hot(
            "gateway.http.endpoints.chatCompletions.images.allowUrl", .boolean, default: false,
            "fetch pictures that requests name by URL; private addresses never"),
        .hot(
            "gateway.http.endpoints.chatCompletions.images.urlAllowlist", .list(.text(.notEmpty)), default: [],
            "the only hosts they may come from, `*.` for all below one; none means any"),
        .hot(
            "gateway.http.endpoints.chatCompletions.images.maxBytes", .positive, default: 10_485_760, unit: "bytes",
            "largest fetched picture"),
        .hot(
            "gateway.http.endpoints.responses.enabled", .boolean,
            "serve `/v1/responses`; on by default on loopback with authentication, off elsewhere"),
        .hot(
            "gateway.http.endpoints.responses.maxBodyBytes", .positive, default: 20_971_520, unit: "bytes",
            "largest request"),
        .hot(
            "gateway.http.endpoints.responses.images.allowUrl", .boolean, default: false,
            "as `chatCompletions.images.allowUrl`"),
        .hot(
            "gateway.http.endpoints.responses.images.urlAllowlist", .list(.text(.notEmpty)), default: [],
            "as `chatCompletions.images.urlAllowlist`"),
        .hot(
            "gateway.http.endpoints.responses.images.maxBytes", .positive, default: 10_485_760, unit: "bytes",
            "as `chatCompletions.images.maxBytes`"),
        .hot(
            "gateway.http.endpoints.models.enabled", .boolean,
            "serve `/v1/models`; on when chat completions or responses are"),
        .hot(
            "gateway.http.endpoints.embeddings.enabled", .boolean,
            "serve `/v1/embeddings`; on when chat completions or responses are"),
        .hot(
            "gateway.http.endpoints.embeddings.maxBodyBytes", .positive, default: 1_048_576, unit: "bytes",
            "largest request"),
        .restart(
            "gateway.http.securityHeaders.strictTransportSecurity", .either([.string, .boolean]),
            "the Strict-Transport-Security field, for origins that are served by TLS only"),
        .hot(
            "gateway.reload.mode", .oneOf(ReloadPlan.Mode.allCases.map(\.rawValue)), default: "hybrid",
            "what a changed file does"),
        .hot(
            "gateway.reload.debounceMs", .count, default: 300, unit: "ms",
            "quiet after the last change before it is read"),
        .hot(
            "gateway.reload.deferralTimeoutMs", .count, default: 300_000, unit: "ms",
            "how long a restart that spares runs waits for them; 0: for ever"),
        .hot("commands.restart", .boolean, default: true, "whether `/restart` and SIGUSR1 start the gateway anew"),
        .foreign("commands.*", "other commands in chats, and who may give them"),
        .hot(
            "gateway.remote.url", .text(.socketURL), "the gateway that commands speak to, when it is not the one here"),
        .hot("gateway.remote.transport", .oneOf(["ssh", "direct"]), default: "ssh", "how it is reached"),
        .hot("gateway.remote.token", .secret, "its token"),
        .hot("gateway.remote.password", .secret, "its password"),
        .hot("gateway.remote.tlsFingerprint", .string, "SHA-256 of its certificate, when it is its own authority"),
        .hot("gateway.remote.allowInsecure", .boolean, default: false, "speak to it without TLS in a private network"),
        .hot("gateway.remote.sshTarget", .string, "user and host for the tunnel"),
        .hot("gateway.remote.sshIdentity", .text(.path), "the key for the tunnel"),
        .hot("gateway.remote.remotePort", .port, default: 18789, "its port at the far end of the tunnel"),
        .hot("gateway.nodes.allowCommands", .list(.string), default: [], "further commands that nodes may be given"),
        .hot("gateway.nodes.denyCommands", .list(.string), default: [], "commands that no node is given"),
        .hot("gateway.nodes.commands.allow", .list(.string), default: [], "the newer name of `allowCommands`"),
        .hot("gateway.nodes.commands.deny", .list(.string), default: [], "the newer name of `denyCommands`"),
        .restart(
            "gateway.tailscale.mode", .oneOf(["off", "serve", "funnel"]), default: "off",
            "publish the port by Tailscale"),
        .restart("gateway.tailscale.resetOnExit", .boolean, default: false, "take that back at the end"),
    ])

    /// What else OpenClaw has under `gateway`.
    package static let gatewayKept = SchemaPart([
        .foreign("gateway.publicOrigin", "the origin that the world sees"),
        .foreign("gateway.auth.trustedProxy.deviceAutoApprove", "browsers approved because a proxy knows their user"),
        .foreign("gateway.cloudflareAccess", "identities proven by Cloudflare Access"),
        .foreign("gateway.tls.caPath", "authorities for certificates of clients"),
        .foreign("gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback", "trust the Host field; never done here"),
        .foreign("gateway.controlUi.dangerouslyDisableDeviceAuth", "no device keys at all; never done here"),
        .foreign("gateway.controlUi.embedSandbox", "frames in chats"),
        .foreign("gateway.controlUi.allowExternalEmbedUrls", "frames from elsewhere"),
        .foreign("gateway.controlUi.github", "previews of GitHub links"),
        .foreign("gateway.controlUi.toolTitles", "titles of tool calls"),
        .foreign("gateway.controlUi.automaticallyFetchFavicons", "icons of links"),
        .foreign("gateway.cliAgents", "agents that are programs"),
        .foreign("gateway.terminal", "a shell for operators"),
        .foreign("gateway.webchat", "limits of the web chat"),
        .foreign("gateway.push", "notifications to phones"),
        .foreign("gateway.nodes.pairing", "nodes approved without being asked"),
        .foreign("gateway.nodes.browser", "which node's browser is used"),
        .foreign("gateway.http.endpoints.chatCompletions.images.allowedMimes", "kinds of pictures"),
        .foreign("gateway.http.endpoints.chatCompletions.images.maxRedirects", "how often a picture may be elsewhere"),
        .foreign("gateway.http.endpoints.chatCompletions.images.timeoutMs", "time to fetch one"),
        .foreign("gateway.http.endpoints.responses.files", "files by URL"),
        .foreign("gateway.http.endpoints.responses.images.allowedMimes", "kinds of pictures"),
        .foreign("gateway.http.endpoints.responses.images.maxRedirects", "how often a picture may be elsewhere"),
        .foreign("gateway.http.endpoints.responses.images.timeoutMs", "time to fetch one"),
        .foreign("gateway.http.endpoints.responses.maxUrlParts", "URLs in one request"),
        .foreign("gateway.remote.sshHostKeyPolicy", "which host keys the macOS app trusts"),
        .foreign("gateway.tailscale.preserveFunnel", "leave a funnel alone that is there"),
        .foreign("gateway.tailscale.serviceName", "a named Tailscale service"),
        .foreign("gateway.channelHealthCheckMinutes", "how often quiet channels are looked at"),
        .foreign("gateway.channelStaleEventThresholdMinutes", "when a quiet channel counts as stuck"),
        .foreign("gateway.channelMaxRestartsPerHour", "how often one is started again"),
        .foreign("gateway.handshakeTimeoutMs", "time for the first frame"),
        .foreign("discovery", "how the gateway makes itself known in the network"),
    ])

    /// `logging`: what is kept and what is shown.
    package static let logging = SchemaPart([
        .hot(
            "logging.level", .oneOf(levels), default: "info", "what the file keeps; OPENCLAW_LOG_LEVEL goes before it"),
        .restart("logging.file", .text(.path), "the file, in the place of the one in the state directory"),
        .restart(
            "logging.maxFileBytes", .integer(65_536...1_073_741_824), default: 10_485_760, unit: "bytes",
            "when the next file is begun"),
        .hot("logging.consoleLevel", .oneOf(levels), default: "info", "what the terminal shows; `--verbose` shows all"),
        .restart(
            "logging.consoleStyle", .oneOf(["pretty", "compact", "json"]), default: "pretty", "how it is shown there"),
        .noted("logging.redactSensitive", "whether secrets are hidden; here they always are"),
        .foreign("logging.redactPatterns", "further texts to hide"),
        .foreign("logging.audit", "a record of what agents did"),
    ])

    private static let levels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"]
}
