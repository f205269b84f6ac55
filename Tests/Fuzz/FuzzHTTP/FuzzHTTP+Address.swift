import Wire

extension FuzzHTTP {
    /// An address, and behind a line end a reference found there.
    static func address(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = try? WebURL(String(decoding: parts[0], as: UTF8.self)) else { return }
        check(base)
        guard parts.count == 2 else { return }
        let reference = String(decoding: parts[1], as: UTF8.self)
        check(base.appending(query: [reference: reference]))
        if let url = try? base.resolving(reference) { check(url) }
        if let url = try? base.appending(path: reference) {
            check(url)
            precondition(url.hasSameOrigin(as: base))
        }
    }

    /// The text of an address is that address, and the server it leads to sees host and path as the client does.
    private static func check(_ url: WebURL) {
        // What is joined or encoded may outgrow what is read.
        guard url.text.utf8.count <= WebURL.lengthLimit else { return }
        precondition((try? WebURL(url.text)) == url)
        precondition(url.hasSameOrigin(as: url))
        var limits = HTTPLimits()
        limits.requestLine = 2 * WebURL.lengthLimit
        let head = "GET \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\n\r\n"
        guard let request = read(Array(head.utf8), limits) else { preconditionFailure("refused: \(head)") }
        precondition(request.path == url.path && request.query == url.query ?? "" && request.host == url.authority)
    }
}
