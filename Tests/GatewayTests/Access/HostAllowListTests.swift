import Platform
import Testing

@testable import Gateway

/// reliability.md section 2.1: DNS rebinding (oc#58157), and origins (oc#9358, "ClawJacked").
@Suite struct HostAllowListTests {
    let hosts = HostAllowList(hostName: "Box", allowed: ["gateway.example", "Other.Example:8443"])

    func allows(_ host: String) -> Bool { hosts.allows(Array(host.utf8).span) }

    @Test(arguments: [
        "localhost", "LOCALHOST", "localhost.", "localhost:18789", "ip6-localhost", "box", "box.local", "BOX.LOCAL:1",
        "gateway.example", "Gateway.Example.", "other.example", "127.0.0.1", "127.0.0.1:18789", "192.168.7.7",
        "0.0.0.0",
        "255.255.255.255", "[::1]", "[::1]:18789", "[2001:db8::1]", "[::ffff:1.2.3.4]:80", "localhost:",
    ])
    func namesOfThisMachineAndLiteralsAreServed(host: String) { #expect(allows(host)) }

    @Test(arguments: [
        "", ".", "evil.test", "evil.test.", "localhost.evil.test", "xlocalhost", "localhost..", "box.evil",
        "127.0.0.1.evil",
        "127.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", "1.2.3.", "127.0.0.1.", "[::1", "[]",
        "[::g]",
        "[127.0.0.1]", "::1", "gateway.example.evil", "localhost:1:2", "localhost, evil.test",
    ])
    func everythingElseIsRefused(host: String) { #expect(!allows(host)) }

    @Test func anEmptyHostNameAddsNothing() {
        let hosts = HostAllowList(hostName: "", allowed: [""])
        for text in ["", "x"] {
            let isAllowed = hosts.allows(Array(text.utf8).span)
            #expect(!isAllowed)
        }
    }
}

@Suite struct OriginAllowListTests {
    let origins = OriginAllowList(["https://panel.test", "chrome-extension://abcdef", "not an origin"])

    @Test func theOwnOriginIsAllowedAndNoOther() {
        let table: [(origin: String, host: String, isEncrypted: Bool, isAllowed: Bool)] = [
            ("http://127.0.0.1:18789", "127.0.0.1:18789", false, true),
            ("http://localhost:18789", "127.0.0.1:18789", false, false),
            ("http://127.0.0.1:18790", "127.0.0.1:18789", false, false),
            ("https://127.0.0.1:18789", "127.0.0.1:18789", false, false),
            ("http://127.0.0.1:18789", "127.0.0.1:18789", true, false),
            ("https://127.0.0.1:18789", "127.0.0.1:18789", true, true),
            ("http://127.0.0.1", "127.0.0.1:18789", false, false),
            ("http://box", "box", false, true), ("http://box:80", "BOX", false, true),
            ("https://box", "box:443", true, true), ("HTTP://Box:1", "box:1", false, true),
            ("http://[::1]:1", "[::1]:1", false, true), ("http://[0::1]:1", "[::1]:1", false, true),
            ("null", "box", false, false), ("", "box", false, false), ("http://", "", false, false),
            ("http://box:1.evil.test", "box:1", false, false), ("http://box:1@evil.test", "box:1", false, false),
            ("http://box:1/", "box:1", false, false), ("http://box:99999", "box", false, false),
        ]
        for row in table {
            #expect(
                origins.allows(row.origin, host: row.host, isEncrypted: row.isEncrypted) == row.isAllowed, "\(row)")
        }
    }

    @Test func configuredOriginsAreAllowedFromAnywhere() {
        for origin in ["https://panel.test", "https://panel.test:443", "chrome-extension://abcdef"] {
            #expect(origins.allows(origin, host: "127.0.0.1:1", isEncrypted: false), "\(origin)")
        }
        for origin in ["https://panel.test:8443", "http://panel.test", "chrome-extension://abcdee"] {
            #expect(!origins.allows(origin, host: "127.0.0.1:1", isEncrypted: false), "\(origin)")
        }
    }
}
