package import Platform

/// What a client allows its peers, and what it keeps open.
package struct HTTPClientLimits: Equatable, Sendable {
    /// Bytes of a response's head.
    package var head = 64 * 1024
    /// A response's header fields.
    package var fieldCount = 200
    package var pool = HTTPPoolLimits()

    package init() {}
}

/// What remains of a connection after a 101: no longer HTTP.
@LoopActor
package struct HTTPUpgraded {
    package let head: HTTPResponseHead
    package let stream: any ByteStream
    /// What came behind the head, to be read before the stream.
    package let leftover: [UInt8]
}

/// HTTP/1.1 to any number of servers.
@LoopActor
package final class HTTPClient: HTTPFetching {
    private let connector: any HTTPConnecting
    private let clock: any Clock
    private let limits: HTTPClientLimits
    private let userAgent: String?
    let pool: HTTPConnectionPool

    package init(
        connector: any HTTPConnecting, clock: any Clock = EventLoop.shared,
        limits: HTTPClientLimits = HTTPClientLimits(), userAgent: String? = nil
    ) {
        precondition(userAgent.map(HTTPFields.isValid(value:)) ?? true, "not a header field")
        self.connector = connector
        self.clock = clock
        self.limits = limits
        self.userAgent = userAgent
        pool = HTTPConnectionPool(limits: limits.pool, clock: clock)
    }

    package func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
        var request = request
        var time = HTTPCallTime(clock: clock, deadlines: request.deadlines, peer: request.url.peer)
        var redirects = 0
        while true {
            let (exchange, head) = try await exchange(request, time)
            guard case .followed(let limit) = request.redirects,
                let next = try HTTPRedirect.next(after: request, head)
            else { return try response(request, exchange, head) }
            redirects += 1
            guard redirects <= limit else {
                throw .redirect(peer: request.url.peer, reason: "there were more than \(limit) of them")
            }
            exchange.discard()
            request = next
            time.peer = next.url.peer
        }
    }

    /// Asks the server to go on with another protocol, which the request's Upgrade field names. The connection is a
    /// new one and leaves the client with the answer.
    package func upgrade(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPUpgraded {
        let time = HTTPCallTime(clock: clock, deadlines: request.deadlines, peer: request.url.peer)
        let origin = HTTPOrigin(request.url, tls: request.tls, isUpgrade: true)
        let bytes = try head(request, origin)
        if pool.isClosed { throw .closed }
        let stream = try await HTTPConnectAttempt.stream(connector, origin, time)
        let connection = HTTPClientConnection(stream: stream, origin: origin, clock: clock)
        let exchange = HTTPClientExchange(request, on: connection, nil, time: time, limits: limits)
        exchange.start(head: bytes)
        let head = try await exchange.responseHead(acceptsUpgrade: true)
        guard head.status == .switchingProtocols else {
            exchange.abandon()
            throw .notUpgraded(peer: origin.peer, status: head.status)
        }
        let rest = exchange.takeStream()
        return HTTPUpgraded(head: head, stream: rest.stream, leftover: rest.leftover)
    }

    /// Closes idle connections and takes no more requests; those under way go on.
    package func close() { pool.close() }

    isolated deinit { pool.close() }

    /// Sends a request and waits for the head of its response. A connection that died while it was idle is not the
    /// request's fault, so it is sent once more where that is safe.
    private func exchange(
        _ request: HTTPClientRequest, _ time: HTTPCallTime
    ) async throws(HTTPClientError) -> (HTTPClientExchange, HTTPResponseHead) {
        let origin = HTTPOrigin(request.url, tls: request.tls)
        let bytes = try head(request, origin)
        var isFirst = true
        while true {
            // Nothing may be sent for a task that is over.
            if Task.isCancelled { throw .cancelled }
            let (connection, isReused) = try await connection(origin, time)
            let exchange = HTTPClientExchange(request, on: connection, pool, time: time, limits: limits)
            exchange.start(head: bytes)
            do throws(HTTPClientError) {
                return (exchange, try await exchange.responseHead())
            } catch {
                guard isFirst, isReused, exchange.mayBeRepeated else { throw error }
                isFirst = false
                // The others are as old and came from the same server.
                pool.closeIdle(origin)
            }
        }
    }

    private func connection(
        _ origin: HTTPOrigin, _ time: HTTPCallTime
    ) async throws(HTTPClientError) -> (HTTPClientConnection, isReused: Bool) {
        if let idle = try await pool.take(origin, until: time.deadline(.waiting)) { return (idle, true) }
        do throws(HTTPClientError) {
            let stream = try await HTTPConnectAttempt.stream(connector, origin, time)
            return (HTTPClientConnection(stream: stream, origin: origin, clock: clock), false)
        } catch {
            pool.release(origin)
            throw error
        }
    }

    private func head(_ request: HTTPClientRequest, _ origin: HTTPOrigin) throws(HTTPClientError) -> [UInt8] {
        try HTTPRequestHead(
            request: request, route: connector.route(to: origin), userAgent: userAgent, isUpgrade: origin.isUpgrade
        ).write()
    }

    private func response(
        _ request: HTTPClientRequest, _ exchange: HTTPClientExchange, _ head: HTTPResponseHead
    ) throws(HTTPClientError) -> HTTPClientResponse {
        let peer = request.url.peer
        let limit = request.bodyLimit
        let source: any HTTPBodySource
        var arrivalLimit = limit
        if exchange.bytesLeft != 0, let coding = try Self.coding(head, peer) {
            source = HTTPDecodedBody(exchange, coding, peer: peer, limit: limit)
            arrivalLimit = HTTPDecodedBody.arrivalLimit(limit)
        } else {
            source = exchange
        }
        if let left = exchange.bytesLeft, left > arrivalLimit {
            throw .tooLarge(peer: peer, what: "the body", limit: limit)
        }
        let body = HTTPResponseBody(source, peer: peer, limit: limit)
        return HTTPClientResponse(status: head.status, fields: head.fields, body: body, url: request.url)
    }

    /// How the body is coded, whether or not that was asked for. Nil: not at all.
    private static func coding(_ head: HTTPResponseHead, _ peer: String) throws(HTTPClientError) -> ContentCoding? {
        let name = head.fields.all("Content-Encoding").joined(separator: ", ")
        if name.isEmpty || name.lowercased() == "identity" { return nil }
        guard let coding = ContentCoding(name) else {
            let shown = String(name.prefix(40)).debugDescription
            throw .malformedResponse(peer: peer, reason: "the Content-Encoding \(shown) was not asked for")
        }
        return coding
    }
}
