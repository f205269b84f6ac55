import Platform

/// A connection to a server, as bytes that can be waited for. It reads ahead a little and then not before someone
/// takes what came, so that a body nobody reads stays with its sender.
@LoopActor
final class HTTPClientConnection: PollHandler {
    /// Bytes kept for a reader that has not asked for them, beyond which no more are read.
    static let readAhead = 64 * 1024
    /// Bytes taken over from a connection whose peer is gone, beyond which they are given up.
    static let remnantLimit = 1024 * 1024

    /// What can still come from the peer.
    enum Incoming: Equatable {
        case open
        /// The peer has said that no more follows.
        case finished
        case failed(String)
    }

    let origin: HTTPOrigin
    /// What has arrived and was not taken yet.
    private(set) var received = ByteBuffer()
    private(set) var incoming = Incoming.open
    /// Why sending failed. The peer may have answered before it stopped to listen, so reading goes on.
    private(set) var sendFailure: String?
    /// Part of a request was never sent, so nothing else can be.
    private(set) var gaveUpSending = false
    /// Bytes the transport has taken so far.
    private(set) var sentCount = 0
    /// Set once by whoever closed the connection on our side.
    private(set) var closeReason: HTTPClientError?

    private let stream: any ByteStream
    private let clock: any Clock
    private var outgoing = HTTPSendQueue()
    private let reading: Suspension
    private let writing: Suspension
    private var isMoreWanted = false
    private var stall: LoopTimer?
    private var stallError: HTTPClientError?
    private var sendTime: HTTPCallTime?
    private var interest: Readiness = []
    private var isDetached = false
    private var onLost: (@LoopActor () -> Void)?

    init(stream: any ByteStream, origin: HTTPOrigin, clock: any Clock) {
        self.stream = stream
        self.origin = origin
        self.clock = clock
        reading = Suspension(clock)
        writing = Suspension(clock)
    }

    var isOpen: Bool { closeReason == nil && !isDetached }
    var hasUnsentBytes: Bool { !outgoing.isEmpty }

    // MARK: Readiness

    func pollReady(_ readiness: Readiness) {
        guard isOpen else { return }
        if onLost != nil { return checkParked() }
        if readiness.contains(.write) { flush() }
        // A hang-up is reported whatever we watch for; reading finds its cause and puts an end to the reports.
        if isOpen, readiness.contains(.hangUp) || readiness.contains(.read) && interest.contains(.read) { readMore() }
        updateInterest()
    }

    private func readMore() {
        // Hung up after its end: the reports stop with the descriptor; what has arrived can still be taken.
        guard incoming == .open else { return stream.close() }
        let buffer = EventLoop.shared.readBuffer
        do throws(StreamError) {
            switch try stream.read(into: buffer) {
            case .bytes(let count): buffer.withBytes(count) { received.append($0.span) }
            case .blocked: return
            case .end: incoming = .finished
            }
        } catch {
            incoming = .failed(error.description)
        }
        if received.count > Self.remnantLimit { incoming = .failed("reset by the peer") }
        if case .failed = incoming { stream.close() }
        wakeReader()
    }

    private func updateInterest() {
        guard isOpen else { return }
        var wanted: Readiness = []
        if incoming == .open, isMoreWanted || received.count < Self.readAhead { wanted.insert(.read) }
        if hasUnsentBytes { wanted.insert(.write) }
        guard wanted != interest else { return }
        interest = wanted
        stream.watch(wanted, self)
    }

    // MARK: Receiving

    /// Lets `body` take from what has arrived; then there may be room to read on.
    func take<Value>(_ body: (inout ByteBuffer) throws(HTTPError) -> Value) throws(HTTPError) -> Value {
        defer { updateInterest() }
        return try body(&received)
    }

    /// Waits until something has changed: more has arrived, no more will, or `wakeReader` was called. A deadline or a
    /// cancellation closes the connection.
    func waitForMore(until deadline: HTTPDeadline?) async throws(HTTPClientError) {
        if let closeReason { throw closeReason }
        guard incoming == .open else { return }
        isMoreWanted = true
        updateInterest()
        let wake = await reading.wait(until: deadline?.at)
        isMoreWanted = false
        if let closeReason { throw closeReason }
        switch wake {
        case .event: return
        case .deadline: close(deadline?.error ?? .cancelled)
        case .cancelled: close(.cancelled)
        }
        if let closeReason { throw closeReason }
    }

    func wakeReader() { reading.wake() }

    // MARK: Sending

    /// Queues bytes and sends what the peer takes now.
    func send(_ parts: [[UInt8]], _ time: HTTPCallTime) {
        guard isOpen, sendFailure == nil else { return }
        sendTime = time
        for bytes in parts { outgoing.append(bytes) }
        flush()
        updateInterest()
    }

    /// Waits until all that was queued is sent.
    func waitUntilSent() async throws(HTTPClientError) {
        while hasUnsentBytes, closeReason == nil {
            if await writing.wait() == .cancelled { throw .cancelled }
        }
        if let closeReason { throw closeReason }
        if let sendFailure { throw .connectionLost(peer: origin.peer, reason: sendFailure) }
    }

    /// Gives up what is not sent yet: the peer has answered without it.
    func stopSending() {
        gaveUpSending = true
        outgoing.removeAll()
        stall?.cancel()
        updateInterest()
    }

    private func flush() {
        do throws(StreamError) {
            let taken = try outgoing.flush { (bytes) throws(StreamError) in try stream.write(bytes) }
            sentCount += taken
            if taken > 0 || stall?.isArmed != true { restartStall() }
        } catch {
            sendFailure = error.description
            stopSending()
        }
        guard !hasUnsentBytes else { return }
        writing.wake()
        wakeReader()
    }

    private func restartStall() {
        guard hasUnsentBytes, let deadline = sendTime?.deadline(.sending) else {
            stall?.cancel()
            return
        }
        stallError = deadline.error
        if stall == nil {
            stall = clock.makeTimer { [weak self] in
                if let self, let stallError { close(stallError) }
            }
        }
        stall?.arm(at: deadline.at)
    }

    // MARK: Between exchanges

    /// Keeps the connection without a use. `onLost` is called if it ends meanwhile or the peer says something nobody
    /// asked for, which nobody could tell from an answer to the next request.
    func park(onLost: @escaping @LoopActor () -> Void) {
        stall?.cancel()
        self.onLost = onLost
        updateInterest()
    }

    /// Takes the connection into use again, unless it has been lost.
    func unpark() -> Bool {
        checkParked()
        guard isOpen, onLost != nil else { return false }
        onLost = nil
        return true
    }

    private func checkParked() {
        let buffer = EventLoop.shared.readBuffer
        // Nothing to read is the only good sign. TLS may still have read a session ticket on the way.
        if case .blocked? = try? stream.read(into: buffer) { return }
        let lost = onLost
        close(.connectionLost(peer: origin.peer, reason: "closed while idle"))
        lost?()
    }

    // MARK: End

    /// Closes at once; what waits on the connection ends with `reason`.
    func close(_ reason: HTTPClientError) {
        guard isOpen else { return }
        closeReason = reason
        onLost = nil
        outgoing.removeAll()
        received.release()
        stall?.cancel()
        stall = nil
        stream.close()
        writing.wake()
        wakeReader()
    }

    /// Hands the stream over to another protocol, with what has already been read from it.
    func detach() -> (stream: any ByteStream, leftover: [UInt8]) {
        precondition(isOpen && !hasUnsentBytes)
        stream.watch([], self)
        isDetached = true
        let leftover = received.bytes
        received.release()
        return (stream, leftover)
    }
}
