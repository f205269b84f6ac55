import Models
import Platform
import Wire

/// Does the jobs one after the other, each with cooldowns of its own, and tells what came of them.
@LoopActor
final class Prober {
    private let configuration: ModelConfiguration
    private let providers: ConfiguredProviders
    private let client: HTTPClient

    init(_ input: JSON) {
        let environment = input["environment"]
        configuration = ModelConfiguration(input["config"] ?? [:]) { environment?[$0]?.string }
        client = ModelClient.make(HTTPDialer())
        providers = ConfiguredProviders(configuration, http: client)
    }

    func close() { client.close() }

    func run(_ job: Job) async -> JSON {
        let start = EventLoop.shared.now
        var output: JSON = ["name": .string(job.name)]
        do throws(ModelError) {
            if job.texts.isEmpty {
                try await ask(job, &output)
            } else {
                try await embed(job, &output)
            }
        } catch {
            var told: JSON = ["kind": .string(error.kind.rawValue), "text": .string(error.description)]
            told["status"] = error.status.map { JSON($0) }
            told["retryAfter"] = error.retryAfter.map { .int($0.inNanoseconds / 1_000_000) }
            output["error"] = told
        }
        output["milliseconds"] = .int((EventLoop.shared.now - start).inNanoseconds / 1_000_000)
        return output
    }

    private func embed(_ job: Job, _ output: inout JSON) async throws(ModelError) {
        guard let reference = job.chain.first else { return }
        var request = EmbeddingRequest(reference.model, texts: job.texts)
        request.deadlines = job.deadlines
        let answer = try await providers.embeddings(reference.provider).embed(request)
        output["vectors"] = .array(answer.vectors.map { .array($0.map { .double(Double($0)) }) })
        output["tokens"] = answer.inputTokens.map { JSON($0) }
    }

    private func ask(_ job: Job, _ output: inout JSON) async throws(ModelError) {
        var request = job.request()
        let cooldowns = CooldownTable(EventLoop.shared)
        for _ in 0..<4 {
            let answer = try await answer(job, request, cooldowns, &output)
            guard let results = job.toolResults, !answer.toolCalls.isEmpty else { return }
            request.messages.append(ModelMessage(.assistant, answer.parts))
            let parts: [MessagePart] = answer.toolCalls.map { call in
                let text = results[call.name]?.string ?? "no such tool"
                return .toolResult(ToolResult(callID: call.id, name: call.name, parts: [.text(text)]))
            }
            request.messages.append(ModelMessage(.user, parts))
        }
    }

    private func answer(
        _ job: Job, _ request: ModelRequest, _ cooldowns: CooldownTable, _ output: inout JSON
    ) async throws(ModelError) -> ModelAnswer {
        guard let primary = job.chain.first else { throw ModelError(.badRequest, provider: "") }
        let choice = ModelChoice(primary: primary, fallbacks: Array(job.chain.dropFirst()))
        let (candidates, left) = configuration.candidates(choice)
        output["left"] = .array(left.map { .string($0.description) })
        let run = FallbackRun(
            request, candidates, sources: providers, cooldowns: cooldowns, policy: job.policy,
            compaction: job.canCompact ? Self.compact : nil)
        let stream = ModelStream(run)
        var answer = ModelAnswer()
        var visible = 0
        let canceller = job.cancelAt.map { milliseconds in
            startTask {
                try await EventLoop.shared.sleep(for: .milliseconds(milliseconds))
                stream.cancel()
            }
        }
        defer {
            canceller?.cancel()
            tell(answer, visible, run, &output)
        }
        while let event = try await stream.next() {
            answer.add(event)
            if event.isVisible { visible += 1 }
            if visible == job.cancelAfter { stream.cancel() }
        }
        return answer
    }

    private static let compact: Compaction = { request in
        var request = request
        request.messages = [ModelMessage(.user, "shorter")]
        return request
    }

    private func tell(_ answer: ModelAnswer, _ visible: Int, _ run: FallbackRun, _ output: inout JSON) {
        output["text"] = .string((output["text"]?.string ?? "") + answer.text)
        output["thinking"] = .string(answer.thinking)
        output["seals"] = JSON(
            answer.parts.count { if case .thinking(let part) = $0 { part.seal != nil } else { false } })
        output["visible"] = JSON((output["visible"]?.int ?? 0) + visible)
        output["finish"] = answer.finish.map { .string("\($0)") }
        output["answeredBy"] = answer.answeredBy.map { .string($0.description) }
        output["cost"] = answer.answeredBy.flatMap { configuration.cost(of: answer.usage, $0) }.map { .double($0) }
        let usage = answer.usage
        output["usage"] = [
            "input": JSON(usage.input), "output": JSON(usage.output), "read": JSON(usage.cacheRead),
            "write": JSON(usage.cacheWrite), "thinking": JSON(usage.thinking),
        ]
        var calls = output["toolCalls"]?.array ?? []
        calls += answer.toolCalls.map {
            ["name": .string($0.name), "arguments": .object($0.arguments ?? JSONObject())]
        }
        output["toolCalls"] = .array(calls)
        var attempts = output["attempts"]?.array ?? []
        attempts += run.attempts.map { attempt in
            var json: JSON = ["model": .string("\(attempt.model)"), "profile": .string(attempt.profile)]
            json["error"] = attempt.error.map { .string($0.kind.rawValue) }
            json["decision"] = attempt.decision.map { .string(Self.word($0)) }
            return json
        }
        output["attempts"] = .array(attempts)
    }

    private static func word(_ decision: FallbackDecision) -> String {
        switch decision {
        case .retrySame: "retrySame"
        case .nextKey: "nextKey"
        case .nextModel: "nextModel"
        case .compactThenRetry: "compactThenRetry"
        case .giveUp: "giveUp"
        }
    }
}
