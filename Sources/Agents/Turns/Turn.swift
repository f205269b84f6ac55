import Models
import Platform

/// One message on its way to an answer: it is stored, models are asked, tools are run, and every answer is stored
/// before it counts.
@LoopActor
final class Turn {
    /// Answers with tool calls in one turn. The last time, the model is told to do without.
    nonisolated static let roundLimit = 100

    let run: Run
    let services: TurnServices
    /// Gives the messages that are to join the turn now.
    let inbox: @LoopActor () -> [Run]
    var totals = TurnTotals()
    /// The session as it was opened; nil where nothing is recorded.
    private(set) var record: SessionRecord?
    var conversation = TurnConversation()
    /// The answer that is coming in.
    var answer = ModelAnswer()
    /// Calls of the last answer that have no result yet.
    var openCalls: [ToolCall] = []
    var loop = ToolLoop()
    /// What the model is told to be, the same for the whole turn.
    var prompt: [SystemPart]?
    /// Every attempt at an answer so far, for the text when all failed.
    var attempts: [ModelAttempt] = []
    /// What messages said that gave way before this one.
    var dropped: [String] = []
    /// What happened since the last turn.
    private var notes: [String] = []

    init(_ run: Run, _ services: TurnServices, inbox: @escaping @LoopActor () -> [Run]) {
        self.run = run
        self.services = services
        self.inbox = inbox
    }

    var options: RunOptions { run.request.options }
    var agentID: String { run.key.agentID }

    /// What is done for whom; tools and prompts are chosen by it.
    var context: ToolContext {
        ToolContext(
            agentID: agentID, sessionKey: run.key, runID: run.id, workspace: services.roster.workspace(of: agentID),
            isOwner: run.request.isOwner, origin: run.request.origin)
    }

    /// The turn up to its answer. `settle` has to follow, in a task that is not cancelled.
    func answerMessage() async -> RunResult.Ending {
        do throws(TurnFailure) {
            try await open()
            return try await converse()
        } catch {
            if run.abortReason != nil || Task.isCancelled { return .aborted(reason: run.abortReason ?? "stop") }
            switch error {
            case .cancelled: return .aborted(reason: "stop")
            case .failed(let failure): return .failed(failure)
            }
        }
    }

    // MARK: The session

    private func open() async throws(TurnFailure) {
        var entries: [TranscriptEntry] = []
        do throws(SessionError) {
            if options.isRecorded {
                let record = try await services.sessions.open(run.key)
                self.record = record
                run.isVerbose = ["on", "full"].contains(record.choices.verbose)
                if record.choices.sendPolicy == "deny" { throw .blocked }
            }
            if options.isRecorded, options.history == nil { entries = try await services.sessions.entries(run.key) }
        } catch {
            throw .session(error)
        }
        conversation.begin(options.history ?? TurnHistory.messages(entries))
        if !dropped.isEmpty {
            let words = dropped.map { "- \($0)" }.joined(separator: "\n")
            conversation.add(
                ModelMessage(.user, "[Messages that were left out because too many waited, each cut short]\n\(words)"))
        }
        // Others who share the conversation are not told what is the owner's.
        if options.isRecorded, run.request.isOwner { notes = services.notes?.take(for: run.key) ?? [] }
        if !notes.isEmpty {
            conversation.add(
                ModelMessage(.user, "[What happened meanwhile]\n\(notes.map { "- \($0)" }.joined(separator: "\n"))"))
        }
        try await take([run] + run.joined)
    }

    /// Stores the message of a run that will not begin any more.
    func keepMessage() async {
        let message = entry(.user(run.request.message, sender: run.request.origin.speaker))
        do throws(TurnFailure) {
            if options.isRecorded {
                do throws(SessionError) { _ = try await services.sessions.open(run.key) } catch {
                    throw .session(error)
                }
            }
            try await append([message])
        } catch {}
    }

    /// Stores what was said and adds it to the conversation.
    func take(_ runs: [Run]) async throws(TurnFailure) {
        try await append(runs.flatMap { entries(said: $0) })
        for one in runs {
            conversation.add(said: TurnHistory.named(one.request.message, one.request.origin.speaker))
        }
    }

    /// A message as it is kept. Results of tools that the client ran are kept as results of their calls.
    private func entries(said one: Run) -> [TranscriptEntry] {
        var (results, others): ([TranscriptEntry], [MessagePart]) = ([], [])
        for part in one.request.message {
            if case .toolResult(let result) = part {
                results.append(entry(.toolResult(result), of: one))
            } else {
                others.append(part)
            }
        }
        if others.isEmpty, !results.isEmpty { return results }
        return results + [entry(.user(others, sender: one.request.origin.speaker), of: one)]
    }

    func entry(_ content: TranscriptEntry.Content, of one: Run? = nil) -> TranscriptEntry {
        TranscriptEntry(
            id: UUIDText.random(), time: services.clock.wall, runID: (one ?? run).id, content)
    }

    func append(_ entries: [TranscriptEntry]) async throws(TurnFailure) {
        guard options.isRecorded, !entries.isEmpty else { return }
        do throws(SessionError) {
            try await services.sessions.append(entries, to: run.key)
        } catch {
            throw .session(error)
        }
    }

    // MARK: The end

    /// Stores what is left of a turn that ended early, renews the session's record, and gives the result.
    func settle(_ ending: RunResult.Ending) async -> RunResult {
        var ending = ending
        let left = leftOver(ending)
        if case .answered = ending {
            services.notes?.told(notes, for: run.key)
        } else {
            services.notes?.giveBack(notes, for: run.key)
        }
        do throws(TurnFailure) {
            try await append(left)
            if let record { try await renew(record, ending) }
        } catch .failed(let failure) {
            if case .answered = ending { ending = .failed(failure) }
        } catch {}
        if case .answered = ending { await tellUsage() }
        return RunResult(
            ending, text: run.text, sessionID: record?.sessionID, model: totals.model, usage: totals.usage,
            cost: totals.cost, startedAt: run.startedAt, endedAt: services.clock.wall)
    }

    /// Behind the answer, where the session asks for it; no part of what the model is told later.
    private func tellUsage() async {
        guard options.history == nil, let words = totals.words(record?.choices.responseUsage) else { return }
        await run.tell(.text("\n\n\(words)"))
    }

    /// The words of a broken answer, and a result for each call that got none.
    private func leftOver(_ ending: RunResult.Ending) -> [TranscriptEntry] {
        var stop: (word: String, error: String?)
        switch ending {
        case .answered, .clientTools: return []
        case .aborted(let reason): stop = ("aborted", reason)
        case .failed(let failure): stop = ("error", "\(failure)")
        }
        var entries: [TranscriptEntry] = []
        let text = answer.text
        if !text.isEmpty {
            totals.add(answer.usage, cost: cost(answer.usage, answer.answeredBy))
            entries.append(
                entry(
                    .assistant(
                        AssistantEntry(
                            [.text(text)], model: answer.answeredBy, usage: answer.usage,
                            cost: cost(answer.usage, answer.answeredBy), stop: stop.word, error: stop.error))))
            answer = ModelAnswer()
        }
        for call in openCalls {
            entries.append(
                entry(
                    .toolResult(
                        ToolResult(
                            callID: call.id, name: call.name, parts: [.text("The run ended before this was done.")],
                            isError: true))))
        }
        openCalls = []
        return entries
    }

    private func renew(_ record: SessionRecord, _ ending: RunResult.Ending) async throws(TurnFailure) {
        let origin = run.request.origin
        let isAborted = if case .aborted = ending { true } else { false }
        do throws(SessionError) {
            _ = try await services.sessions.update(record.key) { record in
                record.abortedLastRun = isAborted
                record.origin = origin
            }
        } catch {
            throw .session(error)
        }
    }

    func cost(_ usage: ModelUsage, _ model: ModelReference?) -> Double? {
        model.flatMap { services.models.configuration.cost(of: usage, $0) }
    }
}
