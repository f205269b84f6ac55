import Contract
import Platform

/// Shows a run's answer as it comes, and ends the run when the person wants that.
@LoopActor
final class AgentRunView {
    /// How often the wait looks whether all is over.
    static let pace = Duration.milliseconds(100)
    /// Waits longer than this are told of.
    static let patience = Duration.milliseconds(500)

    private let gateway: GatewaySession
    private let invocation: Invocation
    private let params: JSON
    private let isLive: Bool
    private var result: Result<JSON, ClientError>?
    private var runID: String
    private var sessionKey: String?
    /// Bytes of the run's text that were shown.
    private var shown = 0
    private var isLineOpen = false
    private var waitLine = false
    private var isEnding = false

    init(_ gateway: GatewaySession, _ invocation: Invocation, _ params: JSON) {
        self.gateway = gateway
        self.invocation = invocation
        self.params = params
        runID = params["idempotencyKey"]?.string ?? ""
        isLive = invocation.output.style.isTerminal && !invocation.output.isJSON
    }

    private var clock: any Clock { invocation.surroundings.clock }

    /// The gateway's last answer.
    func follow(within time: Duration) async throws(CommandFailure) -> JSON {
        // A gateway of this process hears the signals itself, and ends its runs.
        let isOwn = invocation.has("--local")
        let signals = isOwn ? nil : try? Signals([.interrupt]) { [weak self] _ in self?.interrupted() }
        defer { signals?.stop() }
        let client = gateway.client
        let params = params
        startTask {
            do throws(ClientError) {
                self.result = .success(try await client.callForEnd("agent", params, within: time))
            } catch {
                self.result = .failure(error)
            }
        }
        let began = clock.now
        while result == nil {
            do throws(ClientError) {
                if let event = try await client.event(by: clock.now + Self.pace) { take(event) }
            } catch {
                // The request hears of it as well.
                try? await clock.sleep(for: Self.pace)
            }
            if isLive, shown == 0, clock.now - began > Self.patience { showWait(clock.now - began) }
        }
        clearWait()
        switch result {
        case .success(let answer): return answer
        case .failure(let error):
            closeLine()
            throw error.failure(invocation.program)
        case nil: return .null
        }
    }

    private func interrupted() {
        guard !isEnding else {
            result = .failure(.closed(gateway.client.route, code: 1000, reason: "given up"))
            return
        }
        isEnding = true
        let (client, id) = (gateway.client, runID)
        var abort: JSON = ["runId": .string(id)]
        abort["key"] = sessionKey.map { .string($0) }
        startTask { _ = try? await client.call("sessions.abort", abort) }
    }

    private func take(_ event: GatewayEvent) {
        if let notice = ApprovalNotice(event), let key = notice.sessionKey, key == sessionKey { return tell(notice) }
        guard event.name == "agent", event.payload["runId"]?.string == runID else { return }
        sessionKey = event.payload["sessionKey"]?.string ?? sessionKey
        guard isLive, event.payload["stream"]?.string == "assistant" else { return }
        if let text = event.payload["data"]?["text"]?.string { show(upTo: text) }
    }

    /// The run goes on when somebody has decided, which takes another terminal.
    private func tell(_ notice: ApprovalNotice) {
        guard !invocation.output.isJSON else { return }
        clearWait()
        closeLine()
        let reply = ShellWord.quoted("\(notice.reply) allow-once", always: true)
        invocation.output.note("openclaw: the agent \(notice.question)")
        invocation.output.note("  it waits for your word: \(invocation.program) agent --message \(reply)")
        invocation.output.note("  or deny, or allow-always")
    }

    private func show(upTo text: String) {
        guard text.utf8.count > shown else { return }
        clearWait()
        let new = String(decoding: text.utf8.dropFirst(shown), as: UTF8.self).harmless
        shown = text.utf8.count
        invocation.output.write(new)
        isLineOpen = !new.hasSuffix("\n")
    }

    /// What was not shown yet of the whole answer.
    func complete(_ text: String) {
        if isLive { show(upTo: text) } else { write(text) }
        closeLine()
    }

    private func write(_ text: String) {
        // A program gets the bytes as they are.
        let text = invocation.output.style.isTerminal ? text.harmless : text
        invocation.output.write(text)
        isLineOpen = !text.isEmpty && !text.hasSuffix("\n")
    }

    private func closeLine() {
        if isLineOpen { invocation.output.line("") }
        isLineOpen = false
    }

    // MARK: Progress

    private var canErase: Bool { isLive && invocation.environment["TERM"] != "dumb" }

    private func showWait(_ time: Duration) {
        guard canErase else { return }
        waitLine = true
        StandardStream.output.write("\r  waiting for the answer, \(Age.span(time))")
    }

    private func clearWait() {
        guard waitLine else { return }
        waitLine = false
        StandardStream.output.write("\r\u{1b}[K")
    }
}
