import Platform
import Store
import Wire

/// One socket of Socket Mode, from the address that it is given to its end.
@LoopActor
final class SlackLink {
    enum State: Equatable {
        case opening
        case ready
        /// Slack is about to close it; until then it brings what it has.
        case leaving
        case ended
    }

    /// From the open socket to Slack's first word.
    static let helloTime = Duration.seconds(10)
    /// Slack's envelopes are small.
    static let longestMessage = 4 * 1024 * 1024

    /// A peer that says nothing is found out within 18 s.
    static var options: WebSocketOptions {
        var options = WebSocketOptions()
        options.pingInterval = .seconds(5)
        options.pongTime = .seconds(8)
        options.limits = WebSocketLimits(frame: longestMessage, message: longestMessage)
        return options
    }

    private(set) var state = State.opening
    private(set) var readyAt: Instant?
    /// The app that the socket belongs to.
    private(set) var app: String?
    /// Whether those who keep it know that it is leaving.
    var isNoted = false
    /// Why it ended.
    private(set) var fault: ConnectorFault?

    private let api: SlackAPI
    private let token: String
    private let http: HTTPClient
    private let clock: any Clock
    private let receiver: SlackReceiver
    private let gate: Suspension
    private let changed: @LoopActor () -> Void
    private var socket: MessageSocket?
    private var task: Task<Void, any Error>?
    private var isCut = false

    init(
        _ api: SlackAPI, _ token: String, _ http: HTTPClient, _ clock: any Clock, _ receiver: SlackReceiver,
        changed: @escaping @LoopActor () -> Void
    ) {
        self.api = api
        self.token = token
        self.http = http
        self.clock = clock
        self.receiver = receiver
        self.changed = changed
        gate = Suspension(clock)
    }

    var heardAt: Instant? { socket?.heardAt }

    func start() {
        task = startTask { [self] in
            do throws(ConnectorFault) {
                try await connect()
                try await receive()
            } catch {
                fault = error
            }
            socket?.cut()
            enter(.ended)
        }
    }

    /// What was said before is kept now.
    func open() { gate.wake() }

    /// Another socket is in its place.
    func leave() { socket?.close() }

    func cut() {
        isCut = true
        task?.cancel()
        socket?.cut()
    }

    private func connect() async throws(ConnectorFault) {
        let url = try await address()
        var deadlines = HTTPDeadlines()
        deadlines.firstByte = SlackAPI.patience
        do throws(WebSocketClientError) {
            socket = try await MessageSocket.open(
                http, url, options: Self.options, deadlines: deadlines, clock: clock)
        } catch {
            throw .passing("\(error)")
        }
        guard !isCut else { throw .passing("it was stopped") }
        let deadline = clock.now + Self.helloTime
        while let event = await socket?.next(until: deadline) {
            guard case .text(let bytes) = event else { throw end(event) }
            switch SlackFrame(bytes) {
            case .hello(let app):
                self.app = app
                readyAt = clock.now
                return enter(.ready)
            case .disconnect(let reason): throw Self.fault(of: reason)
            default: receiver.warn("Slack said something before its hello")
            }
        }
        throw .passing("\(url.peer): Slack did not say hello")
    }

    private func address() async throws(ConnectorFault) -> WebURL {
        let reply: SlackReply
        do throws(SlackTrouble) {
            reply = try await api.call("apps.connections.open", token)
        } catch {
            throw error.fault
        }
        guard let text = reply.json["url"]?.string, let url = try? WebURL(text),
            url.scheme == .wss || (url.scheme == .ws && !api.isSecure)
        else { throw .passing("Slack gave no address of a socket") }
        return url
    }

    private func receive() async throws(ConnectorFault) {
        while !receiver.isCaughtUp {
            guard await gate.wait() != .cancelled else { throw .passing("it was stopped") }
        }
        while let event = await socket?.next() {
            guard case .text(let bytes) = event else { throw end(event) }
            switch SlackFrame(bytes) {
            case .envelope(let envelope): try await take(envelope)
            case .disconnect(let reason):
                let fault = Self.fault(of: reason)
                if case .lasting = fault { throw fault }
                enter(.leaving)
            case .hello: break
            case .other, nil: receiver.warn("Slack said something that cannot be read")
            }
        }
        throw .passing("it was stopped")
    }

    private func take(_ envelope: SlackEnvelope) async throws(ConnectorFault) {
        // Who typed a command is told after 3 s that it failed, and it is never brought again.
        if envelope.kind == .command { acknowledge(envelope) }
        do throws(StoreError) {
            try await receiver.take(envelope)
        } catch {
            throw .store(error)
        }
        if envelope.kind != .command { acknowledge(envelope) }
    }

    private func acknowledge(_ envelope: SlackEnvelope) {
        guard let id = envelope.id else { return }
        let answer: JSON = ["envelope_id": .string(id)]
        socket?.send(answer.description)
    }

    private func end(_ event: MessageSocket.Event) -> ConnectorFault {
        guard case .closed(let close) = event else { return .passing("Slack said something that is no text") }
        let reason = close.reason.isEmpty ? "" : ": \(close.reason.cut(to: 200))"
        return .passing("the socket was closed (\(close.code.rawValue))\(reason)")
    }

    private func enter(_ state: State) {
        self.state = state
        changed()
    }

    static func fault(of reason: String) -> ConnectorFault {
        guard reason == "link_disabled" else { return .passing("Slack closes the socket: \(reason.cut(to: 100))") }
        return .lasting(
            "Socket Mode was turned off for the app",
            cure: "turn Socket Mode on in the app's settings, or use mode http")
    }
}
