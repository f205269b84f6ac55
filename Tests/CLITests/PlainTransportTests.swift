import Platform
import Testing

@testable import CLI

/// reliability.md 2.4, oc#21158: where a token may go in the clear.
@Test func oc21158PlainTransportIsJudgedByTheAddress() {
    let table: [(String, PlainTransport.Ground)] = [
        ("127.0.0.1", .loopback), ("127.255.255.255", .loopback), ("::1", .loopback), ("::ffff:127.0.0.1", .loopback),
        ("100.64.0.0", .vpn), ("100.127.255.255", .vpn), ("100.63.255.255", .open), ("100.128.0.0", .open),
        ("::ffff:100.64.0.1", .vpn), ("fd7a:115c:a1e0::1", .vpn), ("fd7a:115c:a1e1::1", .privateNetwork),
        ("10.0.0.1", .privateNetwork), ("9.255.255.255", .open), ("11.0.0.0", .open),
        ("172.16.0.1", .privateNetwork), ("172.31.255.255", .privateNetwork), ("172.15.255.255", .open),
        ("172.32.0.0", .open), ("192.168.1.1", .privateNetwork), ("192.167.255.255", .open),
        ("169.254.1.1", .privateNetwork), ("fe80::1", .privateNetwork), ("fc00::1", .privateNetwork),
        ("8.8.8.8", .open), ("2001:db8::1", .open), ("0.0.0.0", .open), ("::", .open), ("::ffff:8.8.8.8", .open),
    ]
    for (text, ground) in table {
        #expect(PlainTransport.ground(of: SocketAddress(host: text, port: 1)!) == ground, "\(text)")
    }
}

@Test func aPrivateNetworkNeedsItsOwnersWord() {
    let lan = [SocketAddress(host: "192.168.1.5", port: 18789)!]
    #expect(PlainTransport.refusal(host: "pi", lan, allowsPrivate: true) == nil)
    let refusal = PlainTransport.refusal(host: "pi", lan, allowsPrivate: false)
    #expect(refusal?.failure.details.contains { $0.contains("gateway.remote.allowInsecure") } == true)
    let open = [SocketAddress(host: "8.8.8.8", port: 18789)!]
    let refused = PlainTransport.refusal(host: "gw.example", open, allowsPrivate: true)
    #expect(refused?.failure.details.contains { $0.contains("allowInsecure") } == false)
    #expect(refused?.failure.message.contains("gw.example (8.8.8.8") == true)
}

/// The connection may go to any of a name's addresses, so one that is not allowed is enough.
@Test func oneBadAddressIsEnough() {
    let mixed = [SocketAddress.loopback(port: 1), SocketAddress(host: "8.8.8.8", port: 1)!]
    #expect(PlainTransport.refusal(host: "rebound.example", mixed, allowsPrivate: true) != nil)
}
