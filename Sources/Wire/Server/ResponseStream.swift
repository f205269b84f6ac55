package import Platform

/// A response's body as it is made. Writing waits while the client does not read.
@LoopActor
package final class ResponseStream {
    private weak var exchange: HTTPExchange?
    private let sendsBody: Bool
    private var isOpen = true
    private var writer: CheckedContinuation<Bool, Never>?
    var isChunked = false

    init(exchange: HTTPExchange, sendsBody: Bool) {
        self.exchange = exchange
        self.sendsBody = sendsBody
    }

    /// Sends `bytes`, then waits until there is room for more. Throws when the client has left.
    package func write(_ bytes: [UInt8]) async throws(StreamError) {
        guard isOpen, let connection = exchange?.connection else { throw .closed }
        guard sendsBody, !bytes.isEmpty else { return }
        if isChunked {
            connection.outbox.append(hexadecimal: bytes.count)
            connection.outbox.append("\r\n")
        }
        connection.outbox.append(bytes)
        if isChunked { connection.outbox.append("\r\n") }
        connection.scheduleFlush()
        guard !connection.hasRoom else { return }
        precondition(writer == nil, "a response has one writer")
        guard await withCheckedContinuation({ writer = $0 }) else { throw .closed }
    }

    /// Ends the body. Not calling it leaves the client waiting; a stream let go of is cut instead.
    package func finish() {
        guard isOpen else { return }
        isOpen = false
        if isChunked, sendsBody, let connection = exchange?.connection { connection.outbox.append("0\r\n\r\n") }
        exchange?.streamEnded()
    }

    /// Gives up in the middle: the client sees a cut connection instead of an end.
    package func abort() {
        guard isOpen else { return }
        isOpen = false
        exchange?.connection?.cut()
    }

    func roomAgain() {
        writer?.resume(returning: true)
        writer = nil
    }

    func fail() {
        isOpen = false
        writer?.resume(returning: false)
        writer = nil
    }

    isolated deinit { abort() }
}
