import Platform
import Support
import Testing

@testable import Wire

/// A client on a fake clock whose servers are scripts: each connection it opens ends in a `Peer`.
@LoopActor
final class ClientBench {
    let clock = FakeClock()
    var limits = HTTPClientLimits()
    lazy var client = HTTPClient(connector: BenchConnector(self), clock: clock, limits: limits)
    var route = HTTPRoute.direct
    /// The servers' ends, in the order of connecting.
    private(set) var peers: [Peer] = []
    private(set) var origins: [HTTPOrigin] = []
    var capacity = 64 * 1024
    /// Made of the client's end on its way to the client.
    var wrap: (MemoryPipe) -> any ByteStream = { $0 }
    var doPeersRead = true
    var connectFailure: String?
    /// Set to keep connects from ending; they wait until they are cancelled or it is cleared and the clock moves.
    var isConnectHeld = false
    private(set) var cancelledConnects = 0
    /// Set for connects that do not heed their cancellation; called, it lets one go on.
    var isConnectDeaf = false
    private(set) var letConnectGoOn: (@LoopActor () -> Void)?

    struct Refused: Error, CustomStringConvertible { let description: String }

    func connect(to origin: HTTPOrigin) async throws -> any ByteStream {
        origins.append(origin)
        while isConnectHeld {
            do {
                try await clock.sleep(for: .seconds(1))
            } catch {
                cancelledConnects += 1
                throw error
            }
        }
        if isConnectDeaf {
            await withCheckedContinuation { continuation in letConnectGoOn = { continuation.resume() } }
        }
        if let connectFailure { throw Refused(description: connectFailure) }
        let (ours, theirs) = MemoryPipe.pair(capacity: capacity)
        let peer = Peer(theirs)
        if !doPeersRead { peer.stopReading() }
        peers.append(peer)
        return wrap(ours)
    }

    func request(
        _ method: HTTPMethod = .get, _ url: String = "http://h/", body: HTTPRequestBody = .none
    ) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(method, try WebURL(url), body: body)
        request.acceptsCompression = false
        return request
    }

    /// Starts a call and waits until the server of the given connection has the whole head.
    func start(_ request: HTTPClientRequest, on index: Int) async throws -> Task<HTTPClientResponse, any Error> {
        let call = startTask { try await self.client.send(request) }
        try await turns { self.peers.count > index && self.peers[index].text.contains("\r\n\r\n") }
        return call
    }

    /// One call with the server's whole answer. The server's record of the connection begins anew.
    @discardableResult
    func exchange(
        _ request: HTTPClientRequest? = nil, on index: Int = 0, answer: String
    ) async throws -> HTTPClientResponse {
        let call = try await start(try request ?? self.request(), on: index)
        peers[index].clear()
        peers[index].send(answer)
        return try await call.value
    }

    /// The call's error.
    func failure(_ call: Task<HTTPClientResponse, any Error>) async -> HTTPClientError? {
        do {
            _ = try await call.value
            return nil
        } catch {
            return error as? HTTPClientError
        }
    }

    /// Nothing may be left behind: no connection, no place, no timer.
    func expectAllQuiet() async throws {
        client.close()
        for peer in peers { peer.close() }
        await clock.settle()
        #expect(client.pool.isEmpty)
        #expect(clock.timers.count == 0)
    }
}

/// Does not hold the bench, which holds the client.
@LoopActor
final class BenchConnector: HTTPConnecting {
    private unowned let bench: ClientBench

    init(_ bench: ClientBench) { self.bench = bench }

    func route(to origin: HTTPOrigin) -> HTTPRoute { bench.route }
    func connect(to origin: HTTPOrigin) async throws -> any ByteStream { try await bench.connect(to: origin) }
}

func ok(_ body: String, _ fields: String = "") -> String {
    "HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

@LoopActor
func text(_ response: HTTPClientResponse) async throws -> String {
    String(decoding: try await response.body.collect(), as: UTF8.self)
}
