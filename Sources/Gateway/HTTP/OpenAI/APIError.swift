import Platform
import Wire

/// Why a request of the API is not served, in the shape by which OpenAI's libraries tell their exceptions apart: the
/// status decides which one it is, and `x-should-retry` whether they try again by themselves.
struct APIError: Error, Sendable, Equatable {
    var status: HTTPStatus
    var type: String
    var message: String
    /// The part of the request that it is about.
    var param: String?
    var code: String?
    var retryAfter: Duration?
    /// False where the same request again could only fail again, or would do twice what was stopped.
    var mayRetry = true

    init(
        _ status: HTTPStatus, _ type: String, _ message: String, param: String? = nil, code: String? = nil,
        retryAfter: Duration? = nil, mayRetry: Bool = true
    ) {
        self.status = status
        self.type = type
        self.message = message
        self.param = param
        self.code = code
        self.retryAfter = retryAfter
        self.mayRetry = mayRetry
    }

    static func invalid(_ message: String, param: String? = nil, code: String? = nil) -> APIError {
        APIError(.badRequest, "invalid_request_error", message, param: param, code: code)
    }

    static func notFound(_ message: String, code: String? = nil) -> APIError {
        APIError(.notFound, "invalid_request_error", message, code: code)
    }

    /// The gateway is not ready, or has no such part.
    static func unavailable(_ message: String) -> APIError {
        APIError(.unavailable, "api_error", message, retryAfter: .seconds(2))
    }

    /// The error as the body says it, and as an event of a stream does.
    var json: JSON {
        var error: JSON = ["message": .string(message), "type": .string(type)]
        error["param"] = param.map { .string($0) }
        error["code"] = code.map { .string($0) }
        return ["error": error]
    }

    var response: HTTPResponse {
        var response = HTTPResponse.json(status, JSONWriter.bytes(of: json), fields: ["Cache-Control": "no-store"])
        if let retryAfter {
            let seconds = max(1, (retryAfter.inNanoseconds + 999_999_999) / 1_000_000_000)
            response.fields.append("Retry-After", "\(seconds)")
        }
        if !mayRetry { response.fields.append("x-should-retry", "false") }
        return response
    }
}

extension APIError {
    /// A body that is not what the endpoint takes.
    init(_ error: JSONDecodingError) {
        let place = Self.place(error.pointer)
        self = .invalid(place.isEmpty ? "the body \(error.message)" : "\(place): \(error.message)", param: place)
        if place.isEmpty { param = nil }
    }

    /// `messages[2].content`, as OpenAI names the parts of a request.
    static func place(_ pointer: JSONPointer) -> String {
        var text = ""
        for token in pointer.tokens {
            if !token.isEmpty, token.utf8.allSatisfy({ (48...57).contains($0) }) {
                text += "[\(token)]"
            } else {
                text += text.isEmpty ? token : ".\(token)"
            }
        }
        return text
    }
}

extension JSONField {
    /// The refusal of this field: "`messages[0].role`: must be …".
    func refused(_ what: String) -> APIError { APIError(mustBe(what)) }
}

/// Reads a part of a body; what is not as it should be refuses the request.
func checked<Value>(_ body: () throws(JSONDecodingError) -> Value) throws(APIError) -> Value {
    do throws(JSONDecodingError) { return try body() } catch { throw APIError(error) }
}
