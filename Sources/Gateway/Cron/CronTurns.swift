import Agents
import Channels
import Models
import Platform

/// Does what a job says: a turn of its agent, whose answer goes where the job wants it.
@LoopActor
final class CronTurns: CronRunner {
    /// A run that does not say how long it may take is ended then.
    nonisolated static let longest = Duration.seconds(3600)
    private nonisolated static let alone = """
        Nobody wrote this: it is a job that runs at set times, and nobody is there to answer questions. Do what it says; your \
        last words are what is delivered. If there is nothing to tell anybody, answer NO_REPLY.
        """
    /// Words that mean that there is nothing to say.
    private nonisolated static let silent: Set<String> = ["no_reply", "heartbeat_ok"]

    private let agents: AgentServices
    private let delivery: CronPost
    private let clock: any Clock
    /// Keeps a text for the agent's next heartbeat; false where it has none.
    var keepForHeartbeat: @LoopActor (_ text: String, _ agent: String) -> Bool = { _, _ in false }

    init(_ agents: AgentServices, delivery: CronPost, clock: any Clock) {
        self.agents = agents
        self.delivery = delivery
        self.clock = clock
    }

    /// Why no turn came about.
    private struct Obstacle: Error {
        let reason: String
        var isTransient = false
    }

    func run(_ run: CronRun) async -> CronOutcome {
        if run.fireAt != nil, run.job.waitsForHeartbeat, case .systemEvent(let text)? = run.job.payload,
            keepForHeartbeat(text, run.job.agentID ?? agents.roster.defaultID)
        {
            var outcome = CronOutcome(.ok)
            outcome.summary = "kept for the next heartbeat"
            outcome.details["deliveryStatus"] = "not-requested"
            return outcome
        }
        let end = CronRunEnd(clock)
        let request: RunRequest
        do throws(Obstacle) {
            request = try await self.request(run)
            do throws(RunRefusal) {
                _ = try agents.runs.start(request, observer: end)
            } catch {
                switch error {
                case .unknownAgent, .blocked: throw Obstacle(reason: "\(error)")
                case .queueFull, .notReady: throw Obstacle(reason: "\(error)", isTransient: true)
                }
            }
        } catch {
            return CronOutcome(.error, error: error.reason, isTransient: error.isTransient)
        }
        guard let result = await end.result() else { return CronOutcome(.interrupted, error: "the gateway stopped") }
        var outcome = Self.outcome(result)
        outcome.details["sessionKey"] = .string("\(request.sessionKey)")
        outcome.details["sessionId"] = result.sessionID.map { .string($0) }
        outcome.details["model"] = result.model.map { .string("\($0)") }
        let words = result.text.withoutOuterSpace
        outcome.summary = words.isEmpty ? nil : words
        guard outcome.kind == .ok, !words.isEmpty, !Self.silent.contains(words.lowercased()) else { return outcome }
        if end.hasWritten {
            outcome.details["deliveryStatus"] = "delivered"
            outcome.details["delivered"] = true
            return outcome
        }
        return await delivery.deliver(words, run, outcome, from: request.origin)
    }

    // MARK: The turn

    private func request(_ run: CronRun) async throws(Obstacle) -> RunRequest {
        let job = run.job
        let agentID = job.agentID ?? agents.roster.defaultID
        guard agents.roster.agent(agentID) != nil else {
            throw Obstacle(reason: "there is no agent \"\(agentID.cut(to: 100))\" (agentId)")
        }
        let key: SessionKey
        do throws(SessionError) {
            switch job.target {
            case .main: key = .main(agentID)
            case .session(let text): key = try SessionKey(text, defaultAgent: agentID)
            case .isolated:
                key = .cron(agentID, job: job.id)
                _ = try await agents.sessions.renew(key, reason: "cron")
            }
        } catch {
            if case .badKey = error { throw Obstacle(reason: "sessionTarget: \(error)") }
            throw Obstacle(reason: "\(error)", isTransient: true)
        }
        var request = RunRequest(
            id: "cron:\(run.id)", sessionKey: key, message: [.text(Self.words(run))],
            origin: origin(job, key), isOwner: true)
        // It joins nobody's message, and nobody's joins it.
        request.options.queueMode = QueueMode.followup.rawValue
        request.options.fallsBackOnOperator = false
        request.options.extraSystemPrompt = Self.alone
        request.options.timeout = Self.longest
        if case .agentTurn(let turn)? = job.payload { try choose(turn, &request.options) }
        return request
    }

    /// A command in it is a text like any other: nobody typed it.
    private static func words(_ run: CronRun) -> String {
        switch run.job.payload {
        case .systemEvent(let text)?: "System event: \(text)"
        case .agentTurn(let turn)?: "[Job \(run.job.name.cut(to: 100))] \(turn.message)"
        case nil: ""
        }
    }

    /// A conversation that somebody has over a channel stays theirs.
    private func origin(_ job: CronJob, _ key: SessionKey) -> RunOrigin {
        if job.target != .isolated, let origin = agents.sessions.shelf?.record(key)?.origin {
            return origin
        }
        let delivery = job.delivery
        guard job.target == .isolated, let channel = delivery.channel, delivery.to != nil else {
            return RunOrigin(channel: "cron")
        }
        return RunOrigin(
            channel: channel, accountID: delivery.accountID, to: delivery.to, threadID: delivery.threadID)
    }

    private func choose(_ turn: CronPayload.AgentTurn, _ options: inout RunOptions) throws(Obstacle) {
        if let timeout = turn.timeout { options.timeout = timeout }
        if let name = turn.model {
            guard let model = agents.models.configuration.resolve(name) else {
                throw Obstacle(reason: "unknown model \"\(name.cut(to: 100))\" (payload.model)")
            }
            options.model = model
        }
        if let word = turn.thinking {
            guard let level = ThinkingLevel(rawValue: word.lowercased()) else {
                let words = ThinkingLevel.allCases.map(\.rawValue).joined(separator: ", ")
                throw Obstacle(reason: "payload.thinking \"\(word.cut(to: 40))\" is none of \(words)")
            }
            options.thinking = level
        }
    }

    // MARK: Its end

    private static func outcome(_ result: RunResult) -> CronOutcome {
        switch result.ending {
        case .answered, .clientTools: return CronOutcome(.ok)
        case .failed(let failure):
            return CronOutcome(.error, error: "\(failure)", isTransient: failure.kind.map(passes) ?? false)
        case .aborted("restart"):
            return CronOutcome(.interrupted, error: "the gateway ended while it ran; it is not begun again")
        case .aborted("timeout"):
            return CronOutcome(.error, error: "it took longer than it may (payload.timeoutSeconds)")
        case .aborted(let reason): return CronOutcome(.error, error: "it was stopped (\(reason))")
        }
    }

    private static func passes(_ kind: ModelError.Kind) -> Bool {
        switch kind {
        case .rateLimited, .overloaded, .server, .timeout, .stall, .cutStream, .brokenAnswer, .unreachable: true
        case .billing, .badKey, .contextOverflow, .refusal, .unknownModel, .badRequest, .cancelled: false
        }
    }
}

/// Waits for a run's end, and sees whether the agent wrote to a chat by itself.
@LoopActor
private final class CronRunEnd: RunObserver {
    private let end: Awaited<RunResult>
    private(set) var hasWritten = false

    init(_ clock: any Clock) { end = Awaited(clock) }

    func take(_ event: RunEvent) async {
        switch event {
        case .toolEnded(_, "message", let output): hasWritten = hasWritten || !output.isError
        case .finished(let result): end.bring(result)
        default: break
        }
    }

    func result() async -> RunResult? { await end.wait() }
}
