import Contract
import Platform
import Wire

/// Where connections arrive, are let in, and are seen off: the sessions' side of everything that they share.
@LoopActor
final class FrontDesk {
    /// Bytes waiting for a client above which it is cut off as a slow consumer; advertised in `hello-ok`.
    static let bufferLimit = 8 << 20
    /// Bytes waiting for a client above which droppable events are left out for it.
    static let dropLimit = 1 << 20

    /// From our close to the end of a connection whose client does not answer it.
    static let closeTime = Duration.seconds(2)

    let router: MethodRouter
    let clock: any Clock
    let log: Log
    var admission: any Admitting
    private let hub: EventHub
    private let greeter: Greeter
    private let waiting: UnadmittedSessions
    /// Every session whose socket is there, let in or not.
    private var sessions: [ObjectIdentifier: ClientSession] = [:]
    private var emptied: CheckedContinuation<Void, Never>?
    /// Nil while frames are not shown.
    var frames: FrameLog?
    /// Shared by all sessions: a frame is copied to its outbox before the next one is written.
    var writer = FrameWriter()
    var handshakeTime = WireFacts.handshakeTime
    /// Told of every client that was let in, and when it goes.
    var watchers: [any ClientWatching] = []

    init(
        router: MethodRouter, admission: any Admitting, hub: EventHub, greeter: Greeter, waiting: UnadmittedSessions,
        clock: any Clock, log: Log
    ) {
        self.router = router
        self.admission = admission
        self.hub = hub
        self.greeter = greeter
        self.waiting = waiting
        self.clock = clock
        self.log = log
    }

    var bufferLimit: Int { Self.bufferLimit }
    var dropLimit: Int { Self.dropLimit }

    static var options: WebSocketOptions {
        var options = WebSocketOptions()
        options.limits = WebSocketLimits(
            frame: WireFacts.frameBytesBeforeConnect, message: WireFacts.frameBytesBeforeConnect,
            excessReason: CloseReason.payloadTooLargeBeforeConnect.text)
        options.deflate = DeflateSettings(for: .server)
        // Judged by the session, which knows what may be dropped; nothing is to be refused before that.
        options.outbox = bufferLimit + WireFacts.frameBytes
        options.pingInterval = WireFacts.pingInterval
        options.closeTime = closeTime
        return options
    }

    func arrived(_ session: ClientSession) {
        sessions[ObjectIdentifier(session)] = session
        waiting.add(session)
    }

    /// Closes every connection and returns when the last one has ended.
    func drain() async {
        for session in Array(sessions.values) { session.close(.serviceRestart) }
        if !sessions.isEmpty { await withCheckedContinuation { emptied = $0 } }
    }

    func cut() {
        for session in Array(sessions.values) { session.cut() }
    }

    /// Everything up to the verdict (protocol.md section 3.3).
    func admit(
        _ params: JSON?, _ challenge: Challenge, _ session: ClientSession
    ) async throws(ConnectRefusal) -> Client {
        if let refusal = greeter.refusalWhileStarting { throw refusal }
        let connect: ConnectParams
        do throws(RPCError) {
            connect = try ConnectParams(params)
        } catch {
            throw ConnectRefusal(error)
        }
        guard let generation = connect.negotiated else { throw .protocolMismatch(connect) }
        let admission = try await admission.admit(
            connect, generation: generation, challenge: challenge, from: session.origin)
        return Client(
            id: session.id, admission: admission, params: connect, generation: generation, origin: session.origin,
            connectedAt: clock.wall, session: session)
    }

    /// Greets a client that was let in, and lets it hear what happens from now on.
    func entered(_ session: ClientSession, _ client: Client, hello: (JSON) -> Void) {
        waiting.remove(session)
        log.info(
            "connected",
            [
                "conn": .text(client.id), "client": .text(client.params.client.id), "role": .text(client.role.rawValue),
                "protocol": LogValue(client.generation), "scopes": .text(client.scopes.words.joined(separator: ",")),
            ])
        hello(greeter.hello(client, router))
        hub.add(session)
        greeter.entered(client)
        for watcher in watchers { watcher.entered(client) }
    }

    /// The client went while it was being let in.
    func forgotten(_ client: Client) {
        log.debug("left while it was being let in", ["conn": .text(client.id)])
    }

    func left(_ session: ClientSession, _ client: Client?, _ close: WebSocketClose) {
        sessions[ObjectIdentifier(session)] = nil
        if sessions.isEmpty {
            emptied?.resume()
            emptied = nil
        }
        waiting.remove(session)
        guard let client else { return }
        hub.remove(session)
        log.info(
            "disconnected",
            ["conn": .text(client.id), "code": LogValue(close.code.rawValue), "reason": .text(close.reason)])
        greeter.left(client)
        for watcher in watchers { watcher.left(client) }
    }
}

/// Wants to know which clients are there.
@LoopActor
protocol ClientWatching: AnyObject {
    func entered(_ client: Client)
    func left(_ client: Client)
}

extension ConnectRefusal {
    /// The real servers speak one generation each; a client that speaks none of ours is told which there are.
    static func protocolMismatch(_ params: ConnectParams) -> ConnectRefusal {
        let error = RPCError.invalid(
            "protocol mismatch",
            details: [
                "code": "PROTOCOL_MISMATCH", "expectedProtocol": JSON(WireFacts.protocols.upperBound),
                "minimumProbeProtocol": JSON(WireFacts.protocols.lowerBound),
                "clientMinProtocol": JSON(params.minProtocol), "clientMaxProtocol": JSON(params.maxProtocol),
            ])
        return ConnectRefusal(error, close: .protocolMismatch)
    }
}
