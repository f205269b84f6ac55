import Models
import Platform

/// Asking models until there is an answer that calls no tools.
extension Turn {
    func converse() async throws(TurnFailure) -> RunResult.Ending {
        let line = services.models.line(options.model ?? record?.choices.model, agent: agentID)
        guard !line.candidates.isEmpty else { return try await standIn(line, nil) }
        for round in 1...Self.roundLimit {
            try await compactIfNear(line)
            let request = await request(line, isLast: round == Self.roundLimit)
            let finish: FinishReason
            do throws(ModelError) {
                finish = try await ask(request, line)
            } catch {
                return try await failed(line, error)
            }
            let calls = try await keepAnswer(finish)
            if finish == .pause { continue }
            if calls.isEmpty { return .answered(finish) }
            if let own = try await work(calls, request) { return .clientTools(own) }
        }
        throw .failed("the model called tools \(Self.roundLimit) times in a row without coming to an answer")
    }

    private func request(_ line: ModelLine, isLast: Bool) async -> ModelRequest {
        let candidate = line.candidates[0]
        let definitions = definitions(candidate.reference)
        let system: [SystemPart]
        if let prompt {
            system = prompt
        } else {
            let facts = PromptFacts(
                context: context, model: candidate.reference, tools: definitions, extra: options.extraSystemPrompt,
                isHeartbeat: options.isHeartbeat)
            system = await services.prompts.systemPrompt(for: facts).parts
            prompt = system
        }
        var request = ModelRequest(candidate.target, system: system, messages: conversation.marked)
        line.configuration.parameters(candidate.reference, agent: agentID).apply(to: &request)
        if let thinking = options.thinking ?? record?.choices.thinking { request.thinking = thinking }
        if let limits = options.limits { request.limits = request.limits.overridden(by: limits) }
        if let provider = line.configuration.providers[candidate.reference.provider] {
            request.deadlines = provider.deadlines
        }
        request.tools = definitions
        request.toolChoice = isLast ? .none : options.toolChoice
        request.cacheKey = record?.sessionID ?? "\(run.key)"
        return request
    }

    private func definitions(_ model: ModelReference) -> [ToolDefinition] {
        let own = services.tools.tools(for: context, model: model).map(\.definition)
        // The client's word counts where both have a tool of one name.
        return own.filter { one in !options.clientTools.contains { $0.name == one.name } } + options.clientTools
    }

    // MARK: One answer

    private func ask(_ request: ModelRequest, _ line: ModelLine) async throws(ModelError) -> FinishReason {
        answer = ModelAnswer()
        let chain = services.models.run(request, line) { [weak self] long in await self?.shorten(long, line) }
        defer { noteFailures(chain) }
        try await withCancellation(of: chain) { () throws(ModelError) in
            while let event = try await chain.next() {
                self.answer.add(event)
                switch event {
                case .answering(let model):
                    self.totals.model = model
                    await self.run.tell(.answering(model))
                case .text(let text): await self.run.tell(.text(text))
                case .thinking(let text): await self.run.tell(.thinking(text))
                default: break
                }
            }
        }
        if Task.isCancelled { throw .cancelled }
        guard let finish = answer.finish else {
            throw ModelError(.cutStream, provider: answer.answeredBy?.provider ?? "")
        }
        return finish
    }

    /// What failed attempts cost nonetheless.
    private func noteFailures(_ chain: FallbackRun) {
        var failed = chain.attempts.filter { $0.error != nil }
        // The one that broke off within its words is counted with them.
        if answer.hasContent, answer.finish == nil { _ = failed.popLast() }
        for attempt in failed { totals.add(attempt.usage, cost: cost(attempt.usage, attempt.model)) }
        attempts += chain.attempts
    }

    /// Stores a whole answer and returns what it calls.
    private func keepAnswer(_ finish: FinishReason) async throws(TurnFailure) -> [ToolCall] {
        let whole = answer
        answer = ModelAnswer()
        let cost = cost(whole.usage, whole.answeredBy)
        totals.add(whole.usage, cost: cost)
        if !whole.parts.isEmpty { conversation.add(ModelMessage(.assistant, whole.parts)) }
        if whole.usage.total > 0 {
            totals.contextTokens = whole.usage.total
            conversation.counted()
        }
        let kept = AssistantEntry(
            whole.parts, model: whole.answeredBy, usage: whole.usage, cost: cost, stop: finish.openAIName)
        try await append([entry(.assistant(kept))])
        openCalls = whole.toolCalls
        return openCalls
    }

    /// Runs `body` so that the end of this task closes the connection to the model at once.
    func withCancellation<Value: Sendable>(
        of chain: FallbackRun, _ body: @LoopActor () async throws(ModelError) -> Value
    ) async throws(ModelError) -> Value {
        let outcome: Result<Value, ModelError> = await withTaskCancellationHandler {
            do throws(ModelError) { return .success(try await body()) } catch { return .failure(error) }
        } onCancel: {
            startTask { chain.cancel() }
        }
        return try outcome.get()
    }

    // MARK: Without an answer

    private func failed(_ line: ModelLine, _ error: ModelError) async throws(TurnFailure) -> RunResult.Ending {
        if Task.isCancelled || error.kind == .cancelled { throw .cancelled }
        let failure = RunFailure(
            OperatorWords.allDown(attempts, line.left, error), kind: error.kind, retryAfter: error.retryAfter)
        // What was seen stays the answer's beginning; nothing else is put behind it.
        guard run.text.isEmpty, !answer.hasContent else { throw .failed(failure) }
        return try await standIn(line, failure)
    }

    /// The gateway's own words, where no model has any.
    private func standIn(_ line: ModelLine, _ failure: RunFailure?) async throws(TurnFailure) -> RunResult.Ending {
        let words = failure?.description ?? OperatorWords.noModel(line, services.models.configuration, services.program)
        let isAllowed = services.roster.settings.operatorAnswers && (failure == nil || options.fallsBackOnOperator)
        guard isAllowed else { throw .failed(failure ?? RunFailure(words, kind: .unknownModel)) }
        answer = ModelAnswer()
        totals.model = BuiltinOperator.reference
        await run.tell(.answering(BuiltinOperator.reference))
        do throws(ModelError) {
            let request = ModelRequest(BuiltinOperator.target, messages: conversation.messages)
            let stream = try await BuiltinOperator(words).stream(request)
            while let event = try await stream.next() {
                answer.add(event)
                if case .text(let text) = event { await run.tell(.text(text)) }
            }
        } catch {
            throw .failed(RunFailure("\(error)"))
        }
        let kept = AssistantEntry(
            answer.parts, model: BuiltinOperator.reference, stop: "stop", error: failure?.description)
        answer = ModelAnswer()
        try await append([entry(.assistant(kept))])
        return .answered(.stop)
    }
}

extension ModelAnswer {
    var hasContent: Bool { !parts.isEmpty }
}
