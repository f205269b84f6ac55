import Agents
import Contract
import Models
import Platform

/// Tells connected clients of runs (protocol.md section 6): as `agent` events, and as `chat` events of the session.
@LoopActor
final class RunBroadcast: RunWatching {
    /// Between two pieces of an answer's text, for one run.
    nonisolated static let deltaInterval = Duration.milliseconds(150)

    /// What was told of a run.
    private final class Told {
        var sequence: Int64 = 0
        var text = ""
        /// What the run said since.
        var unsaid = ""
        var lastDelta: Instant?
        var timer: LoopTimer?
        /// As the run was when the next piece of its text was put off, without its text: held here, that would be copied for each further piece.
        var latest: RunFacts?
        /// Connections that asked for it, or asked again.
        var askers: Set<String> = []
    }

    private let hub: EventHub
    private let clock: any Clock
    private var runs: [String: Told] = [:]

    init(hub: EventHub, clock: any Clock) {
        self.hub = hub
        self.clock = clock
    }

    /// Runs that are told of now.
    var count: Int { runs.count }

    /// The client asked for the run: it hears of tools as well, if it wants to.
    func join(_ client: Client, _ id: String) { runs[id]?.askers.insert(client.id) }

    func accepted(_ run: RunFacts) { runs[run.id] = runs[run.id] ?? Told() }

    func take(_ event: RunEvent, of run: RunFacts) async {
        guard let told = runs[run.id] else { return }
        switch event {
        case .started(let time):
            agent(run, told, "lifecycle", ["phase": "start", "startedAt": .int(time.milliseconds)])
        case .text(let new): textCame(new, run, told)
        case .answering, .thinking: break
        case .toolStarted(let id, let name, let arguments):
            flush(run, told)
            tool(run, told, ["phase": "start", "name": .string(name), "toolCallId": .string(id), "args": arguments])
        case .toolProgress(let id, let name, let report):
            tool(
                run, told,
                ["phase": "update", "name": .string(name), "toolCallId": .string(id), "partialResult": report])
        case .toolEnded(let id, let name, let output):
            tool(
                run, told,
                [
                    "phase": "result", "name": .string(name), "toolCallId": .string(id),
                    "isError": .bool(output.isError), "result": output.json,
                ])
        case .compactionStarted: agent(run, told, "compaction", ["phase": "start"])
        case .compactionEnded(let willRetry):
            agent(run, told, "compaction", ["phase": "end", "willRetry": .bool(willRetry)])
        case .finished(let result): finished(run, told, result)
        }
    }

    // MARK: Text

    private func textCame(_ new: String, _ run: RunFacts, _ told: Told) {
        told.unsaid += new
        if let last = told.lastDelta, clock.now < last + Self.deltaInterval {
            let timer =
                told.timer
                ?? clock.makeTimer { [weak self] in
                    guard let self, let told = self.runs[run.id], let latest = told.latest else { return }
                    self.flush(latest, told)
                }
            guard !timer.isArmed else { return }
            told.latest = run
            told.latest?.text = ""
            told.timer = timer
            timer.arm(at: last + Self.deltaInterval)
        } else {
            flush(run, told)
        }
    }

    /// Tells what was said since the last time.
    private func flush(_ run: RunFacts, _ told: Told) {
        let new = told.unsaid
        guard !new.isEmpty else { return }
        told.text += new
        told.unsaid = ""
        told.lastDelta = clock.now
        told.timer?.cancel()
        agent(run, told, "assistant", ["text": .string(told.text), "delta": .string(new)])
        // Whether anybody is to read what an agent says at a heartbeat is known at its end.
        guard !run.id.hasPrefix(HeartbeatTurns.idPrefix) else { return }
        var chat = chat(run, told, "delta")
        chat["message"] = message(told.text)
        chat["deltaText"] = .string(new)
        hub.broadcast(.chatDelta, chat)
    }

    // MARK: The end

    private func finished(_ run: RunFacts, _ told: Told, _ result: RunResult) {
        flush(run, told)
        told.timer?.cancel()
        runs[run.id] = nil
        var end: JSON = ["phase": "end", "endedAt": .int(result.endedAt.milliseconds)]
        end["startedAt"] = result.startedAt.map { .int($0.milliseconds) }
        var chat: JSON
        switch result.ending {
        case .answered(let finish):
            agent(run, told, "lifecycle", end)
            chat = self.chat(run, told, "final")
            chat["stopReason"] = .string(finish.openAIName)
        case .clientTools:
            agent(run, told, "lifecycle", end)
            chat = self.chat(run, told, "final")
            chat["stopReason"] = "tool_calls"
        case .aborted(let reason):
            end["aborted"] = true
            agent(run, told, "lifecycle", end)
            chat = self.chat(run, told, "aborted")
            chat["stopReason"] = .string(reason)
        case .failed(let failure):
            end["phase"] = "error"
            end["error"] = .string("\(failure)")
            agent(run, told, "lifecycle", end)
            chat = self.chat(run, told, "error")
            chat["errorMessage"] = .string("\(failure)")
            chat["errorKind"] = .string(failure.kind?.chatWord ?? "unknown")
        }
        guard !run.id.hasPrefix(HeartbeatTurns.idPrefix) else { return }
        if !result.text.isEmpty { chat["message"] = message(result.text, result.model) }
        if result.usage.total > 0 { chat["usage"] = result.usage.wire }
        hub.broadcast(.chat, chat)
    }

    // MARK: Events

    private func agent(_ run: RunFacts, _ told: Told, _ stream: String, _ data: JSON) {
        hub.broadcast(.agent, agentEvent(run, told, stream, data))
    }

    /// Tools are told to those that asked for the run and can show them, to older ones where the session is verbose,
    /// and to those that follow the session.
    private func tool(_ run: RunFacts, _ told: Told, _ data: JSON) {
        let event = agentEvent(run, told, "tool", data)
        hub.broadcast(.agent, event) { client in Self.wantsTools(client, told, run) }
        hub.tell(.sessionTool, event, ofSession: "\(run.sessionKey)") { client in !Self.wantsTools(client, told, run) }
    }

    private static func wantsTools(_ client: Client, _ told: Told, _ run: RunFacts) -> Bool {
        if client.params.caps.contains("tool-events") { return told.askers.contains(client.id) }
        return client.generation < 4 && run.isVerbose
    }

    private func agentEvent(_ run: RunFacts, _ told: Told, _ stream: String, _ data: JSON) -> JSON {
        told.sequence += 1
        var event: JSON = [
            "runId": .string(run.id), "seq": .int(told.sequence), "stream": .string(stream),
            "ts": .int(clock.wall.milliseconds), "data": data, "sessionKey": .string("\(run.sessionKey)"),
            "agentId": .string(run.sessionKey.agentID),
        ]
        if run.id.hasPrefix(HeartbeatTurns.idPrefix) { event["isHeartbeat"] = true }
        return event
    }

    private func chat(_ run: RunFacts, _ told: Told, _ state: String) -> JSON {
        [
            "runId": .string(run.id), "sessionKey": .string("\(run.sessionKey)"), "seq": .int(told.sequence),
            "state": .string(state), "agentId": .string(run.sessionKey.agentID),
        ]
    }

    /// An assistant's words as chat windows show them.
    private func message(_ text: String, _ model: ModelReference? = nil) -> JSON {
        var message: JSON = [
            "role": "assistant", "content": [["type": "text", "text": .string(text)]],
            "timestamp": .int(clock.wall.milliseconds),
        ]
        message["provider"] = model.map { .string($0.provider) }
        message["model"] = model.map { .string($0.model) }
        return message
    }

    /// Something that the gateway says in a session, without a run.
    func injected(_ id: String, _ key: SessionKey, _ text: String) {
        hub.broadcast(
            .chat,
            [
                "runId": .string("inject-\(id)"), "sessionKey": .string("\(key)"), "seq": 0, "state": "final",
                "message": message(text),
            ])
    }
}

extension ToolOutput {
    /// As events and programs read it: texts and pictures, and the details.
    var json: JSON {
        let content = parts.compactMap { part -> JSON? in
            if let image = part.image {
                return ["type": "image", "mimeType": .string(image.mediaType), "data": .string(image.base64)]
            }
            return part.text.map { ["type": "text", "text": .string($0)] }
        }
        var json: JSON = ["content": .array(content)]
        json["details"] = details
        return json
    }
}

extension ModelUsage {
    /// As clients read it.
    var wire: JSON {
        [
            "input": JSON(input), "output": JSON(output), "cacheRead": JSON(cacheRead), "cacheWrite": JSON(cacheWrite),
            "totalTokens": JSON(total), "total": JSON(total),
        ]
    }
}

extension ModelError.Kind {
    /// The newer generation's `errorKind`.
    var chatWord: String {
        switch self {
        case .refusal: "refusal"
        case .timeout, .stall: "timeout"
        case .rateLimited, .overloaded: "rate_limit"
        case .contextOverflow: "context_length"
        default: "unknown"
        }
    }
}
