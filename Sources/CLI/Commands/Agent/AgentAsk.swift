import Contract
import Models
import Platform

extension Command {
    static let agent = Command(
        "agent", "send a message to an agent, and print its answer",
        notes:
            "On a terminal the answer appears as it comes, piped it is printed whole. \"-\" reads the message from "
            + "standard input. Ctrl-C ends the run. Exit code 0 when it was answered, 1 when the run failed or was ended, "
            + "75 when it may work later.",
        flags: [
            Flag("--message", "<text>", "what to say; commands such as /status too"),
            Flag("--session-id", "<id>", "a session by its id, as sessions list --json has it"),
            Flag("--session-key", "<key>", "a session by its key", default: "the agent's main session"),
            .agent,
            Flag("--deliver", nil, "send the answer to the session's channel as well"),
            Flag("--local", nil, "run the agent in this process, where no gateway runs"),
            Flag(
                "--thinking", "<level>", "how much the model thinks",
                kind: .oneOf(ThinkingLevel.allCases.map(\.rawValue)), default: "as the session says"),
            Flag(
                "--timeout", "<seconds>", "for the whole run, in seconds", kind: .integer(1...3_600_000),
                default: "agents.defaults.timeoutSeconds, else 3600"),
        ] + Flag.client.filter { $0.name != "--timeout" },
        examples: [
            "openclaw agent --message 'What can you do?'", "openclaw agent --agent main --message '/status' --json",
        ],
        seeAlso: ["tui", "sessions list", "models status"], isEveryday: true,
        run: { invocation throws(CommandFailure) in try await AgentAsk(invocation).run() })
}

/// One message and its answer.
@LoopActor
private struct AgentAsk {
    /// How long a run may take that says nothing of it; the gateway ends it before.
    static let longest = Duration.seconds(24 * 3600)
    static let standard = Duration.seconds(3600)
    /// What the gateway is given beyond the run's own time.
    static let grace = Duration.seconds(30)
    /// Bytes of a message from standard input.
    nonisolated static let messageBytes = 1 << 20

    let invocation: Invocation
    /// The same for what is not the run itself: `--timeout` is the run's.
    let asking: Invocation

    init(_ invocation: Invocation) {
        self.invocation = invocation
        var asking = invocation
        asking.values["--timeout"] = nil
        self.asking = asking
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let message = try await message()
        guard invocation.has("--local") else {
            return try await asking.withGateway { gateway throws(CommandFailure) in try await ask(message, gateway) }
        }
        guard invocation["--url"] == nil else {
            throw .usage("--local and --url exclude each other", hint: "usage: \(invocation.command.usage)")
        }
        return try await PassingGateway(asking).serve { gateway throws(CommandFailure) in
            try await ask(message, gateway)
        }
    }

    private func ask(_ message: String, _ gateway: GatewaySession) async throws(CommandFailure) -> ExitCode {
        let key = try await session(gateway)
        var params: JSON = ["message": .string(message), "idempotencyKey": .string(UUIDText.random())]
        params["sessionKey"] = key.map { .string($0) }
        params["agentId"] = invocation["--agent"].map { .string($0) }
        params["thinking"] = invocation["--thinking"].map { .string($0) }
        params["timeout"] = invocation.integer("--timeout").map { JSON($0) }
        if invocation.has("--deliver") { params["deliver"] = true }
        let run = AgentRunView(gateway, asking, params)
        return try finish(try await run.follow(within: time), run)
    }

    private var time: Duration {
        (invocation.integer("--timeout").map { .seconds($0) } ?? Self.longest) + Self.grace
    }

    private func message() async throws(CommandFailure) -> String {
        var text = try invocation.required("--message")
        if text == "-" {
            text = await BlockingPool.shared.run {
                var lines: [String] = []
                var bytes = 0
                while bytes <= Self.messageBytes, let line = readLine(strippingNewline: false) {
                    lines.append(line)
                    bytes += line.utf8.count
                }
                return lines.joined()
            }
        }
        guard !text.trimmedSpace.isEmpty, text.utf8.count <= Self.messageBytes else {
            throw .usage(
                text.utf8.count > Self.messageBytes
                    ? "the message is longer than \(Self.messageBytes) bytes" : "the message is empty",
                hint: "usage: \(invocation.command.usage)")
        }
        return text
    }

    private func session(_ gateway: GatewaySession) async throws(CommandFailure) -> String? {
        if let key = invocation["--session-key"] { return key }
        guard let id = invocation["--session-id"] else { return nil }
        let found = try await gateway.call("sessions.resolve", ["sessionId": .string(id), "allowMissing": true])
        guard let key = found["key"]?.string else {
            throw CommandFailure(
                .notGood, "unknown-session", "no session with the id \"\(id.shown)\"",
                next: ["\(invocation.program) sessions list"])
        }
        return key
    }

    private func finish(_ answer: JSON, _ run: AgentRunView) throws(CommandFailure) -> ExitCode {
        let isAnswered = answer["status"]?.string == "ok"
        let payloads = answer["result"]?["payloads"]?.array ?? []
        let text = payloads.compactMap { $0["text"]?.string }.joined(separator: "\n\n")
        if invocation.output.isJSON {
            var json = answer
            json["ok"] = .bool(isAnswered)
            json["text"] = .string(text)
            invocation.output.json(json)
            return isAnswered ? .good : .notGood
        }
        run.complete(text)
        guard isAnswered else {
            let reason = answer["stopReason"]?.string ?? answer["summary"]?.string ?? "it was ended"
            throw CommandFailure(
                .notGood, "aborted",
                reason == "timeout" ? "the run took longer than it may" : "the run was ended (\(reason.shown))",
                details: reason == "timeout" ? ["--timeout <seconds> gives it longer"] : [])
        }
        return .good
    }
}
