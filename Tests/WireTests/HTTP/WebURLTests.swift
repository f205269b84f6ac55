import Testing

@testable import Wire

private func refusal(_ text: String) -> String? {
    do throws(WebURLError) {
        _ = try WebURL(text)
        return nil
    } catch {
        return error.description
    }
}

@Suite struct WebURLTests {
    @Test func anAddressIsTakenApart() throws {
        let url = try WebURL("HTTPS://API.Example.com:8443/v1/a%20b;c?x=1&y=%2F?#part")
        #expect(url.scheme == .https)
        #expect(url.host == "api.example.com")
        #expect(url.port == 8443)
        #expect(url.path == "/v1/a%20b;c")
        #expect(url.query == "x=1&y=%2F?")
        #expect(url.target == "/v1/a%20b;c?x=1&y=%2F?")
        #expect(url.authority == "api.example.com:8443")
        #expect(url.text == "https://api.example.com:8443/v1/a%20b;c?x=1&y=%2F?")
    }

    @Test(arguments: [
        ("http://h", "http://h/"), ("http://h:", "http://h/"), ("http://h:80/", "http://h/"),
        ("http://h:443", "http://h:443/"), ("wss://h:443/s", "wss://h/s"), ("ws://h?q", "ws://h/?q"),
        ("http://h?", "http://h/?"), ("http://h#f", "http://h/"), ("http://127.0.0.1:1", "http://127.0.0.1:1/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"), ("https://[2001:DB8:0::1]", "https://[2001:db8::1]/"),
        ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"), ("http://a_b-c.d", "http://a_b-c.d/"),
        ("http://h/a/../b", "http://h/a/../b"), ("http://h//x", "http://h//x"),
    ])
    func whatMeansTheSameReadsTheSame(text: String, canonical: String) throws {
        #expect(try WebURL(text).text == canonical)
    }

    @Test(arguments: [
        ("", "must begin with"), ("h/x", "must begin with"), ("ftp://h", "must begin with"),
        ("http:/h", "must begin with"), ("http://", "must name a host"), ("http:///x", "must name a host"),
        ("http://:80/", "must name a host"), ("http://user@h/", "user name or password"),
        ("http://u:p@h/", "user name or password"), ("http://h:0/", "from 1 to 65535"),
        ("http://h:65536/", "from 1 to 65535"), ("http://h:+1/", "from 1 to 65535"),
        ("http://h:1x/", "from 1 to 65535"), ("http://h:000080/", "from 1 to 65535"),
        ("http://b\u{fc}cher.example/", "ASCII form"), ("http://h%41/", "letters, digits"),
        ("http://a b/", "letters, digits"), ("http://a..b/", "each part"), ("http://.a/", "each part"),
        ("http://a./", "each part"), ("http://2130706433/", "four decimal numbers"),
        ("http://127.1/", "four decimal numbers"), ("http://0x7f.0.0.1/", "four decimal numbers"),
        ("http://127.0.0.0x1/", "four decimal numbers"), ("http://1.2.3.256/", "four decimal numbers"),
        ("http://01.2.3.4/", "four decimal numbers"), ("http://[::1", "must end with ]"),
        ("http://[::g]/", "not an IPv6 address"), ("http://[fe80::1%25eth0]/", "not an IPv6 address"),
        ("http://[::1]x/", "port or a path"), ("http://h/a b", "percent-encoded"),
        ("http://h/\u{e9}", "percent-encoded"), ("http://h/a|b", "percent-encoded"), ("http://h/%4", "two hex digits"),
        ("http://h/%zz", "two hex digits"), ("http://h/a\\b", "backslash"), ("http://h/a\r\nb", "control character"),
        ("http://h/?a\u{0}", "control character"), ("http://h\\@g/", "user name or password"),
    ])
    func whatCouldBeReadInTwoWaysIsRefused(text: String, reason: String) throws {
        let given = try #require(refusal(text))
        #expect(given.contains(reason), "\(given)")
    }

    @Test func aRefusalDoesNotRepeatTheAddress() {
        for text in ["http://h/secret|x", "https://secret@h/", "http://h:secret/"] {
            #expect(refusal(text)?.contains("secret") == false)
        }
    }

    @Test(arguments: [-1, 0, 1])
    func anAddressHasALimitedLength(over: Int) {
        let front = "http://h/"
        let text = front + String(repeating: "a", count: WebURL.lengthLimit + over - front.count)
        #expect((refusal(text) == nil) == (over <= 0))
    }

    @Test(arguments: [-1, 0, 1])
    func aHostNameHasALimitedLength(over: Int) {
        let label = String(repeating: "a", count: 63 + over)
        #expect((refusal("http://\(label).example/") == nil) == (over <= 0))
        let name = [62, 63, 63, 61 + over].map { String(repeating: "a", count: $0) }.joined(separator: ".") + "aa"
        #expect(name.count == 252 + over + 2)
        #expect((refusal("http://\(name.dropLast(1))/") == nil) == (over <= 0))
    }

    /// RFC 3986 sections 5.4.1 and 5.4.2.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"), ("g?y#s", "http://a/b/c/g?y"), (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"),
        ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"),
        ("../../", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"), ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"), ("g?y/../x", "http://a/b/c/g?y/../x"), ("https://h/x/../y", "https://h/y"),
        ("g h\u{e9}|", "http://a/b/c/g%20h%C3%A9%7C"), ("/a:b", "http://a/a:b"),
    ])
    func aReferenceIsResolved(reference: String, target: String) throws {
        #expect(try WebURL("http://a/b/c/d;p?q").resolving(reference).text == target)
    }

    @Test(arguments: ["http:g", "mailto:a@b", "g:h", "//u@h/", "/a\u{7}", "/%", "\\\\h\\x", "https://"])
    func aReferenceThatLeadsNowhereIsRefused(reference: String) throws {
        let base = try WebURL("http://a/b/c/d;p?q")
        #expect(throws: WebURLError.self) { try base.resolving(reference) }
    }

    @Test func addressesAreBuiltFromPieces() throws {
        let base = try WebURL("https://h/v1/")
        #expect(try base.appending(path: "/models").text == "https://h/v1/models")
        #expect(try WebURL("https://h").appending(path: "a/b").text == "https://h/a/b")
        #expect(throws: WebURLError.self) { try base.appending(path: "a?b") }
        let asked = base.appending(query: ["q": "a b&c", "\u{e9}": "~"])
        #expect(asked.text == "https://h/v1/?q=a%20b%26c&%C3%A9=~")
        #expect(asked.appending(query: ["n": "1"]).query == "q=a%20b%26c&%C3%A9=~&n=1")
        #expect(WebURL.encode("/?%") == "%2F%3F%25")
    }
}
