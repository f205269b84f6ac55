import Channels
import Platform
import Support
import Wire

/// A platform's servers without a network: every connection is a pipe in memory with a real HTTP server at its end, and
/// the faults of a network happen when the test says.
@LoopActor
final class FakeService: HTTPConnecting, HTTPHandler {
    /// What happens to a request or to the connection it comes on.
    enum Fault: Sendable {
        /// Nobody listens.
        case refused
        /// The connection is there and ends before the request is read.
        case resetBefore
        /// The request was read and understood; then the connection ends.
        case resetAfter
        /// Half of an answer, then the end.
        case half(String)
        /// Nothing is ever said.
        case silence
        /// These bytes, as they are.
        case raw(String)
        case answer(HTTPStatus, String, HTTPFields)
    }

    /// Answers one request whose body has come.
    typealias Answer = @LoopActor (HTTPExchange, [UInt8]) -> Void

    let clock: FakeClock
    /// What the next requests meet, in their order; then they are answered.
    var faults: [Fault] = []
    var answer: Answer
    private(set) var requests: [(path: String, body: [UInt8])] = []
    /// The heads of the same.
    private(set) var heads: [HTTPRequest] = []
    /// Files by their paths: asked for, they are given.
    var files: [String: [UInt8]] = [:]
    private(set) var connections = 0
    private var server: HTTPServer?
    /// The ends of connections that hang.
    private var held: [MemoryPipe] = []

    init(_ clock: FakeClock, _ answer: @escaping Answer) {
        self.clock = clock
        self.answer = answer
        server = HTTPServer(handler: self, clock: clock)
    }

    /// A client of it that makes a connection for each request, so that a fault meets the request it is meant for.
    func client() -> HTTPClient {
        var limits = HTTPClientLimits()
        limits.pool.idlePerOrigin = 0
        return HTTPClient(connector: self, clock: clock, limits: limits)
    }

    /// Ends all connections: the service restarts.
    func restart() { server?.cutConnections() }

    func end() {
        server?.cut()
        for pipe in held { pipe.close() }
        held = []
    }

    // MARK: HTTPConnecting

    func route(to origin: HTTPOrigin) -> HTTPRoute { .direct }

    func connect(to origin: HTTPOrigin) async throws -> any ByteStream {
        connections += 1
        switch faults.first {
        case .refused:
            faults.removeFirst()
            throw Refused()
        case .resetBefore:
            faults.removeFirst()
            let (ours, theirs) = MemoryPipe.pair()
            theirs.close()
            return ours
        case .silence:
            faults.removeFirst()
            let (ours, theirs) = MemoryPipe.pair()
            held.append(theirs)
            return ours
        case .raw(let text):
            faults.removeFirst()
            let (ours, theirs) = MemoryPipe.pair()
            held.append(theirs)
            _ = try theirs.write(Array(text.utf8).span)
            return ours
        case .half(let text):
            faults.removeFirst()
            let (ours, theirs) = MemoryPipe.pair()
            _ = try theirs.write(Array(text.utf8).span)
            theirs.finishWriting()
            held.append(theirs)
            return ours
        default:
            let (ours, theirs) = MemoryPipe.pair(capacity: 256 * 1024)
            server?.adopt(theirs, HTTPPeer(address: nil, isEncrypted: true))
            return ours
        }
    }

    // MARK: HTTPHandler

    func bodyLimit(for request: HTTPRequest, default limit: Int) -> Int { 64 * 1024 * 1024 }

    func handle(_ exchange: HTTPExchange) {
        startTask { [self] in
            let body = (try? await exchange.body.collect()) ?? []
            requests.append((exchange.request.path, body))
            heads.append(exchange.request)
            if case .resetAfter? = faults.first {
                faults.removeFirst()
                return server?.cutConnections() ?? ()
            }
            if case .answer(let status, let text, let fields)? = faults.first {
                faults.removeFirst()
                return exchange.respond(HTTPResponse(status, fields: fields, body: Array(text.utf8)))
            }
            if let file = files[exchange.request.path] {
                return exchange.respond(
                    HTTPResponse(.ok, fields: ["Content-Type": "application/octet-stream"], body: file))
            }
            answer(exchange, body)
        }
    }

    struct Refused: Error, CustomStringConvertible {
        var description: String { "nobody listens" }
    }
}

extension HTTPExchange {
    func respond(json: JSON, _ status: HTTPStatus = .ok) {
        respond(.json(status, JSONWriter.bytes(of: json)))
    }
}
