import Platform

/// The origin of a web page: scheme, host and port. Another port is another origin (RFC 6454 section 4).
struct WebOrigin: Hashable, Sendable {
    let scheme: String
    let host: String
    /// Nil for schemes without a port of their own, such as a browser extension's.
    let port: UInt16?

    /// An origin as browsers write it. Nil for anything else, `null` included.
    init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        let scheme = text[..<colon].lowercased()
        var host = text[colon...].dropFirst(3)
        guard !scheme.isEmpty, !host.isEmpty, !host.utf8.contains(where: { "/?#@\\ \t".utf8.contains($0) }) else {
            return nil
        }
        var port: UInt16? = scheme == "http" ? 80 : scheme == "https" ? 443 : nil
        if let last = host.lastIndex(of: ":"), !host[last...].utf8.contains(UInt8(ascii: "]")) {
            guard let number = UInt16(host[host.index(after: last)...]) else { return nil }
            port = number
            host = host[..<last]
        }
        self.scheme = scheme
        self.port = port
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = IPv6Address(String(host.dropFirst().dropLast())) else { return nil }
            self.host = "[\(address)]"
        } else {
            guard !host.contains(":") else { return nil }
            self.host = HostName.canonical(String(host))
        }
        guard !self.host.isEmpty else { return nil }
    }
}

/// The origins whose pages may talk to this gateway (reliability.md section 2.1).
struct OriginAllowList: Sendable {
    private let allowed: Set<WebOrigin>

    /// `allowed` is `gateway.controlUi.allowedOrigins`.
    init(_ allowed: [String] = []) { self.allowed = Set(allowed.compactMap { WebOrigin($0) }) }

    /// The entry that `text` is.
    func entry(_ text: String) -> WebOrigin? { WebOrigin(text).flatMap { allowed.contains($0) ? $0 : nil } }

    /// `host` is the request's own, which the host allow-list has let through: a page of the same scheme, host and port
    /// came from this gateway.
    func allows(_ text: String, host: String, isEncrypted: Bool) -> Bool {
        guard let origin = WebOrigin(text) else { return false }
        if allowed.contains(origin) { return true }
        return origin == WebOrigin("\(isEncrypted ? "https" : "http")://\(host)")
    }
}
