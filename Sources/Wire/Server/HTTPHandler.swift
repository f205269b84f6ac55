package import Platform

/// Answers requests. Called on the loop when a head is complete; an answer given before `handle` returns costs no
/// task, a later one comes from a task that the handler starts.
@LoopActor
package protocol HTTPHandler: AnyObject {
    func handle(_ exchange: HTTPExchange)
    /// How large this request's body may be. Asked before `handle`.
    func bodyLimit(for request: HTTPRequest, default limit: Int) -> Int
}

extension HTTPHandler {
    package func bodyLimit(for request: HTTPRequest, default limit: Int) -> Int { limit }
}

/// Who is at the other end, as far as the transport knows.
package struct HTTPPeer: Sendable {
    package let address: SocketAddress?
    /// For unix sockets.
    package let credentials: PeerCredentials?
    package let isEncrypted: Bool

    package init(address: SocketAddress?, credentials: PeerCredentials? = nil, isEncrypted: Bool = false) {
        self.address = address
        self.credentials = credentials
        self.isEncrypted = isEncrypted
    }
}

/// One request and its answer.
@LoopActor
package final class HTTPExchange {
    package let request: HTTPRequest
    package let peer: HTTPPeer
    package let body: RequestBody
    /// Called once when the client leaves before the answer is complete. Work done only for it can stop.
    package var onClientGone: (@LoopActor () -> Void)?

    enum Response {
        case awaited
        case streaming
        case complete
    }

    private(set) var response = Response.awaited
    /// The connection's: how far the request has come.
    var progress: RequestInProgress
    private(set) var connection: HTTPConnection?
    /// The handler's: when it lets go of it, the answer is cut.
    private(set) weak var stream: ResponseStream?

    init(_ request: HTTPRequest, bodyLimit: Int, peer: HTTPPeer, connection: HTTPConnection) {
        self.request = request
        self.peer = peer
        self.connection = connection
        progress = RequestInProgress(request, bodyLimit: bodyLimit)
        if request.hasBody {
            body = RequestBody()
            body.connection = connection
        } else {
            body = .none
        }
    }

    /// Request and answer are both complete.
    var isDone: Bool { progress.isAnswered && body.isComplete }

    /// Whether the client is still there to be answered.
    package var isOpen: Bool { connection != nil }

    /// Answers. Nothing happens if the client has left or was answered already (by a refusal of its body).
    package func respond(_ answer: HTTPResponse) { respond(.made(answer)) }

    /// The same with an answer that was written out beforehand.
    package func respond(_ answer: PreparedResponse) { respond(.prepared(answer)) }

    private func respond(_ answer: CompleteAnswer) {
        guard case .awaited = response, let connection else { return }
        response = .complete
        connection.send(answer, for: self)
    }

    /// Begins an answer whose body is not known yet. Nil if the client has left.
    package func startStream(_ status: HTTPStatus, _ fields: HTTPFields) -> ResponseStream? {
        guard case .awaited = response, let connection else { return nil }
        let stream = ResponseStream(exchange: self, sendsBody: request.method != .head)
        response = .streaming
        self.stream = stream
        connection.sendHead(status, fields, for: self, stream)
        return stream
    }

    func streamEnded() {
        response = .complete
        connection?.responseEnded()
    }

    /// The connection has no more to do with this exchange.
    func detach(clientGone: Bool) {
        guard connection != nil else { return }
        connection = nil
        body.connection = nil
        stream?.fail()
        response = .complete
        body.fail(HTTPError(.badRequest, "the connection ended within the body"))
        if clientGone { onClientGone?() }
        onClientGone = nil
    }

    /// The client sent its last byte and may have left; an answer is still tried.
    func clientFinished() {
        onClientGone?()
        onClientGone = nil
    }
}
