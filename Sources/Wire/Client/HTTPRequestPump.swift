import Platform

/// Sends a request's body as its producer gives it: the next piece is asked for when the last one has left.
@LoopActor
final class HTTPRequestPump {
    enum Framing: Equatable {
        case length(Int)
        case chunked
    }

    private let produce: HTTPBodyProducer
    private let framing: Framing
    private let connection: HTTPClientConnection
    private let time: HTTPCallTime
    /// Whether the producer was asked for anything yet. Then the request cannot be sent again.
    private(set) var hasStarted = false
    private(set) var isRunning = true
    private var burst = HTTPBurst()
    private var task: Task<Void, any Error>?

    init(
        _ produce: @escaping HTTPBodyProducer, _ framing: Framing, _ connection: HTTPClientConnection,
        _ time: HTTPCallTime
    ) {
        self.produce = produce
        self.framing = framing
        self.connection = connection
        self.time = time
    }

    func start() {
        task = startTask {
            await self.run()
            self.isRunning = false
            self.task = nil
            self.connection.wakeReader()
        }
    }

    func cancel() { task?.cancel() }

    private func run() async {
        do throws(HTTPClientError) {
            try await connection.waitUntilSent()
            switch framing {
            case .length(let length): try await sendExactly(length)
            case .chunked: try await sendChunks()
            }
        } catch .requestBody(let peer, let reason) {
            connection.close(.requestBody(peer: peer, reason: reason))
        } catch {
            // The connection knows it already, and who reads from it will hear.
        }
    }

    private func sendExactly(_ length: Int) async throws(HTTPClientError) {
        var left = length
        while let bytes = try await next() {
            guard bytes.count <= left else { throw failure("its body is longer than the \(length) bytes announced") }
            left -= bytes.count
            try await send(bytes)
        }
        guard left == 0 else { throw failure("its body ended \(left) bytes before the length announced") }
    }

    private func sendChunks() async throws(HTTPClientError) {
        while let bytes = try await next() {
            // An empty chunk would be the last one (RFC 9112 section 7.1).
            if bytes.isEmpty { continue }
            var chunk = ByteBuffer()
            chunk.append(hexadecimal: bytes.count)
            chunk.append("\r\n")
            chunk.append(bytes)
            chunk.append("\r\n")
            try await send(chunk.bytes)
        }
        try await send(Array("0\r\n\r\n".utf8))
    }

    private func send(_ bytes: [UInt8]) async throws(HTTPClientError) {
        connection.send([bytes], time)
        try await connection.waitUntilSent()
        if burst.add(bytes.count) { await HTTPBurst.passTurn() }
    }

    private func next() async throws(HTTPClientError) -> [UInt8]? {
        if Task.isCancelled { throw .cancelled }
        hasStarted = true
        do {
            return try await produce()
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw failure("its body failed: \(error)")
        }
    }

    private func failure(_ reason: String) -> HTTPClientError {
        .requestBody(peer: connection.origin.peer, reason: reason)
    }
}
