import Platform
import Support
import Testing

@testable import Gateway

/// CVE-2026-35656: chains are walked from the right; what stands further left may be invented.
@Suite struct ForwardedChainTests {
    func address(_ text: String) -> SocketAddress { SocketAddress(host: text, port: 0)! }

    @Test func whatIsWrittenIsRead() throws {
        let chain = try #require(
            ForwardedChain(xForwardedFor: ["127.0.0.1, 6.6.6.6:80", "::ffff:1.2.3.4,[2001:db8::1]:5"]))
        #expect(chain.hops == ["127.0.0.1", "6.6.6.6", "1.2.3.4", "2001:db8::1"].map(address))
        let newer = try #require(
            ForwardedChain(forwarded: ["for=192.0.2.43;proto=https, For=\"[2001:db8::17]:4711\"", "by=x;for=6.6.6.6"]))
        #expect(newer.hops == ["192.0.2.43", "2001:db8::17", "6.6.6.6"].map(address))
    }

    @Test(arguments: [
        "", "not an address", "6.6.6.6,,7.7.7.7", "6.6.6.6; 7.7.7.7", "256.1.1.1", "6.6.6.6, unknown", "[::1", "1.2.3",
        ",",
        "6.6.6.6,", "6.6.6.6:x", "6.6.6.6:99999", "[::1]x", "_hidden",
    ])
    func aMalformedChainIsNone(text: String) {
        #expect(ForwardedChain(xForwardedFor: [text]) == nil)
        #expect(ForwardedChain(forwarded: [text]) == nil)
    }

    @Test(arguments: ["for=unknown", "for=_x", "proto=https", "for=1.2.3.4;for=1.2.3.4", "for=", "for"])
    func anElementWithoutAnAddressIsMalformed(text: String) { #expect(ForwardedChain(forwarded: [text]) == nil) }

    @Test func aChainHasALimit() {
        func chain(_ count: Int) -> [String] { [Array(repeating: "6.6.6.6", count: count).joined(separator: ",")] }
        #expect(ForwardedChain(xForwardedFor: chain(ForwardedChain.limit - 1)) != nil)
        #expect(ForwardedChain(xForwardedFor: chain(ForwardedChain.limit)) != nil)
        #expect(ForwardedChain(xForwardedFor: chain(ForwardedChain.limit + 1)) == nil)
    }

    @Test func aForgedLoopbackHopIsNotTheClient() throws {
        let proxies = [IPRange("127.0.0.1")!]
        let chain = try #require(ForwardedChain(xForwardedFor: ["127.0.0.1, 6.6.6.6"]))
        #expect(chain.client(trusting: proxies) == address("6.6.6.6"))
        #expect(ForwardedChain([address("127.0.0.1")]).client(trusting: proxies) == address("127.0.0.1"))
    }

    /// The rightmost hop that is no proxy, whatever was put before it.
    @Test func randomChainsGiveTheRightmostStranger() {
        var random = SeededRandom(seed: 7)
        let proxies = ["127.0.0.0/8", "10.9.8.7", "192.0.2.0/24", "fd00::/8"].map { IPRange($0)! }
        let trusted = ["127.0.0.1", "10.9.8.7", "192.0.2.5", "fd00::1"].map(address)
        let strangers = ["6.6.6.6", "10.9.8.6", "193.0.2.1", "2001:db8::1", "::1"].map(address)
        for _ in 0..<500 {
            var hops = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                (trusted + strangers).randomElement(using: &random)!
            }
            let expected = strangers.randomElement(using: &random)!
            hops.append(expected)
            for _ in 0..<Int.random(in: 0...3, using: &random) { hops.append(trusted.randomElement(using: &random)!) }
            #expect(ForwardedChain(hops).client(trusting: proxies) == expected, "\(hops)")
        }
    }
}

@Suite struct IPRangeTests {
    func contains(_ range: String, _ host: String) -> Bool {
        IPRange(range)!.contains(SocketAddress(host: host, port: 1)!)
    }

    @Test func boundsOfBlocks() {
        #expect(contains("100.64.0.0/10", "100.64.0.0"))
        #expect(contains("100.64.0.0/10", "100.127.255.255"))
        #expect(!contains("100.64.0.0/10", "100.63.255.255"))
        #expect(!contains("100.64.0.0/10", "100.128.0.0"))
        #expect(contains("100.64.0.0/10", "::ffff:100.64.0.1"))
        #expect(contains("fd7a:115c:a1e0::/48", "fd7a:115c:a1e0:ffff::1"))
        #expect(!contains("fd7a:115c:a1e0::/48", "fd7a:115c:a1e1::"))
        #expect(contains("0.0.0.0/0", "1.2.3.4"))
        #expect(!contains("0.0.0.0/0", "::1"))
        #expect(contains("10.0.0.1", "10.0.0.1"))
        #expect(!contains("10.0.0.1", "10.0.0.2"))
        #expect(IPRange("10.0.0.0/8")!.description == "10.0.0.0/8")
        #expect(IPRange("::1")!.description == "::1")
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "::/129", "10.0.0.1/8", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/+8", "x/8", "1.2.3/8",
    ])
    func whatIsNoBlock(text: String) { #expect(IPRange(text) == nil) }
}
