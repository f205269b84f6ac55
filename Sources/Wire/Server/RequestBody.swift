package import Platform

/// A request's body as it arrives. Reading it drives the socket: what nobody takes stays with the client.
@LoopActor
package final class RequestBody {
    /// Bytes held for a reader before the connection stops reading.
    static let window = 64 * 1024

    private enum State {
        case open
        case complete
        case failed(HTTPError)
    }

    private var state = State.open
    private var buffer = ByteBuffer()
    private var isDiscarding = false
    private var reader: CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>?
    private(set) var received = 0
    /// Let go of with the exchange.
    var connection: HTTPConnection?

    init() {}

    /// The body of every request without one.
    static let none: RequestBody = {
        let body = RequestBody()
        body.finish()
        return body
    }()

    /// The next bytes, or nil at the end. One reader at a time.
    package func next() async throws(HTTPError) -> [UInt8]? {
        connection?.bodyWanted()
        if !buffer.isEmpty {
            let bytes = buffer.bytes
            buffer.release()
            connection?.bodyTaken()
            return bytes
        }
        switch state {
        case .complete: return nil
        case .failed(let error): throw error
        case .open: break
        }
        precondition(reader == nil, "a request's body has one reader")
        return try await withCheckedContinuation { reader = $0 }.get()
    }

    /// The whole body. Its size is bounded by the connection.
    package func collect() async throws(HTTPError) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await next() {
            if all.isEmpty { all = bytes } else { all += bytes }
        }
        return all
    }

    var isComplete: Bool {
        if case .complete = state { return true }
        return false
    }

    var hasRoom: Bool { isDiscarding || buffer.count < Self.window }

    func feed(_ bytes: Span<UInt8>) {
        received += bytes.count
        if isDiscarding { return }
        if let reader {
            self.reader = nil
            reader.resume(returning: .success(Array(copying: bytes)))
        } else {
            buffer.append(bytes)
        }
    }

    func finish() {
        state = .complete
        resume(.success(nil))
    }

    func fail(_ error: HTTPError) {
        guard case .open = state else { return }
        state = .failed(error)
        resume(.failure(error))
    }

    /// From here on what comes is dropped.
    func discard() {
        isDiscarding = true
        buffer.release()
    }

    private func resume(_ result: Result<[UInt8]?, HTTPError>) {
        reader?.resume(returning: result)
        reader = nil
    }
}
