import Contract
import Platform
import Wire

/// One WebSocket of the control plane: challenge, `connect`, then requests and events, until it ends.
@LoopActor
final class ClientSession: WebSocketHandler {
    private enum State {
        case awaitingConnect(Challenge)
        /// `connect` is being decided; what else comes is dropped.
        case admitting
        case connected(Client)
        case closed
    }

    /// Requests of one client that may be under way.
    static let pendingLimit = 128
    /// Calls in a row that its role does not allow, after which a client is shut out.
    static let unauthorizedLimit = 10

    let id: String
    let origin: ClientOrigin
    private let desk: FrontDesk
    private weak var socket: WebSocketConnection?
    private var state: State
    private var timer: LoopTimer?
    private var pending: [String: Task<Void, any Error>] = [:]
    private var unauthorizedCalls = 0
    private var sequence: Int64 = 0

    init(origin: ClientOrigin, desk: FrontDesk) {
        id = UUIDText.random()
        self.origin = origin
        self.desk = desk
        state = .awaitingConnect(Challenge(at: desk.clock.wall))
    }

    var client: Client? {
        if case .connected(let client) = state { client } else { nil }
    }

    /// Says the challenge, at once (protocol.md section 0, rule 11).
    func begin(on socket: WebSocketConnection) {
        self.socket = socket
        guard case .awaitingConnect(let challenge) = state else { return }
        desk.arrived(self)
        let timer = desk.clock.makeTimer { [weak self] in self?.handshakeTimeIsUp() }
        timer.arm(at: desk.clock.now + desk.handshakeTime)
        self.timer = timer
        let payload: JSON = ["nonce": .string(challenge.nonce), "ts": .int(challenge.issuedAt.milliseconds)]
        deliver(.challenge, JSONWriter.bytes(of: payload).span, stateVersion: nil, isBroadcast: false)
    }

    func close(_ reason: CloseReason) {
        socket?.close(WebSocketCloseCode(rawValue: reason.code), reason.text.cut(to: CloseReason.reasonBytes))
    }

    /// Closes without waiting for the client's answer.
    func end(_ reason: CloseReason) {
        socket?.end(WebSocketCloseCode(rawValue: reason.code), reason.text.cut(to: CloseReason.reasonBytes))
    }

    /// Ends the connection where it stands.
    func cut() { socket?.cut() }

    private func handshakeTimeIsUp() {
        if case .awaitingConnect = state { close(.handshakeTimeout) }
    }

    // MARK: Receiving

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        desk.frames?.received(bytes, by: id)
        let frame: ClientFrame
        do throws(JSONError) {
            frame = try ClientFrame.parse(bytes)
        } catch {
            if case .awaitingConnect = state { return close(.notJSON) }
            return desk.log.debug(
                "a frame that is not JSON was ignored", ["conn": .text(id), "error": LogValue(error)])
        }
        switch state {
        case .awaitingConnect(let challenge): first(frame, challenge)
        case .admitting, .closed: break
        case .connected(let client): handle(frame, client)
        }
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
        let client = client
        state = .closed
        timer?.cancel()
        for task in pending.values { task.cancel() }
        pending = [:]
        desk.left(self, client, close)
    }

    // MARK: Handshake

    private func first(_ frame: ClientFrame, _ challenge: Challenge) {
        guard case .request(let request) = frame else { return close(.refused("invalid request frame")) }
        guard request.method == ConnectParams.contract.name else {
            let error = RPCError.invalid("invalid handshake: first request must be connect")
            return refuse(request.id, ConnectRefusal(error))
        }
        state = .admitting
        timer?.cancel()
        startTask { [self] in
            do throws(ConnectRefusal) {
                let client = try await desk.admit(request.params, challenge, self)
                guard case .admitting = state else { return desk.forgotten(client) }
                state = .connected(client)
                socket?.limits = WebSocketLimits(frame: WireFacts.frameBytes, message: WireFacts.frameBytes)
                desk.entered(self, client) { hello in send { $0.response(request.id, hello) } }
            } catch {
                refuse(request.id, error)
            }
        }
    }

    private func refuse(_ id: String, _ refusal: ConnectRefusal) {
        send { $0.failure(id, refusal.error) }
        close(refusal.close)
    }

    // MARK: Requests

    private func handle(_ frame: ClientFrame, _ client: Client) {
        switch frame {
        case .cancel(let id): pending[id]?.cancel()
        case .invalid(let id, let reason):
            send { $0.failure(id ?? "invalid", .invalid("invalid request frame: \(reason)")) }
        case .request(let request): call(request, client)
        }
    }

    private func call(_ request: RequestFrame, _ client: Client) {
        do throws(RPCError) {
            switch try desk.router.call(request, role: client.role, granted: client.granted) {
            case .prompt(let method, let params):
                unauthorizedCalls = 0
                reply(request.id, try method.call(MethodRequest(id: request.id, params: params, client: client)))
            case .waiting(let method, let params):
                unauthorizedCalls = 0
                try start(method, request.id, MethodRequest(id: request.id, params: params, client: client))
            }
        } catch {
            send { $0.failure(request.id, error) }
            guard error.isUnauthorizedRole else { return }
            unauthorizedCalls += 1
            if unauthorizedCalls > Self.unauthorizedLimit { close(.unauthorizedCalls) }
        }
    }

    private func start(_ method: any WaitingMethod, _ id: String, _ request: MethodRequest) throws(RPCError) {
        guard pending[id] == nil else { throw .invalid("a request with this id is under way") }
        guard pending.count < Self.pendingLimit else {
            throw RPCError(
                .unavailable, "too many requests at once: \(Self.pendingLimit) are under way",
                retryAfter: .milliseconds(500))
        }
        pending[id] = startTask { [weak self] in
            do throws(RPCError) {
                let answer = try await method.call(request)
                self?.finish(id) { $0.reply(id, answer) }
            } catch {
                self?.finish(id) { session in session.send { $0.failure(id, error) } }
            }
        }
    }

    private func finish(_ id: String, _ answer: (ClientSession) -> Void) {
        guard pending.removeValue(forKey: id) != nil else { return }
        answer(self)
    }

    // MARK: Sending

    func reply(_ id: String, _ reply: Reply) {
        switch reply {
        case .json(let payload): send { $0.response(id, payload) }
        case .encoded(let payload): send { $0.response(id, encoded: payload.span) }
        }
    }

    private func send(_ write: (inout FrameWriter) -> Void) {
        guard let socket, socket.isOpen else { return }
        guard socket.backlog <= desk.bufferLimit else { return close(.slowConsumer) }
        write(&desk.writer)
        _ = desk.writer.withSpan { transmit($0, socket) }
    }

    private func transmit(_ frame: Span<UInt8>, _ socket: WebSocketConnection) -> Bool {
        desk.frames?.sent(frame, to: id)
        return socket.send(.text, frame)
    }

    /// Sends an event, or drops it for a client that does not keep up. A dropped broadcast uses up its number: the
    /// client sees the gap and asks anew (protocol.md section 1).
    @discardableResult
    func deliver(
        _ event: EventContract, _ payload: Span<UInt8>, stateVersion: StateVersion?, isBroadcast: Bool
    ) -> Bool {
        guard let socket, socket.isOpen else { return false }
        if isBroadcast { sequence += 1 }
        if event.isDroppable, socket.backlog > desk.dropLimit { return false }
        guard socket.backlog <= desk.bufferLimit else {
            close(.slowConsumer)
            return false
        }
        desk.writer.event(
            event.name, encoded: payload, seq: isBroadcast ? sequence : nil, stateVersion: stateVersion)
        return desk.writer.withSpan { transmit($0, socket) }
    }
}
