/// Which connections go through a proxy, by the variables that every program reads: `https_proxy` for secured ones,
/// `http_proxy` for plain ones, `all_proxy` for both, `no_proxy` for exceptions. Lower case goes first, as with curl.
package struct ProxySettings: Sendable {
    package static let none = ProxySettings([:])

    private let secured: Result<Proxy, DialError>?
    private let plain: Result<Proxy, DialError>?
    private let exceptions: ProxyExceptions

    package init(_ environment: Environment) {
        func read(_ names: [String]) -> (name: String, value: String)? {
            for name in names {
                if let value = environment[name] { return (name, value) }
            }
            return nil
        }
        func proxy(_ names: [String]) -> Result<Proxy, DialError>? {
            guard let (name, value) = read(names) else { return nil }
            return Result { () throws(DialError) in try Proxy(value, source: name) }
        }
        // In a CGI program HTTP_PROXY would be a request's Proxy field (CVE-2016-5385).
        let isCGI = environment["REQUEST_METHOD"] != nil
        secured = proxy(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        plain = proxy(["http_proxy"] + (isCGI ? [] : ["HTTP_PROXY"]) + ["all_proxy", "ALL_PROXY"])
        exceptions = ProxyExceptions(read(["no_proxy", "NO_PROXY"])?.value ?? "")
    }

    /// The proxy on the way to a host; nil for the direct way. Throws when the setting that counts is of no use.
    package func proxy(forHost host: String, port: UInt16, isSecure: Bool) throws(DialError) -> Proxy? {
        guard let setting = isSecure ? secured : plain, !exceptions.contains(host, port: port) else { return nil }
        return try setting.get()
    }
}

/// The hosts that `no_proxy` exempts.
struct ProxyExceptions: Sendable {
    private enum Pattern: Hashable {
        case all
        /// This domain and all below.
        case domain(String)
        /// The leading bits of an address.
        case network([UInt8], bits: Int)
    }

    private struct Rule: Hashable {
        let pattern: Pattern
        let port: UInt16?
    }

    private let rules: [Rule]

    /// Entries separated by commas or blanks: `*`, names (with or without a leading dot or `*.`), addresses, networks
    /// as `10.0.0.0/8`; each but a network may end in a port. An entry that is none of these matches nothing.
    init(_ text: String) {
        rules = text.split { $0 == "," || $0.isWhitespace }.compactMap(Self.rule)
    }

    /// What runs on this machine is never asked for through another one.
    func contains(_ host: String, port: UInt16) -> Bool {
        let host = HostName.canonical(host)
        let address = Self.bytes(host)
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        if IPv4Address(host)?.isLoopback == true || IPv6Address(host)?.isLoopback == true { return true }
        return rules.contains { rule in
            guard rule.port == nil || rule.port == port else { return false }
            switch rule.pattern {
            case .all: return true
            case .domain(let domain): return address == nil && (host == domain || host.hasSuffix("." + domain))
            case .network(let network, let bits): return address.map { Self.agree($0, network, bits) } ?? false
            }
        }
    }

    private static func rule(_ entry: Substring) -> Rule? {
        if entry == "*" { return Rule(pattern: .all, port: nil) }
        if let slash = entry.lastIndex(of: "/") {
            guard let network = bytes(entry[..<slash]), let bits = Int(entry[entry.index(after: slash)...]),
                (0...network.count * 8).contains(bits)
            else { return nil }
            return Rule(pattern: .network(network, bits: bits), port: nil)
        }
        if let address = bytes(entry) { return Rule(pattern: .network(address, bits: address.count * 8), port: nil) }
        guard let (host, port) = Proxy.split(entry) else { return nil }
        if let address = bytes(host) {
            return Rule(pattern: .network(address, bits: address.count * 8), port: port)
        }
        let domain = host.hasPrefix("*.") ? host.dropFirst(2) : host.hasPrefix(".") ? host.dropFirst() : host[...]
        guard HostName.isValid(String(domain)) else { return nil }
        return Rule(pattern: .domain(HostName.canonical(String(domain))), port: port)
    }

    /// An address as its bytes; an IPv4 address inside IPv6 counts as what it is.
    private static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        if let address = IPv4Address(String(text)) { return bytes(address) }
        guard let address = IPv6Address(String(text)) else { return nil }
        return address.mapped.map(bytes) ?? address.bytes
    }

    private static func bytes(_ address: IPv4Address) -> [UInt8] {
        withUnsafeBytes(of: address.bits.bigEndian) { Array($0) }
    }

    private static func agree(_ a: [UInt8], _ b: [UInt8], _ bits: Int) -> Bool {
        guard a.count == b.count else { return false }
        let (whole, rest) = bits.quotientAndRemainder(dividingBy: 8)
        guard a[..<whole] == b[..<whole] else { return false }
        return rest == 0 || (a[whole] ^ b[whole]) >> UInt8(8 - rest) == 0
    }
}

extension Result {
    /// The outcome of `body`, its error's type kept.
    fileprivate init(_ body: () throws(Failure) -> Success) {
        do throws(Failure) { self = .success(try body()) } catch { self = .failure(error) }
    }
}
