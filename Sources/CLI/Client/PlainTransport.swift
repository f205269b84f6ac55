import Platform

/// Where a token may go unencrypted: to this machine, into a VPN that encrypts, and into another private network only
/// where its owner said so.
enum PlainTransport {
    enum Ground: Sendable, Equatable {
        case loopback
        /// Tailscale's ranges: 100.64.0.0/10 and fd7a:115c:a1e0::/48.
        case vpn
        case privateNetwork
        case open
    }

    static func ground(of address: SocketAddress) -> Ground {
        switch address {
        case .unix: .loopback
        case .v4(let address, _): ground(of: address)
        case .v6(let address, _, _): address.mapped.map { ground(of: $0) } ?? ground(of: address)
        }
    }

    private static func ground(of address: IPv4Address) -> Ground {
        if address.isLoopback { return .loopback }
        let bits = address.bits
        if bits >> 22 == 0x6440_0000 >> 22 { return .vpn }
        // RFC 1918, and link-local addresses (RFC 3927).
        let isPrivate = bits >> 24 == 10 || bits >> 20 == 0xac1 || bits >> 16 == 0xc0a8 || bits >> 16 == 0xa9fe
        return isPrivate ? .privateNetwork : .open
    }

    private static func ground(of address: IPv6Address) -> Ground {
        if address.isLoopback { return .loopback }
        let bytes = address.bytes
        if bytes.starts(with: [0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0]) { return .vpn }
        // RFC 4193, and link-local addresses (RFC 4291 section 2.5.6).
        let isPrivate = bytes[0] & 0xfe == 0xfc || (bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80)
        return isPrivate ? .privateNetwork : .open
    }

    /// Nil when a token may be sent to all of `addresses`, since the connection may go to any of them.
    static func refusal(host: String, _ addresses: [SocketAddress], allowsPrivate: Bool) -> PlainRefusal? {
        for address in addresses {
            switch ground(of: address) {
            case .loopback, .vpn: continue
            case .privateNetwork where allowsPrivate: continue
            case let ground: return PlainRefusal(host: host, address: address, ground: ground)
            }
        }
        return nil
    }
}

/// A plain `ws://` address that is not connected to.
struct PlainRefusal: Error, Equatable {
    let host: String
    let address: SocketAddress
    let ground: PlainTransport.Ground

    var failure: CommandFailure {
        let isAddress = address.port.flatMap { SocketAddress(host: host, port: $0) } == address
        let shown = isAddress ? host : "\(host) (\(address))"
        var ways = [
            "use wss://, with gateway.tls.enabled on the gateway",
            "or a VPN address (100.64.0.0/10, fd7a:115c:a1e0::/48): the VPN encrypts",
            "or a tunnel: ssh -N -L 18790:127.0.0.1:18789 <user>@\(host), then --url ws://127.0.0.1:18790",
        ]
        if ground == .privateNetwork {
            ways.append(
                "or, where everyone on that network may read the token: "
                    + "openclaw config set gateway.remote.allowInsecure true")
        }
        return CommandFailure(
            .notGood, "plain-transport",
            "refusing plain ws:// to \(shown): the token could be read on the way", details: ways)
    }
}
