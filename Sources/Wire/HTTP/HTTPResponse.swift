import Platform

/// A response whose body is known.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    package var fields: HTTPFields
    package var body: [UInt8]

    package init(_ status: HTTPStatus, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package static func json(
        _ status: HTTPStatus, _ body: [UInt8], fields: KeyValuePairs<String, String> = [:]
    ) -> HTTPResponse {
        var all = HTTPFields(["Content-Type": "application/json; charset=utf-8"])
        for (name, value) in fields { all.append(name, value) }
        return HTTPResponse(status, fields: all, body: body)
    }

    package static func text(_ status: HTTPStatus, _ body: String) -> HTTPResponse {
        HTTPResponse(status, fields: ["Content-Type": "text/plain; charset=utf-8"], body: Array(body.utf8))
    }

    /// A refusal in the shape that OpenAI clients read.
    package static func error(_ error: HTTPError) -> HTTPResponse {
        let type = error.status.code < 500 ? "invalid_request_error" : "api_error"
        let body: JSON = ["error": ["message": .string(error.message), "type": .string(type)]]
        return .json(error.status, JSONWriter.bytes(of: body))
    }
}

extension HTTPFields: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { append(name, value) }
    }
}

/// How the end of a response's body is told.
enum ResponseFraming: Equatable {
    case length(Int)
    case chunked
    /// HTTP/1.0: the body ends with the connection.
    case close
    /// A head alone.
    case none
}

/// Writes the front of a response's head: what the response itself says. The server's lines and the empty line follow.
struct ResponseHead {
    let status: HTTPStatus
    let framing: ResponseFraming

    func write(_ fields: HTTPFields, to buffer: inout ByteBuffer) {
        if status.code == 200 {
            buffer.append("HTTP/1.1 200 OK\r\n")
        } else {
            buffer.append("HTTP/1.1 ")
            buffer.append(decimal: status.code)
            buffer.append(" ")
            buffer.append(status.phrase)
            buffer.append("\r\n")
        }
        fields.write(to: &buffer)
        switch framing {
        case .length(let length):
            buffer.append("Content-Length: ")
            buffer.append(decimal: length)
            buffer.append("\r\n")
        case .chunked: buffer.append("Transfer-Encoding: chunked\r\n")
        case .close, .none: break
        }
    }
}
