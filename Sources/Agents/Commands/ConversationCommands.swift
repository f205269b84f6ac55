import Models
import Platform

extension SlashCommand {
    /// What concerns the session in which it is typed.
    static let conversation: [SlashCommand] = [
        SlashCommand("status", "", .everyone, .atOnce, "how gateway, session and models are") {
            await StatusText.of($0)
        },
        SlashCommand(
            "new", "[message]", .owner, .afterAbort, "begin a new conversation, with a first message or without",
            run: renew),
        SlashCommand("reset", "", .owner, .afterAbort, "the same as /new", run: renew),
        SlashCommand(
            "compact", "[what matters]", .owner, .inTurn, "tell the conversation so far in short from now on",
            run: compact),
        SlashCommand("stop", aliases: ["abort", "cancel"], "", .everyone, .atOnce, "end what runs in this session") {
            let ended = $0.desk.runs?.abort(nil, in: $0.key, reason: "stop", but: $0.request.id) ?? []
            return ended.isEmpty
                ? "Nothing was running." : "Stopped \(ended.count == 1 ? "one run" : "\(ended.count) runs")."
        },
        SlashCommand(
            "usage", "[off|tokens|full]", .ownerToChange, .atOnce, "tokens and cost of this session", run: usage),
        SlashCommand("context", "", .everyone, .inTurn, "what a model is told, and how long it is", run: context),
        SlashCommand("whoami", aliases: ["id"], "", .everyone, .atOnce, "who you are here") {
            let origin = $0.request.origin
            var lines = ["Channel: \(origin.channel)" + (origin.accountID.map { " (\($0))" } ?? "")]
            if let sender = origin.sender { lines.append("Sender: \(sender)") }
            lines.append("Session: \($0.key)")
            lines.append($0.request.isOwner ? "You are an owner of this gateway." : "You are no owner of this gateway.")
            return lines.joined(separator: "\n")
        },
        SlashCommand(
            "queue", "[steer|followup|collect|interrupt|default]", .ownerToChange, .atOnce,
            "what becomes of messages that come while a run is under way", run: queue),
    ]

    @LoopActor
    private static func renew(_ call: CommandCall) async -> String {
        do throws(SessionError) {
            let record = try await call.desk.sessions.renew(call.key, reason: call.command.name)
            return "A new conversation (\(record.sessionID))."
        } catch {
            return "There is no new conversation: \(error)."
        }
    }

    @LoopActor
    private static func compact(_ call: CommandCall) async -> String {
        guard let runs = call.desk.runs else { return "The gateway stops." }
        do throws(SessionError) {
            let compaction = SessionCompaction(runs)
            switch try await compaction.compact(call.key, wish: call.arguments, for: call.request.id) {
            case .done(let tokens, let messages, let bytes):
                let size = tokens.map { "\($0) tokens" } ?? "\(messages) messages"
                return "The conversation (\(size)) is told in \(bytes) bytes from now on."
            case .shortEnough: return "The conversation is short enough."
            case .noModel: return "A summary takes a model, and none can be asked. /models says more."
            case .noSummary: return "No model gave a summary; the conversation stays as it is."
            case .busy: return "A run is under way; /stop ends it."
            }
        } catch {
            return "The conversation stays as it is: \(error)."
        }
    }

    @LoopActor
    private static func usage(_ call: CommandCall) async -> String {
        if let word = call.words.first {
            guard ["off", "tokens", "full"].contains(word) else { return "One of off, tokens, full." }
            return await call.choose("Answers in this session show usage: \(word).") { $0.responseUsage = word }
        }
        guard let record = await call.record() else { return "The session cannot be read." }
        let usage = record.usage
        var lines = [
            "Tokens: \(usage.input) in, \(usage.output) out, \(usage.cacheRead) from cache, \(usage.cacheWrite) to cache."
        ]
        lines.append(
            record.cost.map { "Cost: $\(StatusText.dollars($0))." } ?? "Cost: no model of a known price was used.")
        if let tokens = record.contextTokens { lines.append("The conversation fills \(tokens) tokens.") }
        return lines.joined(separator: "\n")
    }

    @LoopActor
    private static func context(_ call: CommandCall) async -> String {
        let services = call.services
        let model = services.models.line(await call.record()?.choices.model, agent: call.key.agentID).first
        let context = ToolContext(
            agentID: call.key.agentID, sessionKey: call.key, runID: call.request.id,
            workspace: services.roster.workspace(of: call.key.agentID), isOwner: call.request.isOwner,
            origin: call.request.origin)
        let tools = services.tools.tools(for: context, model: model).map(\.definition)
        let prompt = await services.prompts.systemPrompt(for: PromptFacts(context: context, model: model, tools: tools))
        var lines = ["System prompt: \(prompt.bytes) bytes."]
        for section in prompt.sections {
            let cut = section.isCut ? " (cut from \(section.sourceBytes ?? 0))" : section.isMissing ? " (missing)" : ""
            lines.append("  \(section.name): \(section.text.utf8.count)\(cut)")
        }
        lines.append(
            "Tools: \(tools.count)" + (tools.isEmpty ? "." : ": \(tools.map(\.name).joined(separator: ", "))."))
        do throws(SessionError) {
            let messages = TurnHistory.messages(try await services.sessions.entries(call.key))
            lines.append("Conversation: \(messages.count) messages, \(messages.reduce(0) { $0 + $1.size }) bytes.")
        } catch {
            lines.append("Conversation: \(error).")
        }
        return lines.joined(separator: "\n")
    }

    @LoopActor
    private static func queue(_ call: CommandCall) async -> String {
        guard let word = call.words.first else {
            let mode = call.services.roster.queue.mode(
                asked: nil, session: await call.record()?.choices.queueMode, channel: call.request.origin.channel)
            let waiting = call.desk.runs?.waitingCount(in: call.key) ?? 0
            return "Messages that come while a run is under way: \(mode.rawValue). \(waiting) wait now."
        }
        if word == "default" || word == "reset" {
            return await call.choose("This session does as the configuration says.") { $0.queueMode = nil }
        }
        guard let mode = QueueMode(word) else {
            return "One of \(QueueMode.allCases.map(\.rawValue).joined(separator: ", ")), default."
        }
        return await call.choose("Messages that come while a run is under way: \(mode.rawValue), from the next run on.")
        {
            $0.queueMode = mode.rawValue
        }
    }
}
