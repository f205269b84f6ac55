import Platform

/// A stream as lines. One that is longer than any server may send is passed over.
@LoopActor
final class IRCLines {
    let stream: AsyncByteStream
    private var buffer: [UInt8] = []
    private var isSkipping = false

    init(_ stream: any ByteStream, clock: any Clock) { self.stream = AsyncByteStream(stream, clock: clock) }

    func close() { stream.close() }

    /// The next line without its end; nil at the end of the stream.
    func next(by deadline: Instant) async throws(StreamError) -> String? {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                var line = buffer[..<end]
                buffer.removeFirst(end + 1)
                if line.last == 13 { line = line.dropLast() }
                if isSkipping {
                    isSkipping = false
                    continue
                }
                guard !line.isEmpty else { continue }
                return String(decoding: line, as: UTF8.self)
            }
            if buffer.count > IRCLine.longest {
                buffer = []
                isSkipping = true
            }
            guard let bytes = try await stream.read(by: deadline) else { return nil }
            buffer += bytes
        }
    }

    func write(_ line: String, by deadline: Instant) async throws(StreamError) {
        try await stream.write(Array("\(line)\r\n".utf8), by: deadline)
    }
}
