package import Platform

/// One client's connection: reads requests, hands them over one at a time, and writes the answers in their order.
@LoopActor
package final class HTTPConnection: PollHandler, TurnEndHandler {
    enum Phase: Equatable {
        /// Between requests.
        case idle
        /// Part of a head has arrived.
        case head
        /// A request is being answered.
        case exchange
        /// The last answer is on its way out.
        case closing
        /// The answer is out; what the client still sends is dropped, so that it can read the answer in peace
        /// (RFC 9112 section 9.6).
        case lingering
        case upgraded
        case closed
    }

    /// Bytes read past a request in progress: pipelined requests wait here.
    static let pipelineLimit = 64 * 1024
    static let lingerTime = Duration.seconds(2)
    static let lingerLimit = 1024 * 1024

    let server: HTTPServer
    let peer: HTTPPeer
    private(set) var phase = Phase.idle
    private let stream: any ByteStream
    private var parser: HTTPRequestParser
    private var pending = ByteBuffer()
    var outbox = ByteBuffer()
    var current: HTTPExchange?
    private var upgrade: (any HTTPUpgrade)?
    var deadlines: ConnectionDeadlines
    private var interest: Readiness = []
    private var isFlushScheduled = false
    private var isAdvancing = false
    private var peerFinished = false
    private var lingered = 0
    private let outboxLimit: Int

    init(stream: any ByteStream, peer: HTTPPeer, server: HTTPServer) {
        self.stream = stream
        self.peer = peer
        self.server = server
        parser = HTTPRequestParser(limits: server.limits)
        outboxLimit = server.limits.outbox
        deadlines = ConnectionDeadlines(clock: server.clock)
        deadlines.onExpiry = { [unowned self] in self.deadlinePassed() }
        deadlines.set(.idle, in: server.limits.idleTime)
        updateInterest()
    }

    var hasRoom: Bool { outbox.count <= outboxLimit }

    // MARK: Readiness

    package func pollReady(_ readiness: Readiness) {
        if readiness.contains(.write) { flush() }
        if readiness.contains(.read), interest.contains(.read) { receive() }
        // Both directions are down and nothing of interest is left to read: it would be reported for ever.
        if readiness.contains(.hangUp), phase != .closed, phase != .upgraded, !interest.contains(.read) { cut() }
    }

    package func turnEnded() {
        isFlushScheduled = false
        if phase != .upgraded { flush() }
    }

    private func receive() {
        let buffer = EventLoop.shared.readBuffer
        do throws(StreamError) {
            switch try stream.read(into: buffer) {
            case .bytes(let count): buffer.withBytes(count) { take($0.span) }
            case .blocked: break
            case .end: endReceived()
            }
        } catch {
            cut()
        }
    }

    private func take(_ bytes: Span<UInt8>) {
        if pending.isEmpty {
            let used = advance(bytes)
            if used < bytes.count, phase != .closed { pending.append(bytes.extracting(used...)) }
        } else {
            pending.append(bytes)
            takePending()
        }
        settle()
    }

    /// Goes on with what was kept. The buffer is taken out for the time: handlers may come back here.
    private func takePending() {
        guard !isAdvancing, !pending.isEmpty else { return }
        var bytes = ByteBuffer()
        swap(&bytes, &pending)
        let used = advance(bytes.span)
        bytes.consume(used)
        if phase != .closed { pending = bytes }
    }

    private func settle() {
        if case .upgraded = phase { return completeUpgrade() }
        if phase == .idle { deadlines.set(.idle, in: server.limits.idleTime) }
        updateInterest()
    }

    private func endReceived() {
        peerFinished = true
        switch phase {
        case .idle, .head, .lingering, .upgraded, .closed: cut()
        case .closing: updateInterest()
        case .exchange:
            if let current, !current.body.isComplete { return cut() }
            current?.progress.closeAfterwards()
            current?.clientFinished()
            updateInterest()
        }
    }

    private func updateInterest() {
        var wanted: Readiness = []
        switch phase {
        case .idle, .head: if hasRoom { wanted = .read }
        case .exchange:
            if let body = current?.body, !body.isComplete {
                if body.hasRoom, pending.isEmpty { wanted = .read }
            } else if pending.count < Self.pipelineLimit {
                wanted = .read
            }
        case .closing: break
        case .lingering: wanted = .read
        case .upgraded, .closed: return
        }
        if peerFinished { wanted.remove(.read) }
        if !outbox.isEmpty, !isFlushScheduled { wanted.insert(.write) }
        guard wanted != interest else { return }
        interest = wanted
        stream.watch(wanted, self)
    }

    // MARK: Requests

    /// Understands as much of `bytes` as is possible now. Returns how much that was.
    private func advance(_ bytes: Span<UInt8>) -> Int {
        isAdvancing = true
        defer { isAdvancing = false }
        var offset = 0
        while true {
            switch phase {
            case .idle, .head:
                guard offset < bytes.count, hasRoom else { return offset }
                guard let length = readHead(bytes.extracting(offset...)) else { return offset }
                offset += length
            case .exchange:
                guard readBody(bytes, &offset) else { return offset }
                guard endExchangeIfDone() else { return offset }
            case .lingering:
                lingered += bytes.count - offset
                if lingered > Self.lingerLimit { cut() }
                return bytes.count
            case .closing: return bytes.count
            case .upgraded, .closed: return offset
            }
        }
    }

    /// Returns the head's length, or nil when there is nothing to do before more bytes come.
    private func readHead(_ bytes: Span<UInt8>) -> Int? {
        do throws(HTTPError) {
            guard let (request, length) = try parser.parse(bytes) else {
                if phase == .idle {
                    phase = .head
                    deadlines.set(.head, in: server.limits.headTime)
                }
                return nil
            }
            try begin(request)
            return length
        } catch {
            refuse(error)
            return nil
        }
    }

    private func begin(_ request: HTTPRequest) throws(HTTPError) {
        let limit = request.hasBody ? server.handler.bodyLimit(for: request, default: server.limits.body) : 0
        if request.framing.hasUnknownExpectation {
            throw HTTPError(.expectationFailed, "the only expectation understood is 100-continue")
        }
        if let length = request.contentLength, length > limit {
            throw HTTPError(.payloadTooLarge, "the body has \(length) bytes and may have at most \(limit)")
        }
        let exchange = HTTPExchange(request, bodyLimit: limit, peer: peer, connection: self)
        current = exchange
        phase = .exchange
        if request.hasBody { deadlines.set(.body, in: server.limits.bodyTime) } else { deadlines.clear() }
        server.handler.handle(exchange)
    }

    /// Feeds the body. Returns whether it is complete.
    private func readBody(_ bytes: Span<UInt8>, _ offset: inout Int) -> Bool {
        guard let exchange = current else { return false }
        let body = exchange.body
        if body.isComplete { return true }
        do throws(HTTPError) {
            try exchange.progress.feed(body, bytes, &offset)
        } catch {
            body.fail(error)
            refuse(error)
            return false
        }
        if body.isComplete {
            if deadlines.kind == .body { deadlines.clear() }
        } else {
            let earned = Duration.seconds(1) * body.received / server.limits.bodyRate
            deadlines.extend(.body, since: server.limits.bodyTime + earned)
        }
        return body.isComplete
    }

    /// After answer and body are both complete: on to the next request, or to the end.
    private func endExchangeIfDone() -> Bool {
        guard phase == .exchange, let exchange = current else { return phase != .exchange }
        if let held = exchange.progress.held {
            exchange.progress.held = nil
            exchange.progress.isAnswered = true
            write(held, for: exchange)
            scheduleFlush()
        }
        guard exchange.isDone else { return false }
        current = nil
        exchange.detach(clientGone: false)
        if exchange.progress.keepsAlive, server.takesMore {
            phase = .idle
        } else {
            phase = .closing
            scheduleFlush()
        }
        return true
    }

    // MARK: Going on

    func resumeReading() {
        guard !isAdvancing else { return }
        if pending.isEmpty { _ = advance(Span()) } else { takePending() }
        settle()
    }

    /// Answers a request that cannot be understood or accepted. Nothing after it is looked at.
    private func refuse(_ error: HTTPError) {
        let exchange = current
        let isAnswered = exchange?.progress.isAnswered ?? false
        let isStreaming = exchange?.stream != nil
        current = nil
        // Within a streamed answer there is no place for another; a complete one still goes out.
        if isStreaming, !isAnswered { return cut() }
        phase = .closing
        exchange?.detach(clientGone: true)
        deadlines.clear()
        scheduleFlush()
        guard !isAnswered else { return }
        write(.made(.error(error)), for: exchange)
        server.refused(error, peer)
    }

    // MARK: Writing

    func scheduleFlush() {
        guard !isFlushScheduled, phase != .closed, phase != .upgraded else { return }
        isFlushScheduled = true
        EventLoop.shared.atTurnEnd(self)
    }

    private func flush() {
        guard phase != .closed, phase != .upgraded else { return }
        if !outbox.isEmpty {
            let before = outbox.count
            do throws(StreamError) {
                let taken = try outbox.withSpan { (bytes) throws(StreamError) in try stream.write(bytes) }
                outbox.consume(taken)
            } catch {
                return cut()
            }
            if !outbox.isEmpty {
                if outbox.count < before || !deadlines.isWaitingForWrite {
                    deadlines.setWrite(in: server.limits.writeTime)
                }
                return updateInterest()
            }
            deadlines.clearWrite()
        }
        if phase == .closing { return startLingering() }
        current?.stream?.roomAgain()
        if !pending.isEmpty { resumeReading() } else { updateInterest() }
    }

    private func startLingering() {
        if peerFinished || server.isDraining { return cut() }
        phase = .lingering
        (stream as? any HalfClosing)?.finishWriting()
        deadlines.set(.linger, in: Self.lingerTime)
        pending.release()
        updateInterest()
    }

    private func deadlinePassed() {
        switch deadlines.expired() {
        case nil: break
        case .idle, .linger, .write: cut()
        case .head:
            let limit = server.limits.headTime
            refuse(HTTPError(.requestTimeout, "the head was not complete within \(limit.components.seconds) s"))
        case .body:
            let error = HTTPError(.requestTimeout, "the body came too slowly")
            current?.body.fail(error)
            refuse(error)
        }
    }

    // MARK: The end

    /// The server takes no more requests: idle connections end now, others with their answer.
    func drain() {
        switch phase {
        case .idle where pending.isEmpty && outbox.isEmpty, .lingering: cut()
        case .idle:
            phase = .closing
            scheduleFlush()
        case .head: cut()
        default: break
        }
    }

    /// One more request may come.
    func retire(within time: Duration) {
        if phase == .idle { deadlines.set(.idle, in: time) }
    }

    /// Ends the connection at once.
    func cut() {
        guard phase != .closed, phase != .upgraded else { return }
        phase = .closed
        deadlines.end()
        stream.close()
        pending.release()
        outbox.release()
        let exchange = current
        current = nil
        exchange?.detach(clientGone: true)
        server.closed(self)
    }

    /// Answers 101 and gives the stream, with what was received behind the request, to `next`.
    func hand(over next: any HTTPUpgrade, _ fields: HTTPFields) {
        guard phase == .exchange else { return }
        ResponseHead(status: .switchingProtocols, framing: .none).write(fields, to: &outbox)
        outbox.append(server.commonLines)
        outbox.append("\r\n")
        upgrade = next
        phase = .upgraded
        if !isAdvancing { completeUpgrade() }
    }

    private func completeUpgrade() {
        guard let next = upgrade else { return }
        upgrade = nil
        deadlines.end()
        let exchange = current
        current = nil
        exchange?.detach(clientGone: false)
        server.closed(self)
        next.begin(stream: stream, received: pending, outbox: outbox)
        pending.release()
        outbox.release()
    }
}

/// What goes on with a connection's stream after an upgrade.
@LoopActor
package protocol HTTPUpgrade: AnyObject {
    func begin(stream: any ByteStream, received: ByteBuffer, outbox: ByteBuffer)
}
