import Platform

/// One request on one connection, from its first byte to the response's last.
@LoopActor
final class HTTPClientExchange: HTTPBodySource {
    /// Responses of status 1xx before the final one.
    static let interimLimit = 8

    private enum State {
        case open
        /// The response is complete and the connection given back or closed.
        case finished
        case failed(HTTPClientError)
    }

    private let connection: HTTPClientConnection
    /// Where the connection goes afterwards; nil for one that was opened for this exchange alone.
    private let pool: HTTPConnectionPool?
    private let request: HTTPClientRequest
    private let time: HTTPCallTime
    private var state = State.open
    private var pump: HTTPRequestPump?
    private var parser: HTTPResponseParser
    private var body: HTTPBodyReader?
    private var head: HTTPResponseHead?
    private var headLength = 0
    private var sentBefore = 0
    private var hasResponse = false
    private var waitDeadline: (phase: HTTPPhase, deadline: HTTPDeadline?)?
    private var total: LoopTimer?

    init(
        _ request: HTTPClientRequest, on connection: HTTPClientConnection, _ pool: HTTPConnectionPool?,
        time: HTTPCallTime, limits: HTTPClientLimits
    ) {
        self.request = request
        self.connection = connection
        self.pool = pool
        self.time = time
        parser = HTTPResponseParser(headLimit: limits.head, fieldLimit: limits.fieldCount)
    }

    private var peer: String { connection.origin.peer }

    /// Whether all of the request has left, or will not any more.
    private var isSent: Bool {
        connection.sendFailure != nil || pump?.isRunning != true && !connection.hasUnsentBytes
    }

    // MARK: The request

    /// Sends the head, and the body as far as it is known.
    func start(head: [UInt8]) {
        headLength = head.count
        sentBefore = connection.sentCount
        switch request.body {
        case .none: connection.send([head], time)
        case .bytes(let bytes): connection.send([head, bytes], time)
        case .stream(let length, let produce): startPump(head, produce, .length(length))
        case .chunked(let produce): startPump(head, produce, .chunked)
        }
    }

    private func startPump(_ head: [UInt8], _ produce: @escaping HTTPBodyProducer, _ framing: HTTPRequestPump.Framing) {
        connection.send([head], time)
        let pump = HTTPRequestPump(produce, framing, connection, time)
        self.pump = pump
        pump.start()
    }

    /// Whether the server cannot have acted on the request, or acting twice does no harm (RFC 9110 section 9.2.2): the
    /// connection ended without a response's byte, and the method is idempotent or its body had not begun.
    var mayBeRepeated: Bool {
        guard !hasResponse, case .failed(.connectionLost) = state, pump?.hasStarted != true else { return false }
        if request.method.isIdempotent { return true }
        let sent = connection.sentCount - sentBefore
        switch request.body {
        case .none: return sent == 0
        case .bytes(let bytes): return sent == 0 || !bytes.isEmpty && sent <= headLength
        case .stream, .chunked: return true
        }
    }

    // MARK: The response

    /// The final response's head. A 101 is final only where `acceptsUpgrade`.
    func responseHead(acceptsUpgrade: Bool = false) async throws(HTTPClientError) -> HTTPResponseHead {
        do throws(HTTPClientError) {
            for _ in 0...Self.interimLimit {
                let head = try await nextHead()
                if head.status == .switchingProtocols {
                    guard acceptsUpgrade else { throw malformed("101 without an upgrade being asked for") }
                    guard isSent else { throw malformed("101 before the request was complete") }
                    return head
                }
                if head.status.code >= 200 {
                    begin(head)
                    return head
                }
                waitDeadline = nil
            }
            throw malformed("more than \(Self.interimLimit) interim responses")
        } catch {
            fail(error)
            throw error
        }
    }

    private func nextHead() async throws(HTTPClientError) -> HTTPResponseHead {
        while true {
            try check()
            if !connection.received.isEmpty {
                hasResponse = true
                if let head = try parseHead() { return head }
            }
            guard connection.incoming == .open else { throw lost(within: "the response's head") }
            try await connection.waitForMore(until: headDeadline())
        }
    }

    private func parseHead() throws(HTTPClientError) -> HTTPResponseHead? {
        do throws(HTTPError) {
            return try connection.take { (received) throws(HTTPError) in
                guard let (head, length) = try parser.parse(received.span) else { return nil }
                received.consume(length)
                return head
            }
        } catch {
            throw malformed(error.message)
        }
    }

    /// Each phase's deadline is set when the phase begins: bytes that drip in do not move it.
    private func headDeadline() -> HTTPDeadline? {
        guard hasResponse && !connection.received.isEmpty || isSent else { return time.total }
        let phase: HTTPPhase = connection.received.isEmpty ? .firstByte : .head
        if let waitDeadline, waitDeadline.phase == phase { return waitDeadline.deadline }
        let deadline = time.deadline(phase)
        waitDeadline = (phase, deadline)
        return deadline
    }

    private func begin(_ head: HTTPResponseHead) {
        self.head = head
        let body = HTTPBodyReader(head, to: request.method)
        self.body = body
        if !isSent, head.status.code >= 400 {
            // The server has refused what it has not read yet. The rest would be in the way.
            pump?.cancel()
            connection.stopSending()
        }
        if body.isFinished { return finish() }
        guard let deadline = time.total else { return }
        // Also while nobody waits for more, the connection's time runs.
        total = time.clock.makeTimer { [weak self] in self?.fail(deadline.error) }
        total?.arm(at: deadline.at)
    }

    /// Bytes of the body still to come, where that is known.
    var bytesLeft: Int? { body?.left }

    func next() async throws(HTTPClientError) -> [UInt8]? {
        switch state {
        case .finished: return nil
        case .failed(let error): throw error
        case .open: break
        }
        do throws(HTTPClientError) {
            while true {
                try check()
                let bytes = try takeBody()
                if body?.isFinished == true { finish() }
                if !bytes.isEmpty { return bytes }
                if case .finished = state { return nil }
                guard connection.incoming == .open else {
                    try endBody()
                    return nil
                }
                try await connection.waitForMore(until: time.deadline(.body))
            }
        } catch {
            fail(error)
            throw error
        }
    }

    private func takeBody() throws(HTTPClientError) -> [UInt8] {
        do throws(HTTPError) {
            return try connection.take { (received) throws(HTTPError) in try body?.take(from: &received) ?? [] }
        } catch {
            throw malformed(error.message)
        }
    }

    /// The peer's end, which for some bodies is how they end. A TLS connection that is cut off without being closed is
    /// a failure of the stream, not an end, so nobody on the way can shorten such a body.
    private func endBody() throws(HTTPClientError) {
        guard connection.incoming == .finished else { throw lost(within: "the body") }
        if let missing = body?.end() { throw .connectionLost(peer: peer, reason: "\(missing) from the body") }
        finish()
    }

    // MARK: The end

    private func finish() {
        guard case .open = state else { return }
        state = .finished
        total?.cancel()
        guard let pool else { return connection.close(.closed) }
        if isReusable, let head {
            pool.giveBack(connection, idleTime: HTTPKeepAlive.idleTime(head) ?? pool.limits.idleTime)
        } else {
            pump?.cancel()
            connection.close(.closed)
            pool.release(connection.origin)
        }
    }

    /// Bytes after the response's end would be taken for the beginning of the next one.
    private var isReusable: Bool {
        guard let head, let body, head.keepsAlive, !body.endsWithConnection else { return false }
        guard isSent, connection.sendFailure == nil, !connection.gaveUpSending else { return false }
        return connection.isOpen && connection.incoming == .open && connection.received.isEmpty
    }

    /// Nobody wants the body. If it is all there the connection can be used again; it is not waited for.
    func discard() {
        _ = try? takeBody()
        if body?.isFinished == true { finish() } else { abandon() }
    }

    func abandon() { fail(.cancelled) }

    private func fail(_ error: HTTPClientError) {
        guard case .open = state else { return }
        state = .failed(error)
        total?.cancel()
        pump?.cancel()
        connection.close(error)
        pool?.release(connection.origin)
    }

    private func check() throws(HTTPClientError) {
        if Task.isCancelled { throw .cancelled }
        if let reason = connection.closeReason { throw reason }
    }

    private func malformed(_ reason: String) -> HTTPClientError { .malformedResponse(peer: peer, reason: reason) }

    private func lost(within place: String) -> HTTPClientError {
        if case .failed(let reason) = connection.incoming { return .connectionLost(peer: peer, reason: reason) }
        if !hasResponse {
            let reason = connection.sendFailure ?? "the peer closed it without a response"
            return .connectionLost(peer: peer, reason: reason)
        }
        return .connectionLost(peer: peer, reason: "the peer closed it within \(place)")
    }

    /// Hands the stream over after a 101.
    func takeStream() -> (stream: any ByteStream, leftover: [UInt8]) {
        state = .finished
        return connection.detach()
    }

    isolated deinit { fail(.cancelled) }
}

/// A server's hint on how long it keeps idle connections (the field Keep-Alive of RFC 2068 section 19.7.1.1, which
/// many servers still send).
enum HTTPKeepAlive {
    /// Used less long than offered, since the server's clock began to run earlier than ours.
    static let margin = Duration.seconds(1)

    static func idleTime(_ head: HTTPResponseHead) -> Duration? {
        for part in head.fields["Keep-Alive"]?.split(separator: ",") ?? [] {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, Array(pair[0].utf8).span.trimmed.matchesIgnoringCase("timeout") else { continue }
            guard let seconds = Array(pair[1].utf8).span.trimmed.decimal, seconds < 86_400 else { return nil }
            return max(.zero, .seconds(seconds) - margin)
        }
        return nil
    }
}
