package import Platform

/// Hears what happens on a WebSocket. Called on the loop.
@LoopActor
package protocol WebSocketHandler: AnyObject {
    /// A whole message. The bytes are there during the call only; text is well-formed UTF-8.
    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>)
    /// The last call. Without a close frame of the peer the code is 1006.
    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose)
}

/// Sizes and times of one connection.
package struct WebSocketOptions: Sendable {
    package var limits = WebSocketLimits()
    /// Nil: compression is not offered or accepted.
    package var deflate: DeflateSettings?
    /// Bytes waiting for the peer above which no further message of it is read.
    package var readPause = 256 * 1024
    /// Bytes waiting for the peer above which `send` refuses: the peer is a slow consumer.
    package var outbox = 4 * 1024 * 1024
    /// Silence after which a ping is sent.
    package var pingInterval = Duration.seconds(30)
    /// Silence after that ping which ends the connection.
    package var pongTime = Duration.seconds(20)
    /// From our close frame to the end of the connection.
    package var closeTime = Duration.seconds(5)

    package init() {}
}

/// One WebSocket, of a server or of a client, over any stream (RFC 6455).
@LoopActor
package final class WebSocketConnection: PollHandler, TurnEndHandler, HTTPUpgrade {
    private enum State: Equatable {
        /// The handshake's answer is not out yet; what is sent waits.
        case opening
        case open
        /// Our close frame is out or on its way; we wait for the peer's.
        case closing
        /// Both close frames went, or the connection failed: what is written goes out, what comes is dropped.
        case ending
        case closed
    }

    package let role: WebSocketRole
    package let options: WebSocketOptions
    package let subprotocol: String?
    /// Held until the last call.
    private var handler: (any WebSocketHandler)?
    private let clock: any Clock
    private var stream: (any ByteStream)?
    private var state = State.opening
    private var receiver: WebSocketReceiver
    private var deflater: MessageDeflater?
    private var outbox = ByteBuffer()
    /// Received, but not looked at while the peer does not take our answers.
    private var pending = ByteBuffer()
    private var interest: Readiness = []
    private var isFlushScheduled = false
    private var heardSomething = true
    /// When the last whole message, ping or pong of the peer came; nil before the first.
    package private(set) var heardAt: Instant?
    private var isAwaitingPong = false
    private var outcome: WebSocketClose?
    private var timer: LoopTimer?

    package init(
        role: WebSocketRole, options: WebSocketOptions, deflate: PermessageDeflate?, subprotocol: String? = nil,
        handler: any WebSocketHandler, clock: any Clock
    ) {
        self.role = role
        self.options = options
        self.subprotocol = subprotocol
        self.handler = handler
        self.clock = clock
        limits = options.limits
        receiver = WebSocketReceiver(role: role, limits: options.limits, deflate: deflate)
        if let deflate { deflater = MessageDeflater(deflate.outgoing, options.deflate ?? DeflateSettings(for: role)) }
    }

    /// Takes over the stream. `received` came behind the handshake, `outbox` is still to be written before anything of
    /// ours.
    package func begin(stream: any ByteStream, received: ByteBuffer, outbox first: ByteBuffer) {
        self.stream = stream
        var all = first
        outbox.withSpan { all.append($0) }
        outbox = all
        if state == .opening { state = .open }
        pending = received
        timer = clock.makeTimer { [weak self] in self?.timerFired() }
        timer?.arm(at: clock.now + (state == .open ? options.pingInterval : options.closeTime))
        scheduleFlush()
        takePending()
        updateInterest()
    }

    package var isOpen: Bool { state == .open || state == .opening }

    /// What the peer may send; a change counts from its next frame on.
    package var limits: WebSocketLimits {
        didSet { receiver.set(limits) }
    }

    /// Bytes that the peer has not taken yet.
    package var backlog: Int { outbox.count }

    // MARK: Sending

    /// Queues a message. False when it was not taken: the connection is closing, or the peer does not keep up.
    @discardableResult
    package func send(_ kind: WebSocketMessageKind, _ bytes: Span<UInt8>) -> Bool {
        guard isOpen, outbox.count <= options.outbox else { return false }
        let opcode: WebSocketOpcode = kind == .text ? .text : .binary
        if deflater?.wants(bytes.count) == true {
            var compressed: [UInt8] = []
            deflater?.deflate(bytes, appendingTo: &compressed)
            WebSocketFrameWriter.write(opcode, compressed.span, isCompressed: true, mask: mask, to: &outbox)
        } else {
            WebSocketFrameWriter.write(opcode, bytes, mask: mask, to: &outbox)
        }
        scheduleFlush()
        return true
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(.text, Array(text.utf8).span) }

    /// Begins the closing handshake.
    package func close(_ code: WebSocketCloseCode, _ reason: String = "") {
        guard isOpen else { return }
        let wasOpen = state == .open
        state = .closing
        WebSocketFrameWriter.writeClose(WebSocketClose(code, reason), mask: mask, to: &outbox)
        guard wasOpen else { return }
        timer?.arm(at: clock.now + options.closeTime)
        pending.release()
        scheduleFlush()
    }

    /// Says why and ends the connection without waiting for the peer's close frame: its descriptor is free again.
    package func end(_ code: WebSocketCloseCode, _ reason: String = "") {
        close(code, reason)
        flush()
        cut()
    }

    /// Ends the connection at once.
    package func cut() {
        guard state != .closed else { return }
        state = .closed
        timer?.cancel()
        timer = nil
        stream?.close()
        outbox.release()
        pending.release()
        let handler = handler
        self.handler = nil
        handler?.webSocketClosed(self, outcome ?? WebSocketClose(.abnormal))
    }

    private var mask: UInt32? { role == .client ? .random(in: .min ... .max) : nil }

    // MARK: Receiving

    package func pollReady(_ readiness: Readiness) {
        if readiness.contains(.write) { flush() }
        if readiness.contains(.read), interest.contains(.read) { receive() }
        if readiness.contains(.hangUp), !interest.contains(.read) { cut() }
    }

    private func receive() {
        guard let stream else { return }
        let buffer = EventLoop.shared.readBuffer
        do throws(StreamError) {
            switch try stream.read(into: buffer) {
            case .bytes(let count):
                heardSomething = true
                buffer.withBytes(count) { take(&$0) }
                updateInterest()
            case .blocked: break
            case .end: cut()
            }
        } catch {
            cut()
        }
    }

    private func take(_ bytes: inout MutableSpan<UInt8>) {
        var offset = 0
        do throws(WebSocketError) {
            while state == .open || state == .closing {
                guard outbox.count <= options.readPause || state == .closing else {
                    pending.append(bytes.span.extracting(offset...))
                    return
                }
                guard let event = try receiver.next(in: &bytes, from: &offset) else { return }
                receive(event, bytes.span)
            }
        } catch {
            fail(error)
        }
    }

    private func receive(_ event: WebSocketEvent, _ bytes: Span<UInt8>) {
        heardAt = clock.now
        switch event {
        case .message(let kind, let payload):
            guard state == .open else { return }
            payload.withSpan(in: bytes) { handler?.webSocket(self, received: kind, $0) }
        case .ping(let payload):
            guard state == .open else { return }
            payload.withSpan(in: bytes) { WebSocketFrameWriter.write(.pong, $0, mask: mask, to: &outbox) }
            scheduleFlush()
        case .pong: break
        case .close(let close):
            outcome = close
            // RFC 6455 section 5.5.1: the answer typically echoes the code.
            if state == .open {
                let answer = WebSocketClose(close.code)
                WebSocketFrameWriter.writeClose(answer, mask: mask, to: &outbox)
            }
            end()
        }
    }

    /// RFC 6455 section 7.1.7: say why, then end.
    private func fail(_ error: WebSocketError) {
        let reason = error.closeCode == .messageTooBig ? limits.excessReason : nil
        outcome = WebSocketClose(error.closeCode, reason ?? error.description)
        if state == .open, let outcome { WebSocketFrameWriter.writeClose(outcome, mask: mask, to: &outbox) }
        end()
    }

    /// The peer has said its last word that counts. A server ends the connection when its own is out; a client waits
    /// for that (section 7.1.1).
    private func end() {
        state = .ending
        receiver.stop()
        pending.release()
        timer?.arm(at: clock.now + options.closeTime)
        scheduleFlush()
    }

    private func takePending() {
        guard !pending.isEmpty, state == .open || state == .closing else { return }
        var bytes = ByteBuffer()
        swap(&bytes, &pending)
        bytes.withMutableSpan { take(&$0) }
    }

    private func updateInterest() {
        guard state != .closed, let stream else { return }
        var wanted: Readiness = pending.isEmpty && (outbox.count <= options.readPause || state != .open) ? .read : []
        if !outbox.isEmpty, !isFlushScheduled { wanted.insert(.write) }
        guard wanted != interest else { return }
        interest = wanted
        stream.watch(wanted, self)
    }

    // MARK: Writing

    private func scheduleFlush() {
        guard !isFlushScheduled, state != .closed, stream != nil else { return }
        isFlushScheduled = true
        EventLoop.shared.atTurnEnd(self)
    }

    package func turnEnded() {
        isFlushScheduled = false
        flush()
    }

    private func flush() {
        guard state != .closed, let stream else { return }
        if !outbox.isEmpty {
            do throws(StreamError) {
                let taken = try outbox.withSpan { (bytes) throws(StreamError) in try stream.write(bytes) }
                outbox.consume(taken)
            } catch {
                return cut()
            }
        }
        if outbox.isEmpty, state == .ending, role == .server { return finish(stream) }
        if outbox.count <= options.readPause { takePending() }
        updateInterest()
    }

    /// Our last byte is out. After a proper close the peer has nothing to say; after a failure it may still be
    /// sending, and closing now would take our reason from under it.
    private func finish(_ stream: any ByteStream) {
        (stream as? any HalfClosing)?.finishWriting()
        updateInterest()
    }

    private func timerFired() {
        switch state {
        case .opening, .closed: break
        case .closing, .ending: cut()
        case .open:
            if heardSomething {
                heardSomething = false
                isAwaitingPong = false
                timer?.arm(at: clock.now + options.pingInterval)
            } else if isAwaitingPong {
                outcome = WebSocketClose(.abnormal, "no answer to a ping")
                cut()
            } else {
                isAwaitingPong = true
                WebSocketFrameWriter.write(.ping, Span(), mask: mask, to: &outbox)
                scheduleFlush()
                timer?.arm(at: clock.now + options.pongTime)
            }
        }
    }
}
