import Platform

/// Why a text is no address that this program would go to. The text itself is not repeated: an address may hold a
/// token.
package struct WebURLError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// An absolute `http`, `https`, `ws` or `wss` address (RFC 3986), read strictly: what two programs could read
/// differently is refused rather than repaired.
package struct WebURL: Hashable, Sendable {
    package enum Scheme: String, CaseIterable, Sendable {
        case http, https, ws, wss

        package var isSecure: Bool { self == .https || self == .wss }
        package var defaultPort: UInt16 { isSecure ? 443 : 80 }
    }

    /// Bytes of a whole address.
    package static let lengthLimit = 8 * 1024

    package let scheme: Scheme
    /// A name in lower case, or an IP address; IPv6 without its brackets.
    package let host: String
    package let port: UInt16
    /// As it is sent: percent-encoded, and at least "/".
    package let path: String
    /// As it is sent, without the question mark; nil when there is none.
    package let query: String?

    /// Reads an address. A fragment is dropped: it is never sent (RFC 9110 section 7.1).
    package init(_ text: String) throws(WebURLError) {
        try self.init(Array(text.utf8), repairing: false)
    }

    init(_ bytes: [UInt8], repairing: Bool) throws(WebURLError) {
        guard bytes.count <= Self.lengthLimit else {
            throw WebURLError("a URL of more than \(Self.lengthLimit) bytes")
        }
        var rest = bytes[...]
        scheme = try Self.takeScheme(&rest)
        let authorityEnd = rest.firstIndex { Self.endsAuthority($0) } ?? rest.endIndex
        (host, port) = try Self.authority(rest[..<authorityEnd], scheme: scheme)
        (path, query) = try Self.pathAndQuery(rest[authorityEnd...], repairing: repairing)
    }

    init(scheme: Scheme, host: String, port: UInt16, path: String, query: String?) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.query = query
    }

    /// The host as it stands in a URL: IPv6 in brackets.
    private var hostInURL: String { host.utf8.contains(ASCII.colon) ? "[\(host)]" : host }

    /// The Host field's value: the port only where it is not the scheme's own (RFC 9110 section 7.2).
    package var authority: String { port == scheme.defaultPort ? hostInURL : "\(hostInURL):\(port)" }

    /// Host and port, as errors name the peer.
    package var peer: String { "\(hostInURL):\(port)" }

    /// Path and query: the request line's target (RFC 9112 section 3.2.1).
    package var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// The whole address. It may hold secrets, so errors and logs take `peer`.
    package var text: String { "\(scheme.rawValue)://\(authority)\(target)" }

    package func hasSameOrigin(as other: WebURL) -> Bool {
        scheme.isSecure == other.scheme.isSecure && host == other.host && port == other.port
    }
}

// MARK: Reading

extension WebURL {
    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == ASCII.slash || byte == ASCII.question || byte == ASCII.hash
    }

    private static func takeScheme(_ rest: inout ArraySlice<UInt8>) throws(WebURLError) -> Scheme {
        for scheme in Scheme.allCases {
            let front = Array("\(scheme.rawValue)://".utf8)
            guard rest.count >= front.count else { continue }
            if zip(rest, front).allSatisfy({ ASCII.lowercased($0) == $1 }) {
                rest = rest.dropFirst(front.count)
                return scheme
            }
        }
        let known = Scheme.allCases.map { "\($0.rawValue)://" }.joined(separator: ", ")
        throw WebURLError("a URL must begin with one of \(known)")
    }

    private static func authority(
        _ bytes: ArraySlice<UInt8>, scheme: Scheme
    ) throws(WebURLError) -> (host: String, port: UInt16) {
        guard !bytes.contains(ASCII.at) else {
            throw WebURLError("a user name or password in a URL is not allowed: it ends up in logs")
        }
        let hostEnd: Int
        let host: String
        if bytes.first == ASCII.openBracket {
            guard let close = bytes.firstIndex(of: ASCII.closeBracket) else {
                throw WebURLError("an IPv6 address in a URL must end with ]")
            }
            let text = String(decoding: bytes[(bytes.startIndex + 1)..<close], as: UTF8.self)
            guard let address = IPv6Address(text) else { throw WebURLError("not an IPv6 address between [ and ]") }
            host = address.description
            hostEnd = close + 1
        } else {
            hostEnd = bytes.firstIndex(of: ASCII.colon) ?? bytes.endIndex
            host = try WebHost.read(bytes[bytes.startIndex..<hostEnd])
        }
        let rest = bytes[hostEnd...]
        if rest.isEmpty { return (host, scheme.defaultPort) }
        guard rest.first == ASCII.colon else { throw WebURLError("a URL's host must be followed by a port or a path") }
        let digits = Array(rest.dropFirst())
        // RFC 3986 section 3.2.3: a colon without a port stands for the scheme's own.
        if digits.isEmpty { return (host, scheme.defaultPort) }
        guard digits.count <= 5, let number = digits.span.decimal, let port = UInt16(exactly: number), port > 0 else {
            throw WebURLError("a URL's port must be a number from 1 to 65535")
        }
        return (host, port)
    }

    /// Reads what follows the authority.
    static func pathAndQuery(
        _ bytes: ArraySlice<UInt8>, repairing: Bool
    ) throws(WebURLError) -> (path: String, query: String?) {
        let end = bytes.firstIndex(of: ASCII.hash) ?? bytes.endIndex
        _ = try URLText.read(bytes[end...].dropFirst(), URLText.isQuery, repairing: true)
        let pathEnd = bytes[..<end].firstIndex(of: ASCII.question) ?? end
        let path = try URLText.read(bytes[..<pathEnd], ASCII.isPath, repairing: repairing)
        let query =
            pathEnd < end
            ? try URLText.read(bytes[(pathEnd + 1)..<end], URLText.isQuery, repairing: repairing) : nil
        return (path.isEmpty ? "/" : path, query)
    }
}

/// A host's name, or its IPv4 address.
private enum WebHost {
    static func read(_ bytes: ArraySlice<UInt8>) throws(WebURLError) -> String {
        guard !bytes.isEmpty else { throw WebURLError("a URL must name a host") }
        guard bytes.count <= HostName.lengthLimit else {
            throw WebURLError("a host name of more than \(HostName.lengthLimit) characters")
        }
        for byte in bytes {
            if byte >= 128 {
                throw WebURLError("an international host name must be written in its ASCII form (xn--...)")
            }
            guard ASCII.isLetterOrDigit(byte) || byte == 45 || byte == 46 || byte == 95 else {
                throw WebURLError("a host name may hold letters, digits, '-', '.' and '_' only")
            }
        }
        let labels = bytes.split(separator: 46, omittingEmptySubsequences: false)
        guard labels.allSatisfy({ !$0.isEmpty && $0.count <= HostName.labelLimit }) else {
            throw WebURLError("each part of a host name has 1 to \(HostName.labelLimit) characters")
        }
        let host = String(decoding: bytes.map { ASCII.lowercased($0) }, as: UTF8.self)
        // Resolvers take "127.1", "0x7f.1" and "2130706433" for addresses, which no check on names would notice.
        if let last = labels.last, isNumeric(Array(last)), IPv4Address(host) == nil {
            throw WebURLError("an IPv4 address is written as four decimal numbers")
        }
        return host
    }

    private static func isNumeric(_ label: [UInt8]) -> Bool {
        if label.allSatisfy({ $0 &- 48 < 10 }) { return true }
        return label.count >= 2 && label[0] == 48 && ASCII.lowercased(label[1]) == 120
    }
}
