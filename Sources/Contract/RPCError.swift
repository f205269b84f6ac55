package import Platform

/// The error codes of both client generations.
package enum ErrorCode: String, CaseIterable, Sendable {
    case notLinked = "NOT_LINKED"
    case notPaired = "NOT_PAIRED"
    case agentTimeout = "AGENT_TIMEOUT"
    case invalidRequest = "INVALID_REQUEST"
    case unavailable = "UNAVAILABLE"
    case forbidden = "FORBIDDEN"
    case approvalNotFound = "APPROVAL_NOT_FOUND"
    case agentResultNotFound = "AGENT_RESULT_NOT_FOUND"
}

/// What a request is told when it fails (the error of a response frame).
package struct RPCError: Error, Sendable, Equatable {
    package let code: ErrorCode
    package let message: String
    package var details: JSON?
    package var isRetryable: Bool?
    package var retryAfter: Duration?
    /// Failed agent runs answer with a payload beside the error.
    package var payload: JSON?

    package init(_ code: ErrorCode, _ message: String, details: JSON? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.details = details
        self.retryAfter = retryAfter
        isRetryable = retryAfter == nil ? nil : true
    }

    package static func invalid(_ message: String, details: JSON? = nil) -> RPCError {
        RPCError(.invalidRequest, message, details: details)
    }

    package static func unavailable(_ message: String, details: JSON? = nil) -> RPCError {
        RPCError(.unavailable, message, details: details)
    }

    /// The message is the older generation's, code and details the newer one's.
    package static func missing(_ scope: Scope) -> RPCError {
        RPCError(
            .forbidden, "missing scope: \(scope.rawValue)",
            details: [
                "code": "MISSING_SCOPE", "missingScope": .string(scope.rawValue),
                "requiredScopes": [.string(scope.rawValue)],
            ])
    }
}

extension RPCError {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("code")
        writer.string(code.rawValue)
        writer.key("message")
        writer.string(message)
        if let details {
            writer.key("details")
            writer.value(details)
        }
        if let isRetryable {
            writer.key("retryable")
            writer.bool(isRetryable)
        }
        if let retryAfter {
            writer.key("retryAfterMs")
            writer.int(retryAfter.inNanoseconds / 1_000_000)
        }
        writer.endObject()
    }

    /// Reads the error of a response frame. A code that a newer server has made up counts as `UNAVAILABLE`.
    package init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        let code = ErrorCode(rawValue: try object.field("code").string()) ?? .unavailable
        self.init(code, try object.field("message").string(), details: object.field("details").value)
        isRetryable = object.field("retryable").value?.bool
        retryAfter = object.field("retryAfterMs").value?.int.map { .milliseconds($0) }
    }
}
