package import Wire

/// Somebody who can tell this node that it is not itself cut off.
package enum Witness: Hashable, Sendable, CustomStringConvertible {
    /// The router that this host's packets leave through.
    case defaultGateway
    /// The name server that this host asks.
    case nameServer
    case tcp(host: String, port: UInt16)
    case url(WebURL)

    /// What may be written, in words that complete "… is not allowed;".
    static let allowed = "gateway, dns, tcp:host:port, or a URL that begins with http:// or https://"

    /// Nil for a text that means none.
    package init?(_ text: String) {
        switch text {
        case "gateway": self = .defaultGateway
        case "dns": self = .nameServer
        default:
            if text.hasPrefix("tcp:") {
                guard let endpoint = Self.endpoint(text.dropFirst(4)) else { return nil }
                self = endpoint
            } else if let url = try? WebURL(text), url.scheme == .http || url.scheme == .https {
                self = .url(url)
            } else {
                return nil
            }
        }
    }

    /// `host:port`; an IPv6 address stands in brackets.
    private static func endpoint(_ text: Substring) -> Witness? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "/") }) else { return nil }
        return .tcp(host: String(host), port: port)
    }

    package var description: String {
        switch self {
        case .defaultGateway: "gateway"
        case .nameServer: "dns"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        // Its path may hold a secret.
        case .url(let url): "\(url.scheme.rawValue)://\(url.authority)"
        }
    }
}
