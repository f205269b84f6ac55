import Agents
import Contract
import Models
import Platform
import Settings
import Wire

/// Tells programs and other servers what happens in the gateway. Nobody waits for them, and what they answer changes
/// nothing.
@LoopActor
final class EventHooks {
    /// At work at once; more wait.
    nonisolated static let atOnce = 4
    /// Beyond, what happens is told to nobody.
    nonisolated static let waitingLimit = 200
    nonisolated static let textBytes = 4096
    /// At the gateway's end, for what it still sets going.
    nonisolated static let lastTime = Duration.seconds(3)

    private let runner: any ProcessRunner
    private let http: any HTTPFetching
    private let variables: [String: String]
    private let clock: any Clock
    private let log: Log
    private var hooks: [EventHook] = []
    private var waiting: [(hook: EventHook, event: JSON)] = []
    private var working = 0
    private var dropped = 0
    private let idle: Suspension

    init(
        runner: any ProcessRunner, http: any HTTPFetching, variables: [String: String], clock: any Clock, log: Log
    ) {
        self.runner = runner
        self.http = http
        self.variables = variables
        self.clock = clock
        self.log = log
        idle = Suspension(clock)
    }

    func take(_ snapshot: ConfigSnapshot) { hooks = EventHook.all(snapshot) }

    /// Something happened. `name` is `family:what`.
    func happened(_ name: String, session: String? = nil, _ context: @autoclosure () -> JSONObject = JSONObject()) {
        let meant = hooks.filter { $0.hears(name) }
        guard !meant.isEmpty else { return }
        let parts = name.split(separator: ":", maxSplits: 1)
        var event: JSON = [
            "event": .string(name), "type": .string(String(parts[0])),
            "action": .string(parts.count > 1 ? String(parts[1]) : ""),
            "timestamp": .string(CalendarDate(clock.wall).text()), "context": .object(context()),
        ]
        event["sessionKey"] = session.map { .string($0) }
        for hook in meant { add(hook, event) }
    }

    private func add(_ hook: EventHook, _ event: JSON) {
        guard waiting.count < Self.waitingLimit else {
            if dropped == 0 { log.warn("event hooks are too slow: what happens is not told to all of them") }
            dropped += 1
            return
        }
        waiting.append((hook, event))
        next()
    }

    private func next() {
        while working < Self.atOnce, !waiting.isEmpty {
            let (hook, event) = waiting.removeFirst()
            working += 1
            startTask {
                await self.tell(hook, event)
                self.working -= 1
                if self.waiting.isEmpty { self.dropped = 0 }
                self.next()
                if self.working == 0 { self.idle.wake() }
            }
        }
    }

    /// Returns when all are told, or when the time is up.
    func drain(within time: Duration = EventHooks.lastTime) async {
        let deadline = clock.now + time
        while working > 0, await idle.wait(until: deadline) == .event {}
    }

    // MARK: Telling

    private func tell(_ hook: EventHook, _ event: JSON) async {
        let body = JSONWriter.bytes(of: event)
        let failure: String?
        switch hook.action {
        case .command(let arguments): failure = await run(arguments, event, body, hook.timeout)
        case .url(let url, let token, let secret): failure = await send(url, token, secret, body, hook.timeout)
        }
        guard let failure else { return }
        log.warn(
            "an event hook failed",
            [
                "hook": .text(hook.setting), "event": .text(event["event"]?.string ?? ""),
                "reason": .text(failure.cut(to: 500)),
            ])
    }

    private func run(_ arguments: [String], _ event: JSON, _ body: [UInt8], _ time: Duration) async -> String? {
        var variables = variables
        variables["OPENCLAW_EVENT"] = event["event"]?.string
        let request = ProcessRequest(
            arguments, environment: variables, input: body + [ASCII.lineFeed], deadline: time, outputLimit: 4096,
            errorLimit: 4096)
        do throws(ProcessError) {
            let result = try await runner.run(request)
            return result.succeeded ? nil : "\(request.program) ended with \(result.ending)"
        } catch {
            return "\(error)"
        }
    }

    private func send(
        _ url: WebURL, _ token: String?, _ secret: String?, _ body: [UInt8], _ time: Duration
    ) async -> String? {
        var fields: HTTPFields = ["Content-Type": "application/json"]
        if let token, HTTPFields.isValid(value: token) { fields.append("Authorization", "Bearer \(token)") }
        if let secret {
            let code = HMAC<SHA256>.authenticate(body, key: Array(secret.utf8))
            fields.append("X-OpenClaw-Signature", "sha256=\(Hex.encode(code))")
        }
        var request = HTTPClientRequest(.post, url, fields: fields, body: .bytes(body))
        request.deadlines.total = time
        request.bodyLimit = 64 << 10
        do throws(HTTPClientError) {
            let answer = try await http.send(request)
            guard answer.status.code < 300 else { return "\(url.peer) answered \(answer.status)" }
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension EventHooks: SessionListener {
    func session(_ record: SessionRecord, changed: SessionChange) {
        let word: String
        switch changed {
        case .create: word = "create"
        case .patch: word = "patch"
        case .reset: word = "reset"
        case .delete: word = "delete"
        case .compact: word = "compact:after"
        case .cleanup, .update: return
        }
        happened(
            "session:\(word)", session: "\(record.key)",
            JSONObject([("sessionId", .string(record.sessionID)), ("agentId", .string(record.key.agentID))]))
    }

    func session(_ record: SessionRecord, appended: NumberedEntry) {
        guard !hooks.isEmpty else { return }
        let entry = appended.entry
        switch entry.content {
        case .user(let parts, let sender):
            let text = Self.text(parts)
            var context = context(record, text, entry)
            context["from"] = (sender ?? record.origin?.sender).map { .string($0) }
            if let name = SlashCommand.name(in: text) {
                context["command"] = .string(name)
                happened("command:\(name)", session: "\(record.key)", context)
            }
            happened("message:received", session: "\(record.key)", context)
        case .assistant(let answer):
            let text = Self.text(answer.parts)
            guard !text.isEmpty else { return }
            var context = context(record, text, entry)
            context["to"] = record.origin?.to.map { .string($0) }
            context["success"] = .bool(answer.error == nil)
            happened("message:sent", session: "\(record.key)", context)
        case .toolResult, .compaction, .note: return
        }
    }

    private static func text(_ parts: [MessagePart]) -> String {
        parts.compactMap(\.text).joined(separator: "\n").cut(to: textBytes)
    }

    private func context(_ record: SessionRecord, _ text: String, _ entry: TranscriptEntry) -> JSONObject {
        var context = JSONObject([
            ("content", .string(text)), ("agentId", .string(record.key.agentID)), ("messageId", .string(entry.id)),
        ])
        context["channelId"] = record.origin.map { .string($0.channel) }
        context["runId"] = entry.runID.map { .string($0) }
        return context
    }
}
