/// What a redirect makes of a request (RFC 9110 section 15.4).
enum HTTPRedirect {
    /// Fields that may follow a redirect to another origin. Any other may be a credential meant for the first one, and
    /// a list of the names that credentials go by would never be complete.
    static let portable: Set<String> = [
        "accept", "accept-language", "accept-encoding", "content-type", "content-language", "user-agent", "range",
        "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "cache-control",
    ]

    /// The request to send next; nil when the response is no redirect.
    static func next(
        after request: HTTPClientRequest, _ head: HTTPResponseHead
    ) throws(HTTPClientError) -> HTTPClientRequest? {
        guard [301, 302, 303, 307, 308].contains(head.status.code) else { return nil }
        guard let location = head.fields["Location"] else { return nil }
        var next = request
        do throws(WebURLError) {
            next.url = try request.url.resolving(location)
        } catch {
            throw refusal(request, "Location: \(error)")
        }
        guard next.url.scheme == .http || next.url.scheme == .https else {
            throw refusal(request, "it leads away from HTTP")
        }
        guard next.url.scheme.isSecure || !request.url.scheme.isSecure else {
            throw refusal(request, "it leads from https to http")
        }
        if becomesGet(request.method, head.status.code) {
            next.method = .get
            next.body = .none
            next.fields = request.fields.filtered { !$0.hasPrefix("content-") }
        } else if !request.body.isReplayable {
            throw refusal(request, "the request's body cannot be sent twice")
        }
        if !next.url.hasSameOrigin(as: request.url) {
            next.fields = next.fields.filtered { portable.contains($0) }
        }
        return next
    }

    /// Sections 15.4.2 and 15.4.3 let a POST become a GET, as all clients do; 15.4.4 demands it of everything.
    private static func becomesGet(_ method: HTTPMethod, _ code: Int) -> Bool {
        switch code {
        case 301, 302: method == .post
        case 303: method != .get && method != .head
        default: false
        }
    }

    private static func refusal(_ request: HTTPClientRequest, _ reason: String) -> HTTPClientError {
        .redirect(peer: request.url.peer, reason: reason)
    }
}

extension HTTPFields {
    /// The fields whose names, in lower case, pass `isWanted`.
    func filtered(_ isWanted: (String) -> Bool) -> HTTPFields {
        var output = HTTPFields()
        forEach { name, value in
            if isWanted(name.lowercased()) { output.append(name, value) }
        }
        return output
    }
}
