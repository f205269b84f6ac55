package import Platform

/// The test's end of a stream: sends what it is told and keeps what comes.
@LoopActor
package final class Peer: PollHandler {
    package let stream: any HalfClosing
    package private(set) var received: [UInt8] = []
    package private(set) var ended = false
    package private(set) var failure: StreamError?
    private var interest: Readiness = .read
    private var outgoing = ByteBuffer()

    package init(_ stream: any HalfClosing) {
        self.stream = stream
        stream.watch(.read, self)
    }

    package var text: String { String(decoding: received, as: UTF8.self) }
    package var isOver: Bool { ended || failure != nil }

    package func send(_ text: String) { send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) {
        outgoing.append(bytes)
        flush()
    }

    /// Bytes the other side has not taken yet.
    package var unsent: Int { outgoing.count }

    package func clear() { received = [] }
    package func stopReading() { watch([]) }
    package func startReading() { watch(.read) }
    package func finish() { stream.finishWriting() }
    package func close() { stream.close() }

    private func watch(_ interest: Readiness) {
        self.interest = interest
        stream.watch(outgoing.isEmpty ? interest : interest.union(.write), self)
    }

    private func flush() {
        guard failure == nil else { return }
        do throws(StreamError) {
            let taken = try outgoing.withSpan { (bytes) throws(StreamError) in try stream.write(bytes) }
            outgoing.consume(taken)
        } catch {
            failure = error
        }
        watch(interest)
    }

    package func pollReady(_ readiness: Readiness) {
        if readiness.contains(.write), !outgoing.isEmpty { flush() }
        guard readiness.contains(.read), interest.contains(.read) else { return }
        let buffer = EventLoop.shared.readBuffer
        do throws(StreamError) {
            switch try stream.read(into: buffer) {
            case .bytes(let count): buffer.withBytes(count) { received.append($0.span) }
            case .blocked: break
            case .end:
                ended = true
                watch([])
            }
        } catch {
            failure = error
            stream.close()
        }
    }
}
