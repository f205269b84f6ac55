import Testing

@testable import Wire

private func head(
    _ request: HTTPClientRequest, _ route: HTTPRoute = .direct, userAgent: String? = nil, isUpgrade: Bool = false
) throws(HTTPClientError) -> String {
    let head = HTTPRequestHead(request: request, route: route, userAgent: userAgent, isUpgrade: isUpgrade)
    return String(decoding: try head.write(), as: UTF8.self)
}

@Suite struct HTTPRequestHeadTests {
    @Test func aRequestIsWritten() throws {
        let url = try WebURL("http://h:8080/a?b")
        var request = HTTPClientRequest(.get, url, fields: HTTPFields(["X-One": "1", "x-two": "2"]))
        #expect(
            try head(request, userAgent: "test/1")
                == "GET /a?b HTTP/1.1\r\nHost: h:8080\r\nX-One: 1\r\nx-two: 2\r\nUser-Agent: test/1\r\n"
                + "Accept-Encoding: gzip, deflate\r\n\r\n")
        request.acceptsCompression = false
        request.fields.append("User-Agent", "mine")
        request.body = .bytes([1, 2, 3])
        request.method = .post
        #expect(
            try head(request, userAgent: "test/1")
                == "POST /a?b HTTP/1.1\r\nHost: h:8080\r\nX-One: 1\r\nx-two: 2\r\nUser-Agent: mine\r\n"
                + "Content-Length: 3\r\n\r\n")
    }

    @Test(arguments: [
        (HTTPMethod.get, HTTPRequestBody.none, ""), (.delete, .none, ""), (.post, .none, "Content-Length: 0\r\n"),
        (.put, .none, "Content-Length: 0\r\n"), (.patch, .none, "Content-Length: 0\r\n"),
        (.get, .bytes([]), "Content-Length: 0\r\n"), (.put, .stream(length: 7) { nil }, "Content-Length: 7\r\n"),
        (.post, .chunked { nil }, "Transfer-Encoding: chunked\r\n"),
    ])
    func theBodyIsAnnounced(method: HTTPMethod, body: HTTPRequestBody, field: String) throws {
        var request = HTTPClientRequest(method, try WebURL("https://h/"), body: body)
        request.acceptsCompression = false
        #expect(try head(request) == "\(method.rawValue) / HTTP/1.1\r\nHost: h\r\n\(field)\r\n")
    }

    @Test func aProxyIsToldTheWholeAddressAndItsOwnCredentials() throws {
        var request = HTTPClientRequest(.get, try WebURL("http://[::1]:80/a?b"))
        request.acceptsCompression = false
        #expect(
            try head(request, .proxy(authorization: "Basic x"))
                == "GET http://[::1]/a?b HTTP/1.1\r\nHost: [::1]\r\nProxy-Authorization: Basic x\r\n\r\n")
        #expect(try head(request, .proxy(authorization: nil)) == "GET http://[::1]/a?b HTTP/1.1\r\nHost: [::1]\r\n\r\n")
    }

    @Test func anUpgradeNamesItself() throws {
        let request = HTTPClientRequest(.get, try WebURL("ws://h/s"), fields: HTTPFields(["Upgrade": "websocket"]))
        #expect(
            try head(request, isUpgrade: true)
                == "GET /s HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        #expect(throws: HTTPClientError.self) { try head(request) }
    }

    @Test(arguments: [
        "Host", "Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Expect", "Upgrade",
        "Proxy-Connection", "Proxy-Authorization",
    ])
    func fieldsOfTheConnectionAreTheClientsOwn(name: String) throws {
        let request = HTTPClientRequest(.get, try WebURL("http://h/"), fields: HTTPFields([name: "secret"]))
        #expect {
            try head(request)
        } throws: { error in
            "\(error)".contains("the field \(name.lowercased()) is written by the client alone")
                && !"\(error)".contains("secret")
        }
    }

    @Test func aRequestDescribesItselfWithoutItsSecrets() throws {
        let url = try WebURL("https://h/bot123:token/send?key=token")
        let request = HTTPClientRequest(.post, url, fields: HTTPFields(["Authorization": "token"]))
        #expect("\(request)" == "POST h:443")
        #expect(String(reflecting: request) == "POST h:443")
        #expect("\(request.fields)" == "[Authorization]")
    }
}
