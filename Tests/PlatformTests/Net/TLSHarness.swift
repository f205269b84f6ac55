import Platform
import Support
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Certificates for tests; made once, since each costs a key.
enum TestIdentity {
    static let local = make(["localhost", "127.0.0.1"])
    static let other = make(["elsewhere.example", "*.wild.example", "192.0.2.1", "2001:db8::1"])
    static let expired = make(["localhost"], from: -400, days: 365)
    static let future = make(["localhost"], from: 30, days: 365)

    /// `from` counts in days from now, as OpenSSL verifies against the real calendar.
    static func make(_ hosts: [String], from: Int64 = -1, days: Int = 90) -> TLSIdentity {
        let start = WallTime(nanoseconds: WallTime.system().nanoseconds + from * 86_400_000_000_000)
        return try! TLSIdentity.selfSigned(commonName: "test", hosts: hosts, from: start, days: days)
    }

    static func trust(_ identity: TLSIdentity) -> TLSTrust { .authorities(.pem(identity.certificatePEM)) }
}

/// A TLS server whose connections the test picks up.
@LoopActor
final class TLSServer {
    let context: TLSServerContext
    private var listener: Listener?
    var accepted: [TLSStream] = []
    private var foreign = 0

    init(_ identity: TLSIdentity = TestIdentity.local, clock: any Clock = EventLoop.shared) throws {
        context = try TLSServerContext(identity, clock: clock)
        listener = try Listener(.loopback(port: 0)) { [unowned self] in accepted.append(context.start(on: $0.stream)) }
        foreign = openSockets(port: port) - 1
    }

    var address: SocketAddress { listener!.address }
    var port: UInt16 { address.port! }
    /// Sockets of this server and its clients. Its port may have been that of an earlier one, some of whose sockets
    /// may still be open.
    var leftOpen: Int { openSockets(port: port) - foreign }

    func close() {
        listener?.close()
        for stream in accepted { stream.close() }
    }
}

/// Accepts connections and says nothing.
@LoopActor
final class SilentServer {
    private var listener: Listener?
    private var accepted: [SocketStream] = []

    private var foreign = 0

    init() throws {
        listener = try Listener(.loopback(port: 0)) { [unowned self] in accepted.append($0.stream) }
        foreign = openSockets(port: port) - 1
    }

    var address: SocketAddress { listener!.address }
    var port: UInt16 { address.port! }
    var leftOpen: Int { openSockets(port: port) - foreign }

    func close() {
        listener?.close()
        for stream in accepted { stream.close() }
    }
}

@LoopActor
func connectSocket(to address: SocketAddress) throws -> SocketStream {
    SocketStream(descriptor: try Socket.startConnecting(to: address))
}

/// Both ends of a secured connection, the handshake done.
@LoopActor
func securedPair(
    _ identity: TLSIdentity = TestIdentity.local, through relay: Bool = false, clock: any Clock = EventLoop.shared,
    _ body: (_ client: TLSStream, _ server: TLSStream, _ relay: Relay?) async throws -> Void
) async throws {
    let server = try TLSServer(identity, clock: clock)
    let middle = relay ? try Relay(to: server.address) : nil
    let context = TLSClientContext(TLSClientSettings(trust: TestIdentity.trust(identity)), clock: clock)
    let socket = try connectSocket(to: middle?.address ?? server.address)
    let client = try context.start(on: socket, host: "localhost", port: server.port)
    try await client.handshake()
    try await turns { server.accepted.count == 1 }
    let accepted = server.accepted[0]
    try await accepted.handshake()
    try await body(client, accepted, middle)
    client.close()
    server.close()
    middle?.close()
}

/// A wire between client and server that the test can slow down, hold and cut.
@LoopActor
final class Relay {
    private var listener: Listener?
    private var halves: [Half] = []
    /// Bytes passed on at a time, one such portion a turn.
    var portion = 64 * 1024
    var isHeld = false { didSet { for half in halves { half.update() } } }

    init(to address: SocketAddress) throws {
        listener = try Listener(.loopback(port: 0)) { [unowned self] accepted in
            let upstream = try! connectSocket(to: address)
            let (there, back) = (Half(self, accepted.stream, upstream), Half(self, upstream, accepted.stream))
            (there.reverse, back.reverse) = (back, there)
            halves += [there, back]
        }
    }

    var address: SocketAddress { listener!.address }

    /// Ends both directions as a broken wire does: without the ends having said so.
    func cut() {
        for half in halves { half.from.close() }
    }

    func close() {
        listener?.close()
        cut()
    }

    @LoopActor
    private final class Half: PollHandler {
        unowned let relay: Relay
        let from: SocketStream
        let to: SocketStream
        weak var reverse: Half?
        private var kept = ByteBuffer()
        private var wanted: Readiness = .read

        init(_ relay: Relay, _ from: SocketStream, _ to: SocketStream) {
            (self.relay, self.from, self.to) = (relay, from, to)
            from.watch(.read, self)
        }

        /// What `from` has to be watched for on behalf of both directions.
        private var needs: Readiness {
            if relay.isHeld { return [] }
            return (kept.isEmpty ? wanted : []).union(reverse.map { $0.kept.isEmpty ? [] : .write } ?? [])
        }

        func update() {
            from.watch(needs, self)
            reverse?.refresh()
        }

        private func refresh() { from.watch(needs, self) }

        func pollReady(_ readiness: Readiness) {
            if readiness.contains(.write) { reverse?.pass() }
            if readiness.contains(.read), kept.isEmpty, wanted.contains(.read), !relay.isHeld {
                let memory = EventLoop.shared.readBuffer.memory
                let part = UnsafeMutableRawBufferPointer(rebasing: memory[..<min(relay.portion, memory.count)])
                switch try? from.read(into: part) {
                case .bytes(let count): kept.append(Array(part[..<count]))
                case .blocked: break
                case .end:
                    wanted = []
                    to.finishWriting()
                case nil:
                    wanted = []
                    to.close()
                }
            }
            pass()
        }

        private func pass() {
            if !kept.isEmpty {
                if let taken = kept.withSpan({ try? to.write($0) }) { kept.consume(taken) } else { kept.removeAll() }
            }
            update()
        }
    }
}

/// Open sockets of this process whose own or other end is at `port`. Tests run side by side, so that a count of all
/// descriptors would mean nothing; tls-probe counts those.
func openSockets(port: UInt16) -> Int {
    (0..<Int32(4096)).count { descriptor in
        if Socket.localAddress(of: descriptor)?.port == port { return true }
        var storage = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        return result == 0 && storage.sin_family == sa_family_t(AF_INET) && UInt16(bigEndian: storage.sin_port) == port
    }
}

/// Writes until the wire is full and stays so, as long as nobody reads: all that was sent has been acknowledged, which
/// the peer may put off, and still nothing more is taken.
@LoopActor
func fill(_ stream: TLSStream) async throws {
    let piece = [UInt8](repeating: 9, count: 100_000)
    repeat {
        while try stream.write(piece.span) == piece.count {}
        try await turns { unacknowledgedSegments(of: stream.descriptor) == 0 }
    } while try stream.write(piece.span) > 0
}

private func unacknowledgedSegments(of descriptor: Int32) -> Int {
    #if os(Linux)
    var info = tcp_info()
    var length = socklen_t(MemoryLayout<tcp_info>.size)
    precondition(getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0)
    return Int(info.tcpi_unacked)
    #else
    return 0
    #endif
}
