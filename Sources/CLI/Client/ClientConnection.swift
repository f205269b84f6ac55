import Contract
import Platform
import Wire

/// One WebSocket to a gateway: pairs answers with requests and keeps events until somebody takes them.
@LoopActor
final class ClientConnection: WebSocketHandler {
    /// Events that may wait to be taken. The oldest go first; events are not replayed anyhow (mission row P5).
    static let eventLimit = 1000

    /// A request and the answers to it: agent runs get two.
    private final class Pending {
        let suspension: Suspension
        var answers: [Result<JSON?, RPCError>] = []

        init(_ suspension: Suspension) { self.suspension = suspension }
    }

    let route: GatewayRoute
    private let clock: any Clock
    private var socket: WebSocketConnection?
    private var pending: [String: Pending] = [:]
    private var requests = 0
    private var events: [GatewayEvent] = []
    private let arrival: Suspension
    private var closed: ClientError?

    init(_ route: GatewayRoute, _ clock: any Clock) {
        self.route = route
        self.clock = clock
        arrival = Suspension(clock)
    }

    func begin(_ socket: WebSocketConnection) { self.socket = socket }

    func close() {
        closed = closed ?? .closed(route, code: 1000, reason: "closed by us")
        socket?.close(.normal)
    }

    // MARK: Requests

    /// Sends a request and waits for its answer, or for the last of `answers`.
    func request(
        _ method: String, _ params: JSON?, by deadline: Instant, final: Bool = false
    ) async throws(ClientError) -> JSON {
        let began = clock.now
        requests += 1
        let id = "\(requests)"
        let place = Pending(Suspension(clock))
        pending[id] = place
        defer { pending[id] = nil }
        if let closed { throw closed }
        _ = socket?.send(.text, RequestFrame(id: id, method: method, params: params).bytes.span)
        while true {
            while !place.answers.isEmpty {
                switch place.answers.removeFirst() {
                case .failure(let error): throw .failed(method: method, error)
                case .success(let payload):
                    if final, payload?["status"]?.string == "accepted" { continue }
                    return payload ?? .null
                }
            }
            if let closed { throw closed }
            switch await place.suspension.wait(until: deadline) {
            case .event: continue
            case .deadline, .cancelled:
                _ = socket?.send(.text, JSONWriter.bytes(of: ["type": "cancel", "id": .string(id)]).span)
                throw .timedOut(route, what: "no answer to \(method)", after: deadline - began)
            }
        }
    }

    // MARK: Events

    /// The next event of that name, or any; nil when none comes in time.
    func event(_ name: String? = nil, by deadline: Instant?) async throws(ClientError) -> GatewayEvent? {
        while true {
            if let position = events.firstIndex(where: { name == nil || $0.name == name }) {
                return events.remove(at: position)
            }
            if let closed { throw closed }
            guard await arrival.wait(until: deadline) == .event else { return nil }
        }
    }

    // MARK: WebSocketHandler

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        let frame: ReceivedFrame?
        do throws(JSONError) {
            frame = try ReceivedFrame.parse(bytes)
        } catch {
            end(.foreign(route, reason: "it sent what is no JSON: \(error)"))
            return socket.close(.policyViolation)
        }
        switch frame {
        case .response(let id, let result):
            guard let place = pending[id] else { return }
            place.answers.append(result)
            place.suspension.wake()
        case .event(let name, let payload, let sequence):
            if events.count == Self.eventLimit { events.removeFirst() }
            events.append(GatewayEvent(name: name, payload: payload ?? .null, sequence: sequence))
            arrival.wake()
        case .other, nil: break
        }
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
        end(.closed(route, code: close.code.rawValue, reason: close.reason))
    }

    private func end(_ error: ClientError) {
        closed = closed ?? error
        for place in pending.values { place.suspension.wake() }
        arrival.wake()
    }
}

/// Something that a gateway tells without being asked.
struct GatewayEvent: Sendable {
    let name: String
    let payload: JSON
    /// Nil for events that are meant for this connection alone.
    let sequence: Int64?
}
