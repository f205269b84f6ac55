/// A stream for code that waits: one task reads, one task writes. For protocols whose speed is the network's: the HTTP
/// client, line protocols, tunnels.
///
/// Bytes are read when somebody asks for them and not before, so the peer is slowed down by who does not read, and a
/// read that is cancelled or runs out of time has lost nothing. A write that ends early has sent an unknown part: the
/// connection is then of no use but to be closed.
@LoopActor
package final class AsyncByteStream {
    /// Bytes a task may move without waiting before it lets a turn of the loop pass.
    static let burst = 256 * 1024

    package let stream: any ByteStream
    private let reading: Suspension
    private let writing: Suspension
    private var interest: Readiness = []
    private var readInBurst = 0
    private var writtenInBurst = 0
    private var isOpen = true

    package init(_ stream: any ByteStream, clock: any Clock = EventLoop.shared) {
        self.stream = stream
        reading = Suspension(clock)
        writing = Suspension(clock)
    }

    isolated deinit { close() }

    /// Waits for bytes; nil at the end. At most `limit`, and never more than a read buffer holds.
    package func read(
        upTo limit: Int = ReadBuffer.sharedCapacity, by deadline: Instant? = nil
    ) async throws(StreamError) -> [UInt8]? {
        try await receive(limit, deadline) { Array(copying: $0) }
    }

    /// The same, to the end of `buffer`. Returns false at the end of the stream.
    package func read(
        into buffer: inout ByteBuffer, upTo limit: Int = ReadBuffer.sharedCapacity, by deadline: Instant? = nil
    ) async throws(StreamError) -> Bool {
        try await receive(limit, deadline) { buffer.append($0) } != nil
    }

    /// Waits until all of `bytes` is taken.
    package func write(_ bytes: [UInt8], by deadline: Instant? = nil) async throws(StreamError) {
        var sent = 0
        while sent < bytes.count {
            if writtenInBurst >= Self.burst { try await waitToWrite(deadline) }
            let taken = try stream.write(bytes.span.extracting(sent...))
            sent += taken
            writtenInBurst += taken
            if sent < bytes.count { try await waitToWrite(deadline) }
        }
    }

    /// The same for a buffer, which is consumed as its bytes are taken.
    package func write(_ buffer: inout ByteBuffer, by deadline: Instant? = nil) async throws(StreamError) {
        while !buffer.isEmpty {
            if writtenInBurst >= Self.burst { try await waitToWrite(deadline) }
            let taken = try buffer.withSpan { (bytes) throws(StreamError) in try stream.write(bytes) }
            buffer.consume(taken)
            writtenInBurst += taken
            if !buffer.isEmpty { try await waitToWrite(deadline) }
        }
    }

    /// Ends sending, where the stream knows how to; reading goes on.
    package func finishWriting() { (stream as? any HalfClosing)?.finishWriting() }

    /// Idempotent. Who waits is told that the connection is closed.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        stream.close()
        reading.wake()
        writing.wake()
    }

    /// Reads, and gives what came to `take` at once: it lies in the buffer that the whole loop shares.
    private func receive<Value>(
        _ limit: Int, _ deadline: Instant?, _ take: (Span<UInt8>) -> Value
    ) async throws(StreamError) -> Value? {
        precondition(limit > 0)
        let buffer = EventLoop.shared.readBuffer
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<min(limit, buffer.memory.count)])
        if readInBurst >= Self.burst { try await waitToRead(deadline) }
        while true {
            switch try stream.read(into: part) {
            case .bytes(let count):
                readInBurst += count
                return buffer.withBytes(count) { take($0.span) }
            case .end: return nil
            case .blocked: try await waitToRead(deadline)
            }
        }
    }

    private func waitToRead(_ deadline: Instant?) async throws(StreamError) {
        readInBurst = 0
        try await wait(reading, for: .read, deadline)
    }

    private func waitToWrite(_ deadline: Instant?) async throws(StreamError) {
        writtenInBurst = 0
        try await wait(writing, for: .write, deadline)
    }

    private func wait(
        _ place: Suspension, for readiness: Readiness, _ deadline: Instant?
    ) async throws(StreamError) {
        guard isOpen else { throw .closed }
        if !interest.contains(readiness) {
            interest.insert(readiness)
            stream.watch(interest, self)
        }
        switch await place.wait(until: deadline) {
        case .event: if !isOpen { throw .closed }
        case .deadline: throw .timedOut
        case .cancelled: throw .cancelled
        }
    }
}

extension AsyncByteStream: PollHandler {
    package func pollReady(_ readiness: Readiness) {
        var unwanted = interest
        for (place, one) in [(reading, Readiness.read), (writing, .write)]
        where place.isWaiting && (readiness.contains(one) || readiness.contains(.hangUp)) {
            unwanted.remove(one)
            place.wake()
        }
        unwanted.formIntersection(readiness)
        // The watch outlives the wait, since the next one mostly follows at once; if none did, it ends here.
        guard !unwanted.isEmpty || interest.isEmpty else { return }
        interest.subtract(unwanted)
        stream.watch(interest, self)
    }
}
