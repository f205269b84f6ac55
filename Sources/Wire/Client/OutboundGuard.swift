package import Platform

/// Keeps requests whose address came from a stranger away from this machine and its networks. It stands where names
/// become addresses: what it lets through is what is connected to, so no second look-up can lead elsewhere, and each
/// redirect passes it anew.
@LoopActor
package final class OutboundGuard: Resolver {
    private let resolver: any Resolver
    /// Networks that their owner lets agents into all the same.
    package var allowed: [IPRange]

    package nonisolated init(_ resolver: any Resolver = SystemResolver.shared, allowed: [IPRange] = []) {
        self.resolver = resolver
        self.allowed = allowed
    }

    /// A client that goes nowhere else. Proxies are not used: they would look names up themselves.
    package static func client(
        _ guarding: OutboundGuard, tls: TLSClientContext = .system, clock: any Clock = EventLoop.shared,
        userAgent: String? = nil
    ) -> HTTPClient {
        HTTPClient(
            connector: HTTPDialer(tls: tls, resolver: guarding, clock: clock), clock: clock, userAgent: userAgent)
    }

    /// Every address of the name must be a public one: a name with one foot inside is refused.
    package func resolve(
        _ host: String, port: UInt16, by deadline: Instant?
    ) async throws(ResolveError) -> [SocketAddress] {
        if let refusal = Self.refusal(name: host) { throw .failed(refusal) }
        let addresses = try await resolver.resolve(host, port: port, by: deadline)
        for address in addresses {
            guard let kind = Self.kind(of: address), !allowed.contains(where: { $0.contains(address) }) else {
                continue
            }
            throw .failed("it leads to \(kind), where no agent's request may go")
        }
        return addresses
    }

    /// Why an agent may not be sent to the host, as far as its text tells.
    package nonisolated static func refusal(host: String) -> String? {
        if let refusal = refusal(name: host) { return refusal }
        return SocketAddress(host: host, port: 0).flatMap { kind(of: $0) }.map {
            "it leads to \($0), where no agent's request may go"
        }
    }

    /// Names that mean a place inside whatever a name server says.
    private nonisolated static func refusal(name: String) -> String? {
        let name = HostName.canonical(name)
        let isInside = innerNames.contains { name == $0 || name.hasSuffix(".\($0)") }
        return isInside ? "\(name) names a place inside this machine or its network" : nil
    }

    /// RFC 6761, RFC 6762, RFC 8375, RFC 9476's neighbour `internal` (reserved by ICANN in 2024).
    private nonisolated static let innerNames = ["localhost", "local", "internal", "home.arpa", "localdomain"]

    // MARK: Addresses

    /// What the address is, when it is no public one: ends the sentence "it leads to …".
    package nonisolated static func kind(of address: SocketAddress) -> String? {
        switch address.unmapped {
        case .unix: "a local socket"
        case .v4(let address, _): kind(of: SocketAddress.v4(address: address, port: 0), in: v4)
        case .v6(let address, _, _): kind(of: address)
        }
    }

    /// Only what IANA gives to the Internet (RFC 4291 section 2.4), and of that nothing with an inner IPv4 address in it.
    private nonisolated static func kind(of address: IPv6Address) -> String? {
        let whole = SocketAddress.v6(address: address, port: 0)
        if let kind = kind(of: whole, in: v6) { return kind }
        let bytes = address.bytes
        var embedded: [ArraySlice<UInt8>] = []
        if nat64.contains(whole) { embedded.append(bytes[12...]) }
        if sixToFour.contains(whole) { embedded.append(bytes[2..<6]) }
        // ISATAP (RFC 5214 section 6.1) may stand below any prefix.
        if bytes[8] & 0xfd == 0, bytes[9...11].elementsEqual([0, 0x5e, 0xfe]) { embedded.append(bytes[12...]) }
        for four in embedded {
            let inner = IPv4Address(bits: four.reduce(0) { $0 << 8 | UInt32($1) })
            if let kind = kind(of: .v4(address: inner, port: 0)) { return "\(kind), in an IPv6 address" }
        }
        if nat64.contains(whole) || global.contains(whole) { return nil }
        return "an address that is not of the Internet"
    }

    private nonisolated static func kind(of address: SocketAddress, in table: [(IPRange, String)]) -> String? {
        table.first { $0.0.contains(address) }?.1
    }

    private nonisolated static let nat64 = IPRange("64:ff9b::/96")!
    private nonisolated static let sixToFour = IPRange("2002::/16")!
    private nonisolated static let global = IPRange("2000::/3")!

    /// RFC 6890 and its registry; the first that fits names it.
    private nonisolated static let v4: [(IPRange, String)] = ranges([
        ("127.0.0.0/8", "this machine"), ("0.0.0.0/8", "this machine"), ("169.254.169.254", "a cloud's metadata"),
        ("100.100.100.200", "a cloud's metadata"), ("168.63.129.16", "a cloud's metadata"),
        ("192.0.0.192", "a cloud's metadata"), ("169.254.0.0/16", "a link-local address"),
        ("10.0.0.0/8", "a private network"), ("172.16.0.0/12", "a private network"),
        ("192.168.0.0/16", "a private network"), ("100.64.0.0/10", "a provider's or VPN's inner network"),
        ("192.0.0.0/24", "a reserved address"), ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a reserved address"), ("198.18.0.0/15", "a network for measurements"),
        ("198.51.100.0/24", "an address for documentation"), ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"), ("240.0.0.0/4", "a reserved address"),
    ])

    private nonisolated static let v6: [(IPRange, String)] = ranges([
        ("::1", "this machine"), ("::", "this machine"), ("fd00:ec2::254", "a cloud's metadata"),
        ("fe80::/10", "a link-local address"), ("fec0::/10", "a private network"), ("fc00::/7", "a private network"),
        ("ff00::/8", "a multicast address"), ("64:ff9b:1::/48", "a private network"),
        ("2001::/23", "a reserved address"), ("2001:db8::/32", "an address for documentation"),
        ("3fff::/20", "an address for documentation"),
    ])

    private nonisolated static func ranges(_ rows: [(String, String)]) -> [(IPRange, String)] {
        rows.map { (IPRange($0.0)!, $0.1) }
    }
}
