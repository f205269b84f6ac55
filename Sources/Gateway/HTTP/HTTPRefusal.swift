import Contract
import Platform
import Wire

/// Why a request is not served, as an answer (http.md section 2).
struct HTTPRefusal: Error, Sendable {
    let response: HTTPResponse

    static let unauthorized = HTTPRefusal(
        response: .json(
            .unauthorized,
            JSONWriter.bytes(of: ["error": ["message": "Unauthorized", "type": "unauthorized"]]),
            fields: ["WWW-Authenticate": "Bearer", "Cache-Control": "no-store"]))

    static func limited(for time: Duration) -> HTTPRefusal {
        let seconds = (time.inNanoseconds + 999_999_999) / 1_000_000_000
        return HTTPRefusal(
            response: .json(
                .tooManyRequests,
                JSONWriter.bytes(
                    of: [
                        "error": [
                            "message": "Too many failed authentication attempts. Please try again later.",
                            "type": "rate_limited",
                        ]
                    ]), fields: ["Retry-After": "\(seconds)", "Cache-Control": "no-store"]))
    }

    static func missing(_ scope: Scope) -> HTTPRefusal {
        forbidden(
            "missing scope: \(scope.rawValue)",
            details: [
                "code": "MISSING_SCOPE", "missingScope": .string(scope.rawValue),
                "requiredScopes": [.string(scope.rawValue)],
            ])
    }

    static let foreignPeer = forbidden("this socket belongs to another user")

    /// For the moment between the listener and what stands behind it.
    static let starting = HTTPRefusal(
        response: .json(
            .unavailable,
            JSONWriter.bytes(
                of: [
                    "ok": false,
                    "error": ["type": "unavailable", "message": "the gateway starts; try again in a second"],
                ]), fields: ["Retry-After": "1", "Cache-Control": "no-store"]))

    static let badForwarding = HTTPRefusal(
        response: .error(
            HTTPError(.badRequest, "what the proxy says of the client's address cannot be read, or contradicts itself")
        ))

    static func methodNotAllowed(_ allowed: String) -> HTTPRefusal {
        HTTPRefusal(
            response: HTTPResponse(
                .methodNotAllowed, fields: ["Allow": allowed, "Content-Type": "text/plain; charset=utf-8"],
                body: Array("Method Not Allowed".utf8)))
    }

    private static func forbidden(_ message: String, details: JSON? = nil) -> HTTPRefusal {
        var error: JSON = ["type": "forbidden", "message": .string(message)]
        error["details"] = details
        return HTTPRefusal(response: .json(.forbidden, JSONWriter.bytes(of: ["ok": false, "error": error])))
    }
}
