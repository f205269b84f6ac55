import Agents
import Channels
import Models
import Platform

/// What a heartbeat came to.
enum HeartbeatOutcome: Equatable, Sendable {
    /// The session has something else to do; again in a while.
    case later
    case skipped(String)
    /// `ok-token` or `ok-empty`.
    case quiet(String)
    /// What was said, and to whom; nobody where `target` says so.
    case sent(String, DeliveryPlace?)
    case failed(String)
}

/// One look of an agent around: a turn that nobody wrote for. It leaves no trace in the conversation unless it has
/// something to say.
@LoopActor
final class HeartbeatTurns {
    private let agents: AgentServices
    private let routing: HeartbeatRouting
    private let sender: ChannelSender
    let events: SystemEvents

    init(_ agents: AgentServices, routing: HeartbeatRouting, sender: ChannelSender, events: SystemEvents) {
        self.agents = agents
        self.routing = routing
        self.sender = sender
        self.events = events
    }

    func take(owners: [String]) { routing.owners = owners }

    /// `isAsked`: somebody wants it now, whatever there is to look at.
    func beat(_ agent: String, _ settings: HeartbeatSettings, isAsked: Bool) async -> HeartbeatOutcome {
        guard agents.roster.agent(agent) != nil else { return .skipped("unknown-agent") }
        let key: SessionKey
        do throws(SessionError) {
            key =
                try settings.session.map { (text) throws(SessionError) in try agents.roster.key(text) } ?? .main(agent)
        } catch {
            return .failed("heartbeat.session: \(error)")
        }
        guard isIdle(key) else { return .later }
        let hasNews = isAsked || !events.waiting(of: agent).isEmpty
        let workspace = agents.roster.workspace(of: agent)
        if !hasNews, await BlockingPool.shared.run({ HeartbeatDocument.look(in: workspace) }) == .empty {
            return .skipped("empty-heartbeat-file")
        }
        var place: DeliveryPlace?
        do throws(HeartbeatRouting.Obstacle) {
            place = try routing.place(settings, of: agent)
        } catch {
            // What happened is told to the agent all the same; its answer stands in the conversation.
            guard hasNews || error == .none else { return .skipped(error.rawValue) }
        }
        return await run(agent, key, settings, to: place)
    }

    private func isIdle(_ key: SessionKey) -> Bool {
        agents.runs.active(in: key).isEmpty && agents.runs.waitingCount(in: key) == 0
    }

    private func run(
        _ agent: String, _ key: SessionKey, _ settings: HeartbeatSettings, to place: DeliveryPlace?
    ) async -> HeartbeatOutcome {
        var request = RunRequest(
            id: "\(Self.idPrefix)\(UUIDText.random())", sessionKey: key, message: [],
            origin: RunOrigin(channel: "heartbeat"), isOwner: true)
        request.options.isHeartbeat = true
        request.options.isRecorded = false
        request.options.fallsBackOnOperator = false
        request.options.queueMode = QueueMode.followup.rawValue
        request.options.timeout = settings.runTime
        do throws(SessionError) {
            request.options.history = settings.isIsolated ? [] : try await history(key)
        } catch {
            return .failed("\(error)")
        }
        request.options.model = agents.sessions.shelf?.record(key)?.choices.model
        if let name = settings.model {
            guard let model = agents.models.configuration.resolve(name) else {
                return .failed("unknown model \"\(name.cut(to: 100))\" (heartbeat.model)")
            }
            request.options.model = model
        }
        let news = events.take(agent: agent)
        request.message = [.text(Self.words(settings.prompt, news))]
        let end = RunEnd(agents.runs.clock)
        do throws(RunRefusal) {
            _ = try agents.runs.start(request, observer: end)
        } catch {
            events.giveBack(news, agent: agent)
            return .failed("\(error)")
        }
        guard let result = await end.result() else { return .failed("the gateway stopped") }
        switch result.ending {
        case .answered, .clientTools:
            events.told(news, agent: agent)
            return await judge(result, key, settings, place)
        case .aborted(let reason):
            events.giveBack(news, agent: agent)
            return .failed(reason == "timeout" ? "it took longer than it may" : "it was stopped (\(reason))")
        case .failed(let failure):
            events.giveBack(news, agent: agent)
            return .failed("\(failure)")
        }
    }

    nonisolated static let idPrefix = "heartbeat:"

    private nonisolated static func words(_ prompt: String, _ news: [String]) -> String {
        guard !news.isEmpty else { return prompt }
        return "[What happened meanwhile]\n\(news.map { "- \($0)" }.joined(separator: "\n"))\n\n\(prompt)"
    }

    private func history(_ key: SessionKey) async throws(SessionError) -> [ModelMessage] {
        guard agents.sessions.shelf?.record(key) != nil else { return [] }
        return TurnHistory.messages(try await agents.sessions.entries(key))
    }

    // MARK: The answer

    private func judge(
        _ result: RunResult, _ key: SessionKey, _ settings: HeartbeatSettings, _ place: DeliveryPlace?
    ) async -> HeartbeatOutcome {
        switch HeartbeatAnswer(result.text, limit: settings.ackMaxChars) {
        case .empty: return .quiet("ok-empty")
        case .quiet: return .quiet("ok-token")
        case .alert(let text):
            await keep(text, result, key)
            guard let place else { return .sent(text, nil) }
            if agents.sessions.shelf?.record(key)?.choices.sendPolicy == "deny" { return .skipped("send-policy") }
            do throws(MessageRefusal) {
                let account = try sender.account(place)
                _ = try await sender.say(
                    text, in: place.to, thread: place.thread, replyTo: nil, over: account,
                    key: "\(Self.idPrefix)\(UUIDText.random())")
                return .sent(text, place)
            } catch {
                return .failed("it was not delivered: \(error)")
            }
        }
    }

    /// What was said stands in the conversation, so that an answer to it is understood.
    private func keep(_ text: String, _ result: RunResult, _ key: SessionKey) async {
        let entry = TranscriptEntry(
            id: UUIDText.random(), time: result.endedAt,
            .assistant(AssistantEntry([.text(text)], model: result.model, usage: result.usage, cost: result.cost)))
        do throws(SessionError) {
            _ = try await agents.sessions.open(key)
            try await agents.sessions.append([entry], to: key)
        } catch {
            // It is sent all the same.
        }
    }
}
