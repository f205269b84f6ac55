import Contract
import Platform

/// A chat's connection to its gateway, which is made again when it is lost.
@LoopActor
final class ChatLink {
    static let firstPause = Duration.milliseconds(500)
    static let longestPause = Duration.seconds(30)
    /// Messages of one history at most.
    static let historyLimit = 200

    enum News: Sendable {
        /// Connected; and what was said so far, as `chat.history` has it.
        case connected(history: JSON)
        case lost(reason: String, retryIn: Duration)
        /// It will not work, and trying again would not help.
        case failed(CommandFailure)
        case event(GatewayEvent)
    }

    let invocation: Invocation
    /// As the gateway writes it, once it is known.
    private(set) var sessionKey: String
    private let onNews: @LoopActor (News) -> Void
    private var session: GatewaySession?
    private var isOver = false
    private var wasConnected = false

    init(_ invocation: Invocation, onNews: @escaping @LoopActor (News) -> Void) {
        self.invocation = invocation
        self.onNews = onNews
        sessionKey = invocation["--session-key"] ?? invocation["--agent"].map { "agent:\($0):main" } ?? "main"
    }

    var isConnected: Bool { session != nil }

    func begin() { startTask { await self.run() } }

    func end() {
        isOver = true
        session?.client.close()
        session = nil
    }

    private func run() async {
        let access = await invocation.access()
        var pause = Self.firstPause
        while !isOver {
            do throws(CommandFailure) {
                let client = try await access.connect()
                guard !isOver else { return client.close() }
                pause = Self.firstPause
                try await serve(client)
            } catch {
                session = nil
                let mayPass = error.code == .unreachable || error.code == .tryAgain
                guard !isOver, wasConnected && mayPass else { return isOver ? () : onNews(.failed(error)) }
                onNews(.lost(reason: error.message, retryIn: pause))
                try? await invocation.surroundings.clock.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// Until the connection ends, which is an error.
    private func serve(_ client: GatewayClient) async throws(CommandFailure) {
        let session = GatewaySession(client: client, invocation: invocation)
        try await completeKey(session)
        let limit = max(1, invocation.integer("--history-limit") ?? 20)
        let history = try await session.call(
            "chat.history", ["sessionKey": .string(sessionKey), "limit": JSON(min(limit, Self.historyLimit))])
        self.session = session
        wasConnected = true
        onNews(.connected(history: history))
        do throws(ClientError) {
            while let event = try await client.event(by: nil) {
                guard concerns(event) else { continue }
                onNews(.event(event))
            }
        } catch {
            throw error.failure(invocation.program)
        }
        throw CommandFailure(.unreachable, "closed", "the gateway closed the connection")
    }

    private func concerns(_ event: GatewayEvent) -> Bool {
        if let notice = ApprovalNotice(event) { return notice.sessionKey == sessionKey }
        return (event.name == "chat" || event.name == "agent") && event.payload["sessionKey"]?.string == sessionKey
    }

    /// The key as events have it: what is not written out is a session of the default agent.
    private func completeKey(_ session: GatewaySession) async throws(CommandFailure) {
        guard !sessionKey.hasPrefix("agent:") else { return }
        let agents = try await session.call("agents.list")
        sessionKey = "agent:\(agents["defaultId"]?.string ?? "main"):\(sessionKey)"
    }

    // MARK: Requests

    /// Sends a message and returns the run's id; nil where the gateway answered it without one.
    func send(_ text: String) async throws(CommandFailure) -> String? {
        guard let session else { throw CommandFailure(.unreachable, "unreachable", "not connected; nothing was sent") }
        var params: JSON = [
            "sessionKey": .string(sessionKey), "message": .string(text), "idempotencyKey": .string(UUIDText.random()),
        ]
        params["thinking"] = invocation["--thinking"].map { .string($0) }
        let answer = try await session.call("chat.send", params)
        return answer["runId"]?.string
    }

    func abort() {
        guard let session else { return }
        let key = sessionKey
        startTask { _ = try? await session.call("chat.abort", ["sessionKey": .string(key)]) }
    }
}
