/// An HTTP proxy that opens tunnels (RFC 9110 section 9.3.6).
package struct Proxy: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    /// What the Proxy-Authorization field says, if a name and a password are set.
    package let authorization: String?
    /// The setting it comes from, for messages.
    package let source: String

    /// Without name and password.
    package var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// `http://user:password@host:port`, of which all but the host may be left out.
    package init(_ text: String, source: String) throws(DialError) {
        // The text may hold a password: no message repeats it.
        func refusal(_ reason: String) -> DialError { .proxy("\(source) names no proxy that can be used: \(reason)") }
        var rest = text[...]
        if let end = rest.firstIndex(of: ":"), rest[end...].hasPrefix("://") {
            let scheme = rest[..<end].lowercased()
            guard scheme == "http" else {
                throw refusal("only http:// proxies are supported, not \(scheme.prefix(16))://")
            }
            rest = rest[end...].dropFirst(3)
        }
        rest = rest.prefix { !"/?#".contains($0) }
        if let at = rest.lastIndex(of: "@") {
            guard let user = Self.percentDecoded(rest[..<at]) else {
                throw refusal("a % in its name or password must be written as %25")
            }
            let pair = user.contains(UInt8(ascii: ":")) ? user : user + [UInt8(ascii: ":")]
            authorization = "Basic " + Base64.standard.encode(pair)
            rest = rest[rest.index(after: at)...]
        } else {
            authorization = nil
        }
        guard let (host, port) = Self.split(rest) else {
            throw refusal("write it as http://host:port")
        }
        guard SocketAddress(host: host, port: 0) != nil || HostName.isValid(host) else {
            throw refusal("\"\(host.prefix(HostName.lengthLimit))\" is not a host name")
        }
        self.host = host
        self.port = port ?? 80
        self.source = source
    }

    /// `host`, `host:port`, `[address]` or `[address]:port`.
    static func split(_ text: Substring) -> (host: String, port: UInt16?)? {
        var host = text
        var port: UInt16?
        let isBracketed = text.first == "["
        if let colon = text.lastIndex(of: ":"), !isBracketed || text[..<colon].last == "]" {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else { return nil }
            (host, port) = (text[..<colon], number)
        }
        if isBracketed {
            guard host.last == "]", IPv6Address(String(host.dropFirst().dropLast())) != nil else { return nil }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), port)
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), let value = Hex.decode(digits), value.count == 1 else {
                return nil
            }
            bytes += value
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
