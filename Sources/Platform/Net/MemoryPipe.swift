/// Two streams joined in memory, with the manners of a socket pair: bounded, level-triggered, half-closing. Protocol
/// code runs over it in tests exactly as over a socket.
@LoopActor
package final class MemoryPipe: HalfClosing {
    /// Bytes one direction holds before writes block.
    package let capacity: Int

    private var other: MemoryPipe?
    private var incoming = ByteBuffer()
    private var peerFinished = false
    private var isOpen = true
    private var interest: Readiness = []
    private var handler: (any PollHandler)?
    private var isScheduled = false

    private init(capacity: Int) { self.capacity = capacity }

    /// Both ends of a new pipe.
    package static func pair(capacity: Int = 64 * 1024) -> (MemoryPipe, MemoryPipe) {
        let (a, b) = (MemoryPipe(capacity: capacity), MemoryPipe(capacity: capacity))
        a.other = b
        b.other = a
        return (a, b)
    }

    package func read(into memory: UnsafeMutableRawBufferPointer) throws(StreamError) -> ReadResult {
        guard isOpen else { throw .closed }
        if incoming.isEmpty { return peerFinished ? .end : .blocked }
        let count = incoming.move(into: memory)
        other?.schedule()
        return .bytes(count)
    }

    package func write(_ bytes: Span<UInt8>) throws(StreamError) -> Int {
        guard isOpen, let peer = other, peer.isOpen, !peer.peerFinished else { throw .closed }
        let count = min(bytes.count, peer.capacity - peer.incoming.count)
        guard count > 0 else { return 0 }
        peer.incoming.append(bytes.extracting(first: count))
        peer.schedule()
        return count
    }

    package func watch(_ interest: Readiness, _ handler: any PollHandler) {
        guard isOpen else { return }
        self.interest = interest
        self.handler = handler
        schedule()
    }

    package func finishWriting() {
        other?.peerFinished = true
        other?.schedule()
    }

    package func close() {
        guard isOpen else { return }
        finishWriting()
        isOpen = false
        handler = nil
        other?.other = nil
        other = nil
    }

    private var readiness: Readiness {
        var ready: Readiness = []
        if !incoming.isEmpty || peerFinished { ready.insert(.read) }
        if let peer = other, peer.incoming.count < peer.capacity { ready.insert(.write) }
        if other == nil { ready.formUnion([.read, .write]) }
        return ready.intersection(interest)
    }

    private func schedule() {
        guard isOpen, !isScheduled, handler != nil, !readiness.isEmpty else { return }
        isScheduled = true
        startTask { self.deliver() }
    }

    private func deliver() {
        isScheduled = false
        let ready = readiness
        guard isOpen, let handler, !ready.isEmpty else { return }
        handler.pollReady(ready)
        // Level-triggered: what was left is offered again.
        schedule()
    }
}
