import Platform
import Testing

@Suite struct ProxySettingsTests {
    private func proxy(
        _ variables: [String: String], _ host: String = "api.example", _ port: UInt16 = 443, isSecure: Bool = true
    ) throws -> String? {
        try ProxySettings(Environment(variables)).proxy(forHost: host, port: port, isSecure: isSecure)?.description
    }

    @Test func withoutVariablesTheWayIsDirect() throws {
        #expect(try proxy([:]) == nil)
        #expect(try proxy(["https_proxy": ""]) == nil)
    }

    @Test func eachSchemeHasItsVariableAndLowerCaseGoesFirst() throws {
        let all = [
            "https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2", "http_proxy": "http://c:3",
            "HTTP_PROXY": "http://d:4", "all_proxy": "http://e:5", "ALL_PROXY": "http://f:6",
        ]
        #expect(try proxy(all) == "a:1")
        #expect(try proxy(all, isSecure: false) == "c:3")
        let upper = all.filter { $0.key == $0.key.uppercased() }
        #expect(try proxy(upper) == "b:2")
        #expect(try proxy(upper, isSecure: false) == "d:4")
        #expect(try proxy(["ALL_PROXY": "f:6"]) == "f:6")
        #expect(try proxy(["ALL_PROXY": "f:6"], isSecure: false) == "f:6")
        #expect(try proxy(["HTTP_PROXY": "d:4"]) == nil)
        #expect(try proxy(["HTTP_PROXY": "d:4", "REQUEST_METHOD": "GET"], isSecure: false) == nil)
    }

    @Test(arguments: [
        ("proxy.example", "proxy.example:80"), ("http://proxy.example", "proxy.example:80"),
        ("HTTP://proxy.example:3128/", "proxy.example:3128"), ("http://[2001:db8::1]:8080", "[2001:db8::1]:8080"),
        ("[::1]", "[::1]:80"), ("user:p%40ss@proxy.example:3128", "proxy.example:3128"),
        ("http://u:p@w@10.0.0.1:3128/path?x#y", "10.0.0.1:3128"),
    ])
    func aProxyIsWrittenInManyWays(text: String, expected: String) throws {
        #expect(try proxy(["https_proxy": text]) == expected)
    }

    @Test(arguments: [
        ("http://u:p@h", "u:p"), ("http://u@h", "u:"), ("http://u%3Ax:p%25@h", "u:x:p%"), ("http://u:@h", "u:"),
        ("http://%C3%BC:p@h", "\u{fc}:p"),
    ])
    func nameAndPasswordBecomeACredential(text: String, pair: String) throws {
        let proxy = try Proxy(text, source: "https_proxy")
        #expect(proxy.authorization == "Basic " + Base64.standard.encode(Array(pair.utf8)))
    }

    @Test(arguments: [
        ("socks5://secret@h:1", "only http:// proxies are supported, not socks5://"),
        ("https://secret@h:1", "only http:// proxies are supported, not https://"),
        ("http://", "write it as http://host:port"), ("http://secret@", "write it as http://host:port"),
        ("http://h:0", "write it as http://host:port"), ("http://h:65536", "write it as http://host:port"),
        ("http://h:x", "write it as http://host:port"), ("http://::1:80", "write it as http://host:port"),
        ("http://[h]:80", "write it as http://host:port"), ("http://a b:80", "\"a b\" is not a host name"),
        ("http://secret%:p@h", "a % in its name or password must be written as %25"),
        ("http://secret%4x@h", "a % in its name or password must be written as %25"),
    ])
    func aSettingOfNoUseIsRefusedWithoutItsPassword(text: String, reason: String) throws {
        #expect {
            _ = try proxy(["HTTPS_PROXY": text])
        } throws: { error in
            "\(error)" == "HTTPS_PROXY names no proxy that can be used: \(reason)" && !"\(error)".contains("secret")
        }
        // It does not get in the way of those who do not need it.
        #expect(try proxy(["HTTPS_PROXY": text, "NO_PROXY": "*"]) == nil)
        #expect(try proxy(["HTTPS_PROXY": text], isSecure: false) == nil)
    }

    /// The rules, a host and port, and whether it is exempt.
    @Test(arguments: [
        ("*", "api.example", 443, true), ("", "api.example", 443, false),
        ("example", "api.example", 443, true), ("example", "example", 443, true),
        ("example", "apiexample", 443, false), (".example", "api.example", 443, true),
        (".example", "example", 443, true), ("*.example", "api.example", 443, true),
        ("API.Example.", "api.example", 443, true), ("api.example", "API.EXAMPLE.", 443, true),
        ("other, api.example", "api.example", 443, true), ("other api.example", "api.example", 443, true),
        ("api.example:443", "api.example", 443, true), ("api.example:8443", "api.example", 443, false),
        ("10.0.0.1", "10.0.0.1", 443, true), ("10.0.0.1", "10.0.0.10", 443, false),
        ("0.0.1", "10.0.0.1", 443, false), ("10.0.0.0/8", "10.200.0.1", 443, true),
        ("10.0.0.0/8", "11.0.0.1", 443, false), ("10.0.0.0/9", "10.127.0.1", 443, true),
        ("10.0.0.0/9", "10.128.0.1", 443, false), ("0.0.0.0/0", "8.8.8.8", 443, true),
        ("0.0.0.0/0", "2001:db8::1", 443, false), ("10.0.0.0/33", "10.0.0.0", 443, false),
        ("10.0.0.0/x", "10.0.0.0", 443, false), ("2001:db8::/32", "2001:db8:1::1", 443, true),
        ("2001:db8::/32", "2001:db9::1", 443, false), ("2001:db8::1", "2001:DB8:0::1", 443, true),
        ("[2001:db8::1]:443", "2001:db8::1", 443, true), ("[2001:db8::1]:80", "2001:db8::1", 443, false),
        ("10.0.0.0/8", "::ffff:10.0.0.1", 443, true), ("10.0.0.1:443", "10.0.0.1", 443, true),
        ("10.0.0.1:80", "10.0.0.1", 443, false), ("a..b, , :, api.example", "api.example", 443, true),
        ("", "localhost", 443, true), ("", "a.localhost", 443, true), ("", "127.0.0.2", 443, true),
        ("", "::1", 443, true), ("", "::ffff:127.0.0.1", 443, true), ("", "notlocalhost", 443, false),
    ])
    func exceptionsAreMatchedAsPeopleMeanThem(rules: String, host: String, port: UInt16, isExempt: Bool) throws {
        #expect((try proxy(["https_proxy": "http://p:1", "no_proxy": rules], host, port) == nil) == isExempt)
    }
}
