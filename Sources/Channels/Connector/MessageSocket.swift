package import Platform
package import Wire

/// A WebSocket to a platform, for code that waits: one task takes the messages in their order.
@LoopActor
package final class MessageSocket: WebSocketHandler {
    /// What came.
    package enum Event: Equatable, Sendable {
        case text([UInt8])
        case binary([UInt8])
        case closed(WebSocketClose)
    }

    /// Bytes that wait to be taken; a service that sends more than that ahead is cut off.
    package nonisolated static let backlog = 32 * 1024 * 1024

    private var socket: WebSocketConnection?
    private var events: [Event] = []
    private var taken = 0
    private var waitingBytes = 0
    private var isClosed = false
    private let place: Suspension
    private let clock: any Clock

    private init(_ clock: any Clock) {
        self.clock = clock
        place = Suspension(clock)
    }

    isolated deinit { socket?.cut() }

    /// Connects; `fields` go along with the handshake.
    package static func open(
        _ http: HTTPClient, _ url: WebURL, fields: HTTPFields = HTTPFields(),
        options: WebSocketOptions = WebSocketOptions(), deadlines: HTTPDeadlines = HTTPDeadlines(), clock: any Clock
    ) async throws(WebSocketClientError) -> MessageSocket {
        let new = MessageSocket(clock)
        new.socket = try await http.openWebSocket(
            url, fields: fields, options: options, deadlines: deadlines, handler: new, clock: clock)
        return new
    }

    package var isOpen: Bool { !isClosed && socket?.isOpen == true }

    /// When the service was last heard of: a message, a ping, or the answer to one of ours.
    package var heardAt: Instant? { socket?.heardAt }

    /// The next event; nil when it did not come in time or the task was cancelled. After `closed` nothing comes.
    package func next(until deadline: Instant? = nil) async -> Event? {
        while taken == events.count {
            guard !Task.isCancelled, !isClosed, await place.wait(until: deadline) == .event else { return nil }
        }
        let event = events[taken]
        taken += 1
        if taken == events.count {
            events = []
            taken = 0
        }
        if case .text(let bytes) = event { waitingBytes -= bytes.count }
        if case .binary(let bytes) = event { waitingBytes -= bytes.count }
        return event
    }

    /// Returns false when the socket is closed or the peer takes nothing.
    @discardableResult
    package func send(_ text: String) -> Bool { socket?.send(text) ?? false }

    package func close(_ code: WebSocketCloseCode = .normal, _ reason: String = "") { socket?.close(code, reason) }

    /// Leaves without a word.
    package func cut() { socket?.cut() }

    package func webSocket(
        _ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>
    ) {
        waitingBytes += bytes.count
        guard waitingBytes <= Self.backlog else { return socket.end(.messageTooBig, "too much at once") }
        let copy = Array(copying: bytes)
        add(kind == .text ? .text(copy) : .binary(copy))
    }

    package func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
        add(.closed(close))
        isClosed = true
    }

    private func add(_ event: Event) {
        events.append(event)
        place.wake()
    }
}
