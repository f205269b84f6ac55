import Platform
import Testing

@testable import Wire

private func next(_ request: HTTPClientRequest, _ status: Int, _ location: String?) throws -> HTTPClientRequest? {
    let field = location.map { "Location: \($0)\r\n" } ?? ""
    let bytes = Array("HTTP/1.1 \(status) X\r\n\(field)\r\n".utf8)
    var parser = HTTPResponseParser(headLimit: 9999, fieldLimit: 10)
    let (head, _) = try #require(try parser.parse(bytes.span))
    return try HTTPRedirect.next(after: request, head)
}

private func request(_ method: HTTPMethod, _ url: String, body: HTTPRequestBody = .none) throws -> HTTPClientRequest {
    let fields = HTTPFields([
        "Authorization": "s", "Cookie": "s", "X-Api-Key": "s", "Accept": "a/b", "Content-Type": "c/d",
    ])
    return HTTPClientRequest(method, try WebURL(url), fields: fields, body: body)
}

private func names(_ fields: HTTPFields) -> [String] {
    var names: [String] = []
    fields.forEach { name, _ in names.append(name) }
    return names
}

@Suite struct HTTPRedirectTests {
    @Test(arguments: [
        (301, HTTPMethod.get, HTTPMethod.get), (301, .post, .get), (301, .put, .put), (302, .post, .get),
        (302, .delete, .delete), (303, .post, .get), (303, .put, .get), (303, .head, .head), (303, .delete, .get),
        (307, .post, .post), (308, .post, .post), (308, .get, .get),
    ])
    func theStatusDecidesTheMethod(status: Int, method: HTTPMethod, expected: HTTPMethod) throws {
        let first = try request(method, "http://h/a", body: method == .post ? .bytes([1]) : .none)
        let second = try #require(try next(first, status, "/b"))
        #expect(second.method == expected)
        #expect(second.url.text == "http://h/b")
        if method == .post, expected == .get {
            if case .none = second.body {} else { Issue.record("the body was kept") }
            #expect(names(second.fields) == ["Authorization", "Cookie", "X-Api-Key", "Accept"])
        } else if method == expected {
            #expect(names(second.fields).contains("Content-Type"))
        }
    }

    @Test(arguments: [200, 201, 300, 304, 305, 306, 399, 404])
    func otherStatusesRedirectNowhere(status: Int) throws {
        #expect(try next(request(.get, "http://h/"), status, "/b") == nil)
    }

    @Test func aRedirectWithoutATargetIsAResponse() throws {
        #expect(try next(request(.get, "http://h/"), 302, nil) == nil)
    }

    @Test(arguments: [
        "http://other/", "https://h/", "http://h:81/", "//other:80/", "http://h.other/",
    ])
    func anotherOriginLearnsNoCredentials(location: String) throws {
        let second = try #require(try next(request(.get, "http://h/"), 307, location))
        #expect(names(second.fields) == ["Accept", "Content-Type"])
    }

    @Test(arguments: ["/x", "http://h:80/x", "HTTP://H/x", "?q", "//h"])
    func theSameOriginKeepsThem(location: String) throws {
        let second = try #require(try next(request(.get, "http://h/"), 307, location))
        #expect(second.fields.count == 5)
    }

    @Test(arguments: [
        ("http://h/", "from https to http"), ("ftp://h/", "Location"), ("wss://h/", "away from HTTP"),
        ("https://u:p@h/", "user name"), ("https://2130706433/", "four decimal"), ("//", "must name a host"),
        ("javascript:x", "Location"),
    ])
    func someRedirectsAreNotFollowed(location: String, reason: String) throws {
        #expect {
            try next(request(.get, "https://h/"), 302, location)
        } throws: { "\($0)".contains(reason) && "\($0)".contains("h:443") }
    }

    @Test func aBodyThatCannotBeSentTwiceIsNotRedirected() throws {
        let first = try request(.post, "http://h/", body: .chunked { nil })
        #expect(throws: HTTPClientError.self) { try next(first, 307, "/b") }
        #expect(try next(first, 303, "/b")?.method == .get)
    }
}
