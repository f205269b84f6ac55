import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One connection that always has one request under way.
@LoopActor
final class Client: PollHandler {
    private let stream: SocketStream
    private let load: Load
    private var sent = Instant.monotonic()
    private var missing = 0
    private var isReady = false
    private var head: [UInt8] = []

    init(_ load: Load) throws(SystemError) {
        self.load = load
        stream = SocketStream(descriptor: try Socket.startConnecting(to: load.address))
        stream.watch(.write, self)
    }

    func pollReady(_ readiness: Readiness) {
        if readiness.contains(.write), !isReady {
            guard Socket.connectionError(stream.descriptor) == nil else { return fail() }
            isReady = true
            stream.watch(.read, self)
            if load.upgrade.isEmpty { request() } else { send(load.upgrade) }
            return
        }
        let buffer = EventLoop.shared.readBuffer
        guard case .bytes(let count)? = try? stream.read(into: buffer) else { return fail() }
        if !load.upgrade.isEmpty, missing == 0 {
            buffer.withBytes(count) { head.append($0.span) }
            if head.suffix(4) == [13, 10, 13, 10] { request() }
            return
        }
        if load.answerLength == 0 {
            buffer.withBytes(count) { load.learn(Array(copying: $0.span)) }
            missing = load.answerLength
        }
        if missing == 0 { missing = load.answerLength }
        missing -= count
        guard missing <= 0 else { return }
        guard missing == 0 else { return fail() }
        load.record(.monotonic() - sent)
        request()
    }

    private func request() {
        guard !load.isOver else { return stream.close() }
        missing = load.answerLength
        sent = .monotonic()
        send(load.request)
    }

    private func send(_ bytes: [UInt8]) {
        guard let count = try? stream.write(bytes.span), count == bytes.count else { return fail() }
    }

    private func fail() {
        if !load.isOver { load.errors += 1 }
        stream.close()
    }
}

/// What is sent, and what came of it.
@LoopActor
final class Load {
    let address: SocketAddress
    let request: [UInt8]
    let upgrade: [UInt8]
    var answerLength: Int
    var latencies: [Int64] = []
    var errors = 0
    var isOver = false

    init(address: SocketAddress, path: String, frameBytes: Int?) {
        self.address = address
        let host = "Host: \(address)\r\n"
        if let frameBytes {
            let upgradeText =
                "GET \(path) HTTP/1.1\r\n\(host)Upgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            upgrade = Array(upgradeText.utf8)
            let header: [UInt8] =
                frameBytes < 126
                ? [0x81, 0x80 | UInt8(frameBytes)]
                : [0x81, 0xfe, UInt8(frameBytes >> 8 & 255), UInt8(frameBytes & 255)]
            let key: [UInt8] = [1, 2, 3, 4]
            request = header + key + (0..<frameBytes).map { UInt8(97 + $0 % 26) ^ key[$0 % 4] }
            answerLength = frameBytes + header.count
        } else {
            upgrade = []
            request = Array("GET \(path) HTTP/1.1\r\n\(host)\r\n".utf8)
            answerLength = 0
        }
        latencies.reserveCapacity(1 << 20)
    }

    /// The first answer tells the length of all.
    func learn(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), let field = text.range(of: "Content-Length: ") else {
            answerLength = bytes.count
            return
        }
        let length = text[field.upperBound...].prefix { $0.isNumber }
        answerLength = text[..<end.upperBound].utf8.count + (Int(length) ?? 0)
    }

    func record(_ duration: Duration) { latencies.append(duration.inNanoseconds) }
}

extension String {
    /// Foundation stays out, so this small search is ours.
    func range(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].utf8.starts(with: other.utf8) {
                return start..<utf8.index(start, offsetBy: other.utf8.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}

func usage() -> Never {
    print("usage: load-client http|ws --url URL [--connections 64] [--seconds 3] [--bytes 300]")
    exit(2)
}

var arguments = CommandLine.arguments.dropFirst()
guard let mode = arguments.popFirst(), mode == "http" || mode == "ws" else { usage() }
var values = ["--connections": "64", "--seconds": "3", "--bytes": "300"]
while let flag = arguments.popFirst(), let value = arguments.popFirst() { values[flag] = value }
guard let url = values["--url"], let separator = url.range(of: "://") else { usage() }
let rest = url[separator.upperBound...]
let authority = rest.prefix { $0 != "/" }
let path = rest.dropFirst(authority.count)
guard let colon = authority.lastIndex(of: ":"), let port = UInt16(authority[authority.index(after: colon)...]),
    let address = SocketAddress(host: String(authority[..<colon]), port: port),
    let connections = Int(values["--connections"]!), let seconds = Double(values["--seconds"]!),
    let bytes = Int(values["--bytes"]!)
else { usage() }

Signals.ignoreFailedWrites()
startTask {
    let load = Load(address: address, path: path.isEmpty ? "/" : String(path), frameBytes: mode == "ws" ? bytes : nil)
    let started = Instant.monotonic()
    let clients = (0..<connections).compactMap { _ in try? Client(load) }
    try await EventLoop.shared.sleep(for: .seconds(seconds))
    load.isOver = true
    let took = Double((Instant.monotonic() - started).inNanoseconds) / 1e9
    let sorted = load.latencies.sorted()
    func percentile(_ share: Double) -> Double {
        sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
    }
    let errors = load.errors + connections - clients.count
    print(
        "{\"requests\":\(sorted.count),\"seconds\":\(took),\"p50_us\":\(percentile(0.5)),"
            + "\"p99_us\":\(percentile(0.99)),\"errors\":\(errors)}")
    EventLoop.shared.stop()
}
EventLoop.shared.run()
