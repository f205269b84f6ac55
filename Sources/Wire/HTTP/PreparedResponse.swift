import Platform

/// A response that is given again and again, written out beforehand. What changes from one time to the next, the
/// server's lines and the connection's end, is put between its two parts.
package final class PreparedResponse: Sendable {
    /// The status line and the response's own fields.
    let front: [UInt8]
    /// The empty line and the body.
    let back: [UInt8]

    package init(_ response: HTTPResponse) {
        let framing: ResponseFraming = response.status.hasNoBody ? .none : .length(response.body.count)
        var buffer = ByteBuffer()
        ResponseHead(status: response.status, framing: framing).write(response.fields, to: &buffer)
        front = buffer.bytes
        back = [ASCII.carriageReturn, ASCII.lineFeed] + (framing == .none ? [] : response.body)
    }
}

/// An answer whose body is known.
enum CompleteAnswer {
    case made(HTTPResponse)
    case prepared(PreparedResponse)
}
