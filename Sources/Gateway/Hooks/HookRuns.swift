import Agents
import Channels
import Models
import Platform
import Wire

/// Does what webhooks ask for: wakes agents, or has them run.
@LoopActor
final class HookRuns {
    /// A run that has not begun by then does not begin any more.
    nonisolated static let admission = Duration.seconds(15)
    private nonisolated static let alone = """
        A webhook set this off, and nobody is there to answer questions. Your last words are the result; if there is nothing \
        to tell anybody, answer NO_REPLY.
        """

    private let agents: AgentServices
    private let heartbeats: HeartbeatService
    private let events: SystemEvents
    private let sender: ChannelSender
    private let log: Log

    init(
        _ agents: AgentServices, heartbeats: HeartbeatService, events: SystemEvents, sender: ChannelSender, log: Log
    ) {
        self.agents = agents
        self.heartbeats = heartbeats
        self.events = events
        self.sender = sender
        self.log = log
    }

    private var clock: any Clock { agents.runs.clock }

    /// Whether this gateway is the one that does work.
    var mayAct: Bool { heartbeats.mayAct() }

    // MARK: Waking

    func wake(_ wake: HookAction.Wake, _ settings: HookSettings) throws(HookProblem) {
        let agent = try agent(wake.agentID, settings)
        guard let text = wake.sessionKey else {
            events.add(wake.text, agent: agent)
            if wake.isUrgent { heartbeats.ask(agent) }
            return
        }
        let key = try key(text, agent)
        var request = RunRequest(
            id: "hook:\(UUIDText.random())", sessionKey: key,
            message: [.text("System event: \(wake.text.cut(to: SystemEvents.textBytes))")], origin: origin(key),
            isOwner: false)
        request.options.queueMode = QueueMode.followup.rawValue
        do throws(RunRefusal) { _ = try agents.runs.start(request, observer: nil) } catch { throw HookProblem(error) }
    }

    // MARK: Runs

    /// Returns when the run has begun.
    func start(_ ask: HookAction.Ask, id: String, _ settings: HookSettings) async throws(HookProblem) {
        let agent = try agent(ask.agentID, settings)
        let place = try place(ask, agent)
        let request = try await request(ask, id: id, agent, settings)
        let end = HookRunEnd(clock)
        do throws(RunRefusal) {
            _ = try agents.runs.start(request, observer: end)
        } catch {
            throw HookProblem(error)
        }
        guard await end.begun.wait(until: clock.now + Self.admission) != nil else {
            _ = agents.runs.abort(request.id, in: nil, reason: "timeout")
            throw HookProblem(
                .unavailable, "no place became free within \(Self.admission.components.seconds) s; try again later")
        }
        startTask { await self.finish(ask, id, agent, place, end, request.sessionKey) }
    }

    /// Why the request cannot be done, as far as that is known before it begins.
    func check(_ ask: HookAction.Ask, _ settings: HookSettings) throws(HookProblem) {
        _ = try place(ask, try agent(ask.agentID, settings))
    }

    private func agent(_ asked: String?, _ settings: HookSettings) throws(HookProblem) -> String {
        let id = asked ?? agents.roster.defaultID
        guard agents.roster.agent(id) != nil else { throw .bad("unknown agent id \"\(id.cut(to: 100))\"") }
        guard settings.reaches(id) else {
            throw .bad("agent \"\(id)\" is not one of hooks.allowedAgentIds")
        }
        return id
    }

    private func key(_ text: String, _ agent: String) throws(HookProblem) -> SessionKey {
        let key: SessionKey
        do throws(SessionError) {
            key = try SessionKey(text, defaultAgent: agent)
        } catch {
            throw .bad("sessionKey: \(error)")
        }
        guard key.agentID.hasSameBytes(as: agent) else {
            throw .bad("sessionKey belongs to the agent \"\(key.agentID.cut(to: 100))\", not \"\(agent)\"")
        }
        return key
    }

    private func origin(_ key: SessionKey) -> RunOrigin {
        agents.sessions.shelf?.record(key)?.origin ?? RunOrigin(channel: "hook")
    }

    private func request(
        _ ask: HookAction.Ask, id: String, _ agent: String, _ settings: HookSettings
    ) async throws(HookProblem) -> RunRequest {
        let named = ask.sessionKey ?? settings.defaultSessionKey
        let key = try named.map { (text) throws(HookProblem) in try self.key(text, agent) } ?? .hook(agent, id)
        if named != nil, ask.sessionMode == .isolated {
            guard !key.isMain else { throw .bad("the main session is only taken with sessionMode \"persistent\"") }
            do throws(SessionError) {
                _ = try await agents.sessions.renew(key, reason: "hook")
            } catch {
                throw HookProblem(HTTPStatus(409), "\(error)")
            }
        }
        // A command in it is a text like any other: nobody typed it.
        var request = RunRequest(
            id: "hook:\(id)", sessionKey: key, message: [.text("[\(ask.name)] \(ask.message)")],
            origin: RunOrigin(channel: "hook"), isOwner: ask.hasOwnerRights)
        request.options.queueMode = QueueMode.followup.rawValue
        request.options.fallsBackOnOperator = false
        request.options.extraSystemPrompt = Self.alone
        request.options.timeout = ask.timeout
        if let name = ask.model {
            guard let model = agents.models.configuration.resolve(name) else {
                throw .bad("unknown model \"\(name.cut(to: 100))\"")
            }
            request.options.model = model
        }
        if let word = ask.thinking {
            guard let level = ThinkingLevel(rawValue: word.lowercased()) else {
                let words = ThinkingLevel.allCases.map(\.rawValue).joined(separator: ", ")
                throw .bad("thinking \"\(word.cut(to: 40))\" is none of \(words)")
            }
            request.options.thinking = level
        }
        return request
    }

    // MARK: The result

    /// Nil where the result goes to no chat.
    private func place(_ ask: HookAction.Ask, _ agent: String) throws(HookProblem) -> DeliveryPlace? {
        guard ask.deliver, ask.channel != nil || ask.to != nil else { return nil }
        if ask.channel == "last", ask.to == nil {
            return DeliveryPlace(agents.sessions.shelf?.record(.main(agent))?.origin)
        }
        guard let channel = ask.channel, channel != "last" else { throw .bad("channel required, as `to` is given") }
        guard let to = ask.to else { throw .bad("to required: the chat in \(channel.cut(to: 40))") }
        let place = DeliveryPlace(channel: channel, account: ask.accountID, to: to)
        do throws(MessageRefusal) { _ = try sender.account(place) } catch { throw .bad("channel: \(error)") }
        return place
    }

    private func finish(
        _ ask: HookAction.Ask, _ id: String, _ agent: String, _ place: DeliveryPlace?, _ end: HookRunEnd,
        _ key: SessionKey
    ) async {
        guard let result = await end.ended.wait() else { return }
        switch result.ending {
        case .aborted("restart"): return
        case .aborted(let reason): tell("was stopped (\(reason))", ask, agent, key)
        case .failed(let failure): tell("failed: \(failure)", ask, agent, key)
        case .answered, .clientTools:
            let answer = HeartbeatAnswer(result.text, limit: 0)
            guard case .alert(let text) = answer else { return }
            guard let place else { return tell(text, ask, agent, key) }
            do throws(MessageRefusal) {
                _ = try await sender.say(
                    text, in: place.to, thread: place.thread, replyTo: nil, over: try sender.account(place),
                    key: "hook:\(id)")
            } catch {
                log.warn(
                    "the result of a hook was not delivered", ["hook": .text(ask.name), "reason": .text("\(error)")])
                tell("was not delivered (\(error)): \(text)", ask, agent, key)
            }
        }
    }

    /// The main session hears of it.
    private func tell(_ text: String, _ ask: HookAction.Ask, _ agent: String, _ key: SessionKey) {
        guard !key.isMain else { return }
        events.add("Webhook \(ask.name): \(text.cut(to: 2000))", agent: agent)
        if ask.isUrgent { heartbeats.ask(agent) }
    }
}

/// Sees a run begin and end.
@LoopActor
private final class HookRunEnd: RunObserver {
    let begun: Awaited<Void>
    let ended: Awaited<RunResult>

    init(_ clock: any Clock) {
        begun = Awaited(clock)
        ended = Awaited(clock)
    }

    func take(_ event: RunEvent) async {
        switch event {
        case .started: begun.bring(())
        case .finished(let result):
            begun.bring(())
            ended.bring(result)
        default: break
        }
    }
}

extension HookProblem {
    init(_ refusal: RunRefusal) {
        switch refusal {
        case .unknownAgent: self = .bad("\(refusal)")
        case .blocked, .queueFull: self = HookProblem(HTTPStatus(409), "\(refusal)")
        case .notReady: self = HookProblem(.unavailable, "\(refusal)")
        }
    }
}
