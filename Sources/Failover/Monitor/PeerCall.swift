import Platform
import Wire

/// By what a node knows itself again in an answer.
package struct NodeMark: Equatable, Sendable {
    package var node: String?
    package var boot: UInt64

    package init(node: String?, boot: UInt64) {
        self.node = node
        self.boot = boot
    }
}

/// What a probe brought.
package struct PeerAnswer: Equatable, Sendable {
    package var result: ProbeResult
    /// Of a node of ours.
    package var statement: PeerStatement?

    package init(_ result: ProbeResult, _ statement: PeerStatement? = nil) {
        self.result = result
        self.statement = statement
    }
}

extension ProbeFailure: Error {}

/// One conversation with one node, over a connection of its own.
@LoopActor
final class PeerCall {
    package static let path = "/__openclaw__/failover"
    private static let bodyLimit = 64 * 1024

    private let url: WebURL
    private let secret: PairSecret?
    private let mark: NodeMark
    private let connector: ProbeConnector
    private let client: HTTPClient
    private let deadlines: HTTPDeadlines

    init(_ url: WebURL, _ secret: PairSecret?, _ mark: NodeMark, within time: Duration?, clock: any Clock) {
        self.url = url
        self.secret = secret
        self.mark = mark
        connector = ProbeConnector(clock: clock)
        client = HTTPClient(connector: connector, clock: clock, userAgent: "openclaw")
        var deadlines = HTTPDeadlines()
        deadlines.total = time
        // One that holds the connection says something every ten seconds.
        deadlines.body = .seconds(30)
        if let time { deadlines.connecting = time }
        self.deadlines = deadlines
    }

    isolated deinit { client.close() }

    // MARK: Questions

    /// How the node is: by what it proves where there is a secret, else by `/healthz`.
    func look() async -> PeerAnswer {
        do throws(ProbeFailure) {
            guard secret != nil else { return PeerAnswer(.answered(try await health())) }
            let statement = try await ask(.state)
            return PeerAnswer(.answered(statement.facts), statement)
        } catch {
            return PeerAnswer(.failed(error))
        }
    }

    func ask(_ wish: PeerWish, _ text: String = "") async throws(ProbeFailure) -> PeerStatement {
        guard let secret else { throw .stranger }
        let (response, nonce) = try await question(wish, secret, text)
        guard let json = secret.opened(try await body(response), nonce: nonce),
            let statement = PeerStatement(json)
        else { throw .stranger }
        guard statement.boot != mark.boot, statement.node == nil || statement.node != mark.node else {
            throw .myself
        }
        return statement
    }

    /// Holds the connection and hands on what the node says, until it ends.
    func follow(_ take: @LoopActor (LinkWord) -> Void) async throws(ProbeFailure) {
        guard let secret else { throw .stranger }
        let (response, nonce) = try await question(.watch, secret)
        var rest: [UInt8] = []
        var place = 0
        while let piece = try await next(response) {
            rest += piece
            while let end = rest.firstIndex(of: 0x0A) {
                guard let json = secret.opened(Array(rest[..<end]), nonce: nonce, place: place),
                    let word = LinkWord(json)
                else { throw .stranger }
                rest.removeSubrange(...end)
                place += 1
                take(word)
            }
            guard rest.count <= Self.bodyLimit else { throw .stranger }
        }
        throw .closed
    }

    // MARK: Steps

    private func question(
        _ wish: PeerWish, _ secret: PairSecret, _ text: String = ""
    ) async throws(ProbeFailure) -> (HTTPClientResponse, nonce: String) {
        let first = try await send(.get, Self.path, .none)
        guard let challenge = (try? JSONParser.parse(try await body(first)))?["challenge"]?.string else {
            throw .stranger
        }
        let nonce = Hex.encode(SecureRandom.bytes(16))
        var question: JSON = [
            "challenge": .string(challenge), "nonce": .string(nonce), "want": .string(wish.rawValue),
            "proof": .string(secret.proof(of: wish, challenge, nonce, text)),
        ]
        if wish == .tell { question["text"] = .string(text) }
        let response = try await send(.post, Self.path, .bytes(JSONWriter.bytes(of: question)))
        return (response, nonce)
    }

    private func health() async throws(ProbeFailure) -> PeerFacts {
        let response = try await send(.get, "/healthz", .none)
        guard let json = try? JSONParser.parse(try await body(response)), json["ok"]?.bool == true else {
            throw .stranger
        }
        return PeerFacts()
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ content: HTTPRequestBody
    ) async throws(ProbeFailure) -> HTTPClientResponse {
        guard let target = url.with(path: path) else { throw .stranger }
        var request = HTTPClientRequest(method, target, body: content)
        if case .bytes = content { request.fields.append("Content-Type", "application/json") }
        request.deadlines = deadlines
        request.bodyLimit = .max
        request.acceptsCompression = false
        let response: HTTPClientResponse
        do throws(HTTPClientError) { response = try await client.send(request) } catch { throw failure(error) }
        switch response.status.code {
        case 200: return response
        case 401: throw .wrongCluster
        case 500...: throw .unhealthy
        default: throw .stranger
        }
    }

    private func body(_ response: HTTPClientResponse) async throws(ProbeFailure) -> [UInt8] {
        do throws(HTTPClientError) {
            return try await response.body.collect(limit: Self.bodyLimit)
        } catch {
            throw failure(error)
        }
    }

    private func next(_ response: HTTPClientResponse) async throws(ProbeFailure) -> [UInt8]? {
        do throws(HTTPClientError) { return try await response.body.next() } catch { throw failure(error) }
    }

    private func failure(_ error: HTTPClientError) -> ProbeFailure {
        switch error {
        case .notConnected: connector.failure ?? .timedOut
        case .connectionLost: .closed
        case .malformedResponse, .tooLarge, .redirect, .notUpgraded: .stranger
        case .timedOut, .cancelled, .closed, .invalidRequest, .requestBody: .timedOut
        }
    }
}

extension WebURL {
    /// Another place on the same host, for plain requests.
    func with(path: String) -> WebURL? {
        let scheme = self.scheme.isSecure ? "https" : "http"
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return try? WebURL("\(scheme)://\(host):\(port)\(path)")
    }
}
