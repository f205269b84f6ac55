import Gateway
import Platform
import Settings
import Wire

/// Finds the ways to the gateway that a command is meant for, the best first.
struct RouteFinder {
    let invocation: Invocation
    let settings: ClientSettings

    func routes() throws(CommandFailure) -> [GatewayRoute] {
        if let url = invocation["--url"] { return [try named(url, "--url")] }
        if settings.isRemote {
            guard let url = settings.remoteURL else {
                throw CommandFailure(
                    .willNotStart, "no-remote-url", "gateway.mode is remote and gateway.remote.url is not set",
                    next: ["\(invocation.program) config set gateway.remote.url wss://<host>"])
            }
            return [try remote(url)]
        }
        return [socket, try local()]
    }

    var socket: GatewayRoute { GatewayRoute(.socket(path: invocation.instance.socketPath)) }

    /// The listener of this host's gateway.
    func local() throws(CommandFailure) -> GatewayRoute {
        let host = settings.customHost ?? "127.0.0.1"
        let running = invocation.instance.requestedPort == nil ? ProcessQuery(invocation: invocation).port : nil
        let port = running ?? settings.port
        var route = GatewayRoute(.url(try url("\(scheme)://\(bracketed(host)):\(port)/", "gateway.port")))
        route.pin = settings.usesTLS ? ownPin ?? settings.remotePin : nil
        route.allowsPlainPrivate = settings.allowsPlainPrivate
        return try withCredentials(route, settings.token, settings.password)
    }

    /// This gateway's certificate is often signed by itself alone: it is believed because it lies where it lies.
    private var ownPin: CertificateFingerprint? {
        guard let path = settings.certificatePath, let bytes = try? FileReading.read(path, limit: Self.certificateLimit)
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        let body = lines.drop { !$0.hasPrefix("-----BEGIN CERTIFICATE") }.dropFirst().prefix { !$0.hasPrefix("-----") }
        return Base64.standard.decode(body.joined()).map { CertificateFingerprint(der: $0) }
    }

    private static let certificateLimit = 256 * 1024

    func remote(_ text: String) throws(CommandFailure) -> GatewayRoute {
        var route = GatewayRoute(.url(try url(text, "gateway.remote.url")))
        route.pin = settings.remotePin
        route.allowsPlainPrivate = settings.allowsPlainPrivate
        return try withCredentials(route, settings.remoteToken, settings.remotePassword)
    }

    /// An address from the command line. The configuration's secrets are for the configuration's gateways: they go to
    /// another address only when they are given with it.
    private func named(_ text: String, _ source: String) throws(CommandFailure) -> GatewayRoute {
        let address = try url(text, source)
        if let known = settings.remoteURL.flatMap({ try? WebURL($0) }), known == address { return try remote(text) }
        if let own = try local().url, own == address { return try local() }
        var route = GatewayRoute(.url(address))
        route.pin = settings.remotePin
        route.allowsPlainPrivate = settings.allowsPlainPrivate
        route = try withCredentials(route, nil, nil)
        if route.credentialSource == nil {
            route.withheld =
                "none is given for this --url, and those of the configuration are kept for its own gateways; "
                + "add --token \(SecretArgument.forms)"
        }
        return route
    }

    private func withCredentials(
        _ route: GatewayRoute, _ token: GatewayCredential?, _ password: GatewayCredential?
    ) throws(CommandFailure) -> GatewayRoute {
        var route = route
        (route.token, route.password) = (token, password)
        let given = [("--token", true), ("--password", false)]
        for (flag, isToken) in given {
            guard let text = invocation[flag] else { continue }
            let secret = try SecretArgument.read(text, flag: flag, invocation.environment, invocation.output)
            if isToken { (route.token, route.password) = (secret, nil) } else { route.password = secret }
        }
        return route
    }

    private var scheme: String { settings.usesTLS ? "wss" : "ws" }

    private func bracketed(_ host: String) -> String { IPv6Address(host) == nil ? host : "[\(host)]" }

    private func url(_ text: String, _ source: String) throws(CommandFailure) -> WebURL {
        let url: WebURL
        do throws(WebURLError) {
            url = try WebURL(text)
        } catch {
            throw .badURL(source, error.description)
        }
        guard url.scheme == .ws || url.scheme == .wss else {
            throw .badURL(source, "it must begin with ws:// or wss://")
        }
        return url
    }
}

extension CommandFailure {
    /// The address itself is not repeated: it may hold a token.
    fileprivate static func badURL(_ source: String, _ reason: String) -> CommandFailure {
        CommandFailure(
            .usage, "usage", "\(source) is no address of a gateway: \(reason)",
            details: ["for example ws://127.0.0.1:18789 or wss://gateway.example"])
    }
}
