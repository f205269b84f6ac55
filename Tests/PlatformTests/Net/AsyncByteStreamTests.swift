import Platform
import Support
import Testing

@Suite struct AsyncByteStreamTests {
    private func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "end" }

    @Test func aReadWaitsForBytesAndThenForTheEnd() async throws {
        try await onLoop {
            let (a, b) = MemoryPipe.pair()
            let stream = AsyncByteStream(a)
            let whole = startTask { text(try await stream.read()) }
            await loopTurn()
            _ = try b.write(Array("hello".utf8).span)
            let first = try await whole.value
            #expect(first == "hello")
            let part = startTask { text(try await stream.read(upTo: 3)) }
            await loopTurn()
            _ = try b.write(Array("again".utf8).span)
            let second = try await part.value
            #expect(second == "aga")
            b.finishWriting()
            var buffer = ByteBuffer()
            let more = try await stream.read(into: &buffer)
            #expect(more && buffer.bytes == Array("in".utf8))
            let end = try await stream.read(into: &buffer)
            #expect(!end && buffer.count == 2)
            let nothing = try await stream.read()
            #expect(nothing == nil)
            stream.close()
        }
    }

    @Test func aWriteReturnsWhenAllIsTaken() async throws {
        try await onLoop {
            let (a, b) = MemoryPipe.pair(capacity: 10)
            let (writer, reader) = (AsyncByteStream(a), AsyncByteStream(b))
            let bytes = (0..<100).map { UInt8($0) }
            var isWritten = false
            let writing = startTask {
                try await writer.write(bytes)
                var buffer = ByteBuffer(bytes)
                try await writer.write(&buffer)
                isWritten = true
                writer.finishWriting()
                return buffer.count
            }
            for _ in 0..<20 { await loopTurn() }
            #expect(!isWritten)
            var received: [UInt8] = []
            while let part = try await reader.read(upTo: 7) { received += part }
            let left = try await writing.value
            #expect(left == 0)
            #expect(received == bytes + bytes)
            writer.close()
            reader.close()
        }
    }

    @Test func readingAndWritingDoNotWaitForEachOther() async throws {
        try await onLoop {
            try await securedPair { client, server, _ in
                let (a, b) = (AsyncByteStream(client), AsyncByteStream(server))
                let size = 3 << 20
                let bytes = [UInt8](repeating: 3, count: size)
                @LoopActor func exchange(_ stream: AsyncByteStream) -> [Task<Int, any Error>] {
                    [
                        startTask {
                            try await stream.write(bytes)
                            stream.finishWriting()
                            return size
                        },
                        startTask {
                            var count = 0
                            while let part = try await stream.read() { count += part.count }
                            return count
                        },
                    ]
                }
                for task in exchange(a) + exchange(b) {
                    let count = try await task.value
                    #expect(count == size)
                }
            }
        }
    }

    @Test func aDeadlineEndsTheWaitAndLosesNothing() async throws {
        try await onLoop {
            let clock = FakeClock()
            let (a, b) = MemoryPipe.pair(capacity: 4)
            let stream = AsyncByteStream(a, clock: clock)
            @LoopActor func outcome(
                _ body: @escaping @LoopActor @Sendable () async throws(StreamError) -> Void
            ) async throws -> StreamError? {
                let task = startTask { () -> StreamError? in
                    do throws(StreamError) { try await body() } catch { return error }
                    return nil
                }
                await clock.settle()
                await clock.advance(by: .milliseconds(999))
                #expect(clock.timers.count == 1)
                await clock.advance(by: .milliseconds(1))
                return try await task.value
            }
            var deadline = clock.now + .seconds(1)
            let read = try await outcome { [deadline] () throws(StreamError) in
                _ = try await stream.read(by: deadline)
            }
            #expect(read == .timedOut)
            deadline = clock.now + .seconds(1)
            let write = try await outcome { [deadline] () throws(StreamError) in
                try await stream.write([1, 2, 3, 4, 5], by: deadline)
            }
            #expect(write == .timedOut)
            // A deadline that has passed still takes what is there.
            _ = try b.write(Array("late".utf8).span)
            let late = try await stream.read(by: clock.now)
            #expect(text(late) == "late")
            let empty = startTask { try await stream.read(by: clock.now) }
            await #expect(throws: StreamError.timedOut) { try await empty.value }
            #expect(clock.timers.count == 0)
            stream.close()
        }
    }

    @Test func aCancelledReadLeavesTheBytesForTheNext() async throws {
        try await onLoop {
            let (a, b) = MemoryPipe.pair()
            let stream = AsyncByteStream(a)
            for waits in [0, 1, 3] {
                let cancelled = startTask { try await stream.read() }
                for _ in 0..<waits { await loopTurn() }
                cancelled.cancel()
                await #expect(throws: StreamError.cancelled) { try await cancelled.value }
                _ = try b.write(Array("kept".utf8).span)
                let kept = try await stream.read()
                #expect(text(kept) == "kept")
            }
            // A cancellation that comes late must not end the next wait.
            let first = startTask { try await stream.read() }
            await loopTurn()
            _ = try b.write([1].span)
            _ = try await first.value
            let second = startTask { try await stream.read() }
            await loopTurn()
            first.cancel()
            await loopTurn()
            _ = try b.write([2].span)
            let bytes = try await second.value
            #expect(bytes == [2])
            stream.close()
        }
    }

    @Test func closingTellsThoseWhoWait() async throws {
        try await onLoop {
            let (a, b) = MemoryPipe.pair(capacity: 1)
            let stream = AsyncByteStream(a)
            let reading = startTask { try await stream.read() }
            let writing = startTask { try await stream.write([1, 2, 3]) }
            await loopTurn()
            stream.close()
            stream.close()
            await #expect(throws: StreamError.closed) { try await reading.value }
            await #expect(throws: StreamError.closed) { try await writing.value }
            await #expect(throws: StreamError.closed) { try await stream.read() }
            await #expect(throws: StreamError.closed) { try await stream.write([1]) }
            _ = b
        }
    }

    @Test func anIdleStreamWhosePeerIsGoneDoesNotKeepTheLoopBusy() async throws {
        try await onLoop {
            var peers: [Peer] = []
            let listener = try Listener(.loopback(port: 0)) { peers.append(Peer($0.stream)) }
            let socket = try connectSocket(to: listener.address)
            let stream = AsyncByteStream(socket)
            try await stream.write([1, 2])
            try await turns { !peers.isEmpty && peers[0].received.count == 2 }
            peers[0].send("answer")
            let answer = try await stream.read()
            #expect(text(answer) == "answer")
            let waiting = startTask { try await stream.read() }
            await loopTurn()
            waiting.cancel()
            _ = try? await waiting.value
            peers[0].send("unread")
            // Both directions end while nobody waits.
            stream.finishWriting()
            try await turns { peers[0].ended }
            peers[0].close()
            for _ in 0..<20 { await loopTurn() }
            let unread = try await stream.read()
            #expect(text(unread) == "unread")
            let end = try await stream.read()
            #expect(end == nil)
            stream.close()
            listener.close()
        }
    }

    @Test func aPausedSocketWhosePeerIsGoneIsReportedOnce() async throws {
        try await onLoop {
            @LoopActor final class Counter: PollHandler {
                var calls = 0
                func pollReady(_ readiness: Readiness) {
                    #expect(readiness.contains(.hangUp))
                    calls += 1
                }
            }
            let silent = try SilentServer()
            let socket = try connectSocket(to: silent.address)
            let counter = Counter()
            for _ in 0..<20 { await loopTurn() }
            socket.watch([], counter)
            socket.finishWriting()
            silent.close()
            try await turns { counter.calls > 0 }
            for _ in 0..<20 { await loopTurn() }
            #expect(counter.calls == 1)
            socket.close()
        }
    }

    @Test func whoAlwaysFindsBytesLetsTheLoopTurn() async throws {
        try await onLoop {
            @LoopActor final class Endless: ByteStream {
                var handler: (any PollHandler)?
                func read(into memory: UnsafeMutableRawBufferPointer) throws(StreamError) -> ReadResult {
                    .bytes(memory.count)
                }
                func write(_ bytes: Span<UInt8>) throws(StreamError) -> Int { bytes.count }
                func watch(_ interest: Readiness, _ handler: any PollHandler) { self.handler = handler }
                func close() { handler = nil }
            }
            let endless = Endless()
            let stream = AsyncByteStream(endless)
            var count = 0
            let reading = startTask {
                for _ in 0..<8 { count += try await stream.read()?.count ?? 0 }
            }
            await loopTurn()
            // A burst, and not a byte more until the loop has called.
            #expect(count == 256 * 1024)
            endless.handler?.pollReady(.read)
            _ = try await reading.value
            #expect(count == 512 * 1024)
            var written = 0
            let writing = startTask {
                for _ in 0..<8 {
                    try await stream.write([UInt8](repeating: 0, count: 64 * 1024))
                    written += 1
                }
            }
            await loopTurn()
            #expect(written == 4)
            endless.handler?.pollReady(.write)
            _ = try await writing.value
            #expect(written == 8)
            stream.close()
        }
    }
}
