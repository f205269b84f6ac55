import Platform
import Support
import Testing

@testable import Wire

/// Answers look-ups in turn, the last answer for ever.
@LoopActor
private final class ScriptedResolver: Resolver {
    private var answers: [[String]]
    private(set) var asked: [String] = []

    init(_ answers: [String]...) { self.answers = answers }

    func resolve(_ host: String, port: UInt16, by deadline: Instant?) async throws(ResolveError) -> [SocketAddress] {
        asked.append(host)
        if let address = SocketAddress(host: host, port: port) { return [address] }
        let answer = answers.count > 1 ? answers.removeFirst() : answers[0]
        return answer.compactMap { SocketAddress(host: $0, port: port) }
    }
}

/// Where requests of agents may go (reliability.md 2.4: CVE-2026-26322, CVE-2026-27488, CVE-2026-44116).
@Suite struct OutboundGuardTests {
    static let inner = [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1", "192.168.255.255", "169.254.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1",
        "100.127.255.255",
        "100.100.100.200", "168.63.129.16", "192.0.0.1", "192.0.0.192", "192.0.2.5", "192.88.99.1", "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe",
        "::ffff:c0a8:1",
        "::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00::1",
        "fdff::1",
        "fd00:ec2::254", "ff02::1", "ff0e::1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1", "2002:a9fe:a9fe::", "2001::1", "2001:0:4136:e378::1",
        "2001:10::1",
        "2001:db8::1", "3fff::1", "100::1", "4000::1", "5f00::1", "2606:4700::5efe:10.0.0.1",
        "2606:4700::200:5efe:127.0.0.1", "1::1",
    ]
    static let outer = [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "192.169.0.0",
        "169.253.255.255", "169.255.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "192.0.1.0", "192.0.3.0", "::ffff:1.1.1.1", "2606:4700::1111", "2a00:1450::1",
        "64:ff9b::1.1.1.1",
        "2002:101:101::1", "2001:200::1", "2606:4700::5efe:1.1.1.1",
    ]

    @Test(arguments: inner) func anInnerAddressIsRefused(text: String) async throws {
        let address = try #require(SocketAddress(host: text, port: 80))
        #expect(OutboundGuard.kind(of: address) != nil)
        #expect(OutboundGuard.refusal(host: text) != nil)
        try await onLoop {
            await #expect(throws: ResolveError.self) {
                _ = try await OutboundGuard(ScriptedResolver([text])).resolve("evil.example", port: 80, by: nil)
            }
            // One foot inside is enough.
            await #expect(throws: ResolveError.self) {
                _ = try await OutboundGuard(ScriptedResolver(["1.1.1.1", text])).resolve(
                    "evil.example", port: 80, by: nil)
            }
        }
    }

    @Test(arguments: outer) func aPublicAddressIsLetThrough(text: String) async throws {
        let address = try #require(SocketAddress(host: text, port: 80))
        #expect(OutboundGuard.kind(of: address) == nil)
        let found = try await onLoop {
            try await OutboundGuard(ScriptedResolver([text])).resolve("example.com", port: 80, by: nil)
        }
        #expect(found == [address])
    }

    @Test(arguments: [
        "2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "017700000001", "0x7f.0x0.0x0.0x1", "1",
        "0",
        "127.0.0.1.", "00000.0.0.1", "127.0.0.01", "١٢٧.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "[::1", "::1", "127.0.0.1%00",
        "127.0.0.256",
    ])
    func anOddSpellingIsNoAddressOfAURL(host: String) {
        #expect(
            (try? WebURL("http://\(host)/")).flatMap { OutboundGuard.refusal(host: $0.host) == nil ? $0.host : nil }
                == nil)
    }

    @Test(arguments: [
        "localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "metadata.google.internal",
        "x.internal", "r.home.arpa", "localhost.localdomain",
    ])
    func anInnerNameIsRefusedUnasked(name: String) async throws {
        try await onLoop {
            let resolver = ScriptedResolver(["1.1.1.1"])
            await #expect(throws: ResolveError.self) {
                _ = try await OutboundGuard(resolver).resolve(name, port: 80, by: nil)
            }
            #expect(resolver.asked.isEmpty)
        }
        #expect(OutboundGuard.refusal(host: name) != nil)
        #expect(
            OutboundGuard.refusal(host: "localhost.example.com") == nil
                && OutboundGuard.refusal(host: "internal.example.com") == nil)
    }

    @Test func networksOfOnesOwnCanBeLetIn() async throws {
        try await onLoop {
            let guarding = OutboundGuard(ScriptedResolver(["10.1.2.3"]), allowed: [IPRange("10.1.0.0/16")!])
            let found = try await guarding.resolve("nas.example.com", port: 80, by: nil)
            #expect(found.count == 1)
            guarding.allowed = [IPRange("10.2.0.0/16")!]
            await #expect(throws: ResolveError.self) {
                _ = try await guarding.resolve("nas.example.com", port: 80, by: nil)
            }
        }
    }

    /// A resolver that names a public address first and an inner one when it is asked again: what was checked is what is
    /// connected to, and there is no second look-up.
    @Test func aNameThatIsReboundIsLookedUpOnce() async throws {
        try await onLoop {
            let resolver = ScriptedResolver(["1.1.1.1"], ["127.0.0.1"])
            let guarding = OutboundGuard(resolver)
            let addresses = try await guarding.resolve("evil.example", port: 80, by: nil)
            #expect(addresses.map(\.description) == ["1.1.1.1:80"] && resolver.asked.count == 1)
            // Each further connection is looked at anew.
            await #expect(throws: ResolveError.self) {
                _ = try await guarding.resolve("evil.example", port: 80, by: nil)
            }
        }
    }

    @Test func aRedirectInsideIsRefusedByTheClient() async throws {
        try await onLoop {
            let client = OutboundGuard.client(OutboundGuard(ScriptedResolver(["127.0.0.1"])))
            for url in [
                "http://127.0.0.1:9/", "http://[::1]:9/", "http://evil.example:9/", "http://[::ffff:169.254.169.254]/",
            ] {
                var request = HTTPClientRequest(.get, try WebURL(url))
                request.redirects = .followed(limit: 3)
                let error = await #expect(throws: HTTPClientError.self) { _ = try await client.send(request) }
                #expect("\(error.map { "\($0)" } ?? "")".contains("no agent's request may go"), "\(url)")
            }
        }
    }
}
