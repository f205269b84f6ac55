import COpenSSL

/// TLS over a connected socket, with the manners of the socket itself.
///
/// The handshake runs by itself; until it is done reads and writes are blocked. `close` and `finishWriting` tell the
/// peer (close_notify), and a peer that ends the connection without telling us is an error, not an end: what came may
/// have been cut off by somebody in between (RFC 8446 section 6.1).
///
/// OpenSSL writes with write(2), so the process has to ignore SIGPIPE (`Signals.ignoreFailedWrites`).
package final class TLSStream: HalfClosing {
    /// What one record carries. RFC 8446 section 5.1.
    static let recordBytes = 16 * 1024

    /// How long bytes that `write` took may still be on their way after `close`, when the peer reads slowly.
    static let lingerLimit = Duration.seconds(10)

    /// A client's part: whom it wants to talk to.
    struct Client {
        let verification: TLSVerification
        let sessions: TLSSessionCache
        let sessionKey: String

        init(_ verification: TLSVerification, _ sessions: TLSSessionCache, key: String) {
            self.verification = verification
            self.sessions = sessions
            sessionKey = key
        }
    }

    enum Phase {
        case handshaking(needs: Readiness)
        case open
        case failed(StreamError)
        /// Closed by its owner; what it took is still being sent.
        case lingering
        case closed
    }

    /// Our close_notify.
    enum Farewell { case unasked, wanted, sent }

    let ssl: OpaquePointer
    package let descriptor: Int32
    let client: Client?
    var phase = Phase.handshaking(needs: .read)
    var farewell = Farewell.unasked
    /// The first byte that came: says what a peer speaks that does not speak TLS.
    var firstByte: UInt8?
    var waiting: [@LoopActor (StreamError?) -> Void] = []

    private var interest: Readiness = []
    private var handler: (any PollHandler)?
    /// What the loop watches the descriptor for now.
    private var watched: Readiness?
    /// Bytes that `write` took and OpenSSL could not send yet. It has encrypted them: only they can come next.
    private var outgoing: [UInt8] = []
    private var endReceived = false
    /// OpenSSL has nothing to read, not even half a record that is worth asking for.
    private var isDrained = false
    // A key update (RFC 8446 section 4.6.3) makes reading wait for writing; the reverse is left to OpenSSL.
    private var readNeedsWrite = false
    private var writeNeedsRead = false
    let clock: any Clock
    private var lingerTimer: LoopTimer?
    private var isDeferred = false

    init(_ context: TLSContext, over socket: SocketStream, client: Client?, clock: any Clock) {
        guard let ssl = SSL_new(context.pointer) else { fatalError("no memory for a TLS connection") }
        self.ssl = ssl
        self.client = client
        self.clock = clock
        descriptor = socket.detach()
        SSL_set_fd(ssl, descriptor)
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The stream that an SSL of ours belongs to.
    static func owner(of ssl: OpaquePointer?) -> TLSStream? {
        guard let data = SSL_get_ex_data(ssl, 0) else { return nil }
        return Unmanaged<TLSStream>.fromOpaque(data).takeUnretainedValue()
    }

    isolated deinit {
        if case .closed = phase { return }
        release()
    }

    // MARK: ByteStream

    package func read(into memory: UnsafeMutableRawBufferPointer) throws(StreamError) -> ReadResult {
        switch phase {
        case .handshaking: return .blocked
        case .open: break
        case .failed(let error): throw error
        case .lingering, .closed: throw .closed
        }
        if endReceived { return .end }
        var count = 0
        isDrained = false
        // One call gives one record at most; the caller wants what there is, as from a socket.
        while count < memory.count {
            let outcome = co_read(ssl, memory.baseAddress! + count, memory.count - count)
            switch outcome.error {
            case SSL_ERROR_NONE:
                count += outcome.count
                continue
            case SSL_ERROR_WANT_READ: (isDrained, readNeedsWrite) = (true, false)
            case SSL_ERROR_WANT_WRITE: (isDrained, readNeedsWrite) = (true, true)
            case SSL_ERROR_ZERO_RETURN: endReceived = true
            default: fail(failure(outcome))
            }
            break
        }
        settle()
        if count > 0 { return .bytes(count) }
        if case .failed(let error) = phase { throw error }
        return endReceived ? .end : .blocked
    }

    package func write(_ bytes: Span<UInt8>) throws(StreamError) -> Int {
        switch phase {
        case .handshaking: return 0
        case .open: break
        case .failed(let error): throw error
        case .lingering, .closed: throw .closed
        }
        guard case .unasked = farewell else { throw .closed }
        var taken = 0
        while taken < bytes.count, flush() {
            let record = bytes.extracting(taken..<min(bytes.count, taken + Self.recordBytes))
            let outcome = record.withUnsafeBytes { co_write(ssl, $0.baseAddress, $0.count) }
            switch outcome.error {
            case SSL_ERROR_NONE: taken += outcome.count
            case SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_READ:
                writeNeedsRead = outcome.error == SSL_ERROR_WANT_READ
                outgoing = Array(copying: record)
                taken += record.count
                settle()
                return taken
            default: fail(failure(outcome))
            }
        }
        if case .failed(let error) = phase { throw error }
        return taken
    }

    package func watch(_ interest: Readiness, _ handler: any PollHandler) {
        switch phase {
        case .lingering, .closed: return
        default: break
        }
        attach(interest, handler)
        settle()
    }

    /// The handler so far is let go after the change: its deinit may close this stream.
    private func attach(_ interest: Readiness, _ handler: (any PollHandler)?) {
        let previous = self.handler
        self.interest = interest
        self.handler = handler
        withExtendedLifetime(previous) {}
    }

    package func finishWriting() {
        guard case .unasked = farewell else { return }
        farewell = .wanted
        if case .open = phase { _ = flush() }
        settle()
    }

    package func close() {
        attach([], nil)
        switch phase {
        case .lingering, .closed: return
        case .handshaking:
            release()
            decide(.closed)
        case .failed: release()
        case .open:
            if case .unasked = farewell { farewell = .wanted }
            if flush() { return release() }
            if case .failed = phase { return release() }
            linger()
        }
    }

    // MARK: Sending what was taken

    /// Sends what `write` took and then, if wanted, close_notify. Whether both are gone.
    private func flush() -> Bool {
        while !outgoing.isEmpty {
            let outcome = co_write(ssl, outgoing, outgoing.count)
            switch outcome.error {
            case SSL_ERROR_NONE: outgoing.removeFirst(outcome.count)
            case SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_READ:
                writeNeedsRead = outcome.error == SSL_ERROR_WANT_READ
                return false
            default:
                fail(failure(outcome))
                return false
            }
        }
        outgoing = []
        writeNeedsRead = false
        guard case .wanted = farewell else { return true }
        let outcome = co_shutdown(ssl)
        switch outcome.error {
        case SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_READ: return false
        case SSL_ERROR_NONE: farewell = .sent
        default:
            // Whoever says farewell to a peer that is gone has nothing to repair; reading reports it if it matters.
            ERR_clear_error()
            farewell = .sent
        }
        return true
    }

    private func linger() {
        phase = .lingering
        let timer = clock.makeTimer { [weak self] in self?.release() }
        timer.arm(at: clock.now + Self.lingerLimit)
        lingerTimer = timer
        settle()
    }

    private func release() {
        phase = .closed
        lingerTimer?.cancel()
        lingerTimer = nil
        outgoing = []
        EventLoop.shared.unwatch(descriptor)
        SSL_set_ex_data(ssl, 0, nil)
        SSL_free(ssl)
        closeDescriptor(descriptor)
    }

    /// Ends everything but `close`. Reads and writes throw `error` from now on.
    func fail(_ error: StreamError) {
        phase = .failed(error)
        outgoing = []
        settle()
    }

    // MARK: The loop

    /// Watches the descriptor for what is needed now, and asks for another turn if there is something to give that the
    /// descriptor does not show: bytes inside OpenSSL, the peer's close_notify, a failure.
    func settle() {
        var needs: Readiness = []
        var again = false
        switch phase {
        case .handshaking(let wanted): needs = wanted
        case .open:
            if !outgoing.isEmpty || farewell == .wanted { needs.insert(writeNeedsRead ? .read : .write) }
            if interest.contains(.write) { needs.insert(.write) }
            if interest.contains(.read) {
                again = hasSomethingToRead
                if !endReceived { needs.insert(readNeedsWrite ? .write : .read) }
            }
        case .failed:
            // There is only an error left to give.
            EventLoop.shared.unwatch(descriptor)
            if !interest.isEmpty { callNextTurn() }
            return
        case .lingering: needs = writeNeedsRead ? .read : .write
        case .closed: return
        }
        if needs != watched {
            EventLoop.shared.watch(descriptor, needs, self)
            watched = needs
        }
        if again { callNextTurn() }
    }

    private func callNextTurn() {
        guard !isDeferred else { return }
        isDeferred = true
        NextTurn.shared.add(self)
    }

    private var hasSomethingToRead: Bool { endReceived || !isDrained && SSL_has_pending(ssl) == 1 }

    private func deliver(_ readiness: Readiness) {
        if !readiness.isEmpty { handler?.pollReady(readiness) }
        settle()
    }
}

extension TLSStream: PollHandler {
    package func pollReady(_ readiness: Readiness) {
        switch phase {
        case .handshaking: return advance()
        case .lingering:
            if flush() { return release() }
            if case .failed = phase { release() }
            return
        case .failed, .closed: return
        case .open: break
        }
        var ready = readiness.intersection(.hangUp)
        if readiness.contains(readNeedsWrite ? .write : .read) {
            isDrained = false
            ready.insert(.read)
        }
        if readiness.contains(writeNeedsRead ? .read : .write), flush() { ready.insert(.write) }
        deliver(ready.intersection(interest.union(.hangUp)))
    }
}

extension TLSStream: NextTurnHandler {
    func nextTurn() {
        isDeferred = false
        switch phase {
        case .open where interest.contains(.read) && hasSomethingToRead: deliver(.read)
        case .failed where !interest.isEmpty: deliver(interest.union(.hangUp))
        default: break
        }
    }
}
