import Platform
import Support
import Testing
import Wire

@testable import Gateway

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// reliability.md section 2.2: oc#1795, CVE-2026-35656, CVE-2026-53832.
@Suite struct OriginFinderTests {
    static let proxy = HTTPPeer(address: SocketAddress(host: "10.0.0.1", port: 9))
    static let local = HTTPPeer(address: SocketAddress(host: "127.0.0.1", port: 9))
    static let socket = HTTPPeer(address: nil, credentials: PeerCredentials(process: 7, user: 1, group: 1))

    static func finder(_ change: (inout AccessSettings) -> Void = { _ in }) -> OriginFinder {
        var settings = AccessSettings(token: "x")
        settings.trustedProxies = [IPRange("10.0.0.0/24")!]
        change(&settings)
        return OriginFinder(settings) { _ in .owner }
    }

    @Test(arguments: [
        ("Forwarded", "for=1.2.3.4"), ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Host", "a"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Port", "443"), ("X-Real-IP", "1.2.3.4"), ("Via", "1.1 a"), ("CF-Connecting-IP", "1.2.3.4"),
        ("cf-ray", "8f"), ("x-FORWARDED-anything", ""),
    ])
    func oc1795AForwardingFieldTakesLocalityAway(name: String, value: String) throws {
        var fields = HTTPFields()
        fields.append(name, value)
        for peer in [Self.local, Self.socket] {
            #expect(try Self.finder().find(peer, fields).isDirectlyLocal == false)
            #expect(try Self.finder().find(peer, fields).isOwner == false)
        }
        #expect(try Self.finder().find(Self.local, fields).address?.hostText == "127.0.0.1", "nothing is believed")
    }

    @Test func loopbackAndTheSocketAreLocal() throws {
        let plain: HTTPFields = ["Host": "x", "Viaduct": "y", "X-Forward": "z"]
        #expect(try Self.finder().find(Self.local, plain).isDirectlyLocal)
        #expect(try Self.finder().find(Self.socket, plain).isOwner)
        #expect(try !Self.finder().find(Self.proxy, plain).isDirectlyLocal)
    }

    @Test func cve35656ALoopbackHopIsNotLocal() throws {
        for chain in ["127.0.0.1", "::1", "127.0.0.1, 10.0.0.2", "6.6.6.6, 127.0.0.1"] {
            #expect(try !Self.finder().find(Self.proxy, ["X-Forwarded-For": chain]).isDirectlyLocal)
        }
        let origin = try Self.finder().find(Self.proxy, ["X-Forwarded-For": "127.0.0.1, 6.6.6.6"])
        #expect(origin.address?.hostText == "6.6.6.6")
        #expect(origin.limitKey == "6.6.6.6")
    }

    @Test func aTrustedProxyOnLoopbackIsNeverLocal() throws {
        let finder = Self.finder { $0.trustedProxies = [IPRange("127.0.0.1")!] }
        #expect(try !finder.find(Self.local, [:]).isDirectlyLocal)
    }

    @Test func malformedOrContradictingFieldsAreRefused() throws {
        let refused: [HTTPFields] = [
            ["X-Forwarded-For": "x"], ["Forwarded": "for=unknown"],
            ["X-Forwarded-For": "1.2.3.4", "Forwarded": "for=5.6.7.8"], ["X-Forwarded-For": "1.2.3.4,"],
        ]
        for fields in refused {
            #expect(throws: OriginFinder.Failure.malformed) { try Self.finder().find(Self.proxy, fields) }
        }
        let agreeing: HTTPFields = ["X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4"]
        #expect(try Self.finder().find(Self.proxy, agreeing).address?.hostText == "1.2.3.4")
    }

    @Test func realIPCountsWhereItIsAllowed() throws {
        let fields: HTTPFields = ["X-Real-IP": "1.2.3.4"]
        #expect(try Self.finder().find(Self.proxy, fields).address?.hostText == "10.0.0.1")
        let finder = Self.finder { $0.usesRealIP = true }
        #expect(try finder.find(Self.proxy, fields).address?.hostText == "1.2.3.4")
        #expect(throws: OriginFinder.Failure.malformed) {
            try finder.find(Self.proxy, ["X-Real-IP": "1.2.3.4, 5.6.7.8"])
        }
    }

    @Test func ghsa5847BothFormsOfAnAddressAreOne() throws {
        func key(_ host: String) -> String {
            ClientOrigin(
                way: .tcp, address: SocketAddress(host: host, port: 1), isDirectlyLocal: false, browserOrigin: nil,
                isEncrypted: false
            ).limitKey
        }
        #expect(key("1.2.3.4") == key("::ffff:1.2.3.4"))
        #expect(key("2001:db8:0:1::1") == key("2001:db8:0:1:ffff::2"))
        #expect(key("2001:db8:0:1::1") != key("2001:db8:0:2::1"))
    }

    @Test func onLoopbackPagesAreCountedApartAndMakeNoCountsOfTheirOwn() throws {
        let finder = Self.finder { $0.allowedOrigins = ["https://panel.test", "https://b.test"] }
        func key(_ origin: String?, forwarded: Bool = false) throws -> String {
            var fields = HTTPFields()
            if let origin { fields.append("Origin", origin) }
            if forwarded { fields.append("Via", "1.1 a") }
            return try finder.find(Self.local, fields).limitKey
        }
        let apart = [
            try key(nil), try key("http://127.0.0.1:1"), try key("https://panel.test"), try key("https://b.test"),
            try key(nil, forwarded: true),
        ]
        #expect(Set(apart).count == apart.count)
        #expect(
            try key("http://127.0.0.1:1") == key("http://10.0.0.1:2"), "Host and Origin are the program's to choose")
        #expect(try key("https://panel.test") == key("HTTPS://Panel.Test:443"))
    }

    @Test func aStrangersProcessIsRefusedAndADescendantIsKnown() throws {
        let stranger = OriginFinder(AccessSettings()) { _ in .stranger }
        #expect(throws: OriginFinder.Failure.foreignPeer) { try stranger.find(Self.socket, [:]) }
        let descendant = OriginFinder(AccessSettings()) { _ in .descendant }
        let origin = try descendant.find(Self.socket, [:])
        #expect(origin.way == .ownDescendant)
        #expect(!origin.isOwner)
    }

    @Test func tlsMayEndAtATrustedProxy() {
        let finder = Self.finder()
        #expect(finder.isEncrypted(Self.proxy, ["X-Forwarded-Proto": "https"]))
        #expect(!finder.isEncrypted(Self.proxy, ["X-Forwarded-Proto": "http"]))
        #expect(!finder.isEncrypted(Self.local, ["X-Forwarded-Proto": "https"]))
    }
}

@Suite struct ProcessFactsTests {
    @Test func ourParentDoesNotDescendFromUs() throws {
        let parent = try #require(ProcessFacts.parent(of: ProcessFacts.own))
        #expect(ProcessFacts.descends(ProcessFacts.own, from: parent) || parent == 0)
        #expect(!ProcessFacts.descends(parent, from: ProcessFacts.own))
        #expect(!ProcessFacts.descends(ProcessFacts.own, from: ProcessFacts.own))
    }

    @Test func aProcessThatIsGoneCountsAsOurs() {
        // Beyond the largest process id that Linux gives (4,194,304).
        #expect(ProcessFacts.descends(4_194_305, from: ProcessFacts.own))
    }

    @Test func aChildDescendsFromUs() throws {
        var child = pid_t()
        let words = ["sleep", "60"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        #expect(posix_spawn(&child, "/bin/sleep", nil, nil, arguments, environ) == 0)
        defer {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
        }
        #expect(ProcessFacts.descends(child, from: ProcessFacts.own))
        #expect(ProcessFacts.isRunning(child))
        #expect(ProcessFacts.name(of: child) != nil)
    }
}
