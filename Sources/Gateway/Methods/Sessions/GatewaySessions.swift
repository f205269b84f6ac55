import Agents
import Contract
import Models
import Platform

/// The sessions, as the methods of the protocol need them.
@LoopActor
final class GatewaySessions {
    let agents: AgentServices
    let clock: any Clock
    /// Where the list of sessions is kept, for `path` in answers.
    let path: String
    private let hub: EventHub
    private var ledger: UsageLedger?
    /// Has a session's conversation told in short by a model; says whether it was.
    var summarize: (@LoopActor @Sendable (SessionKey) async throws(RPCError) -> Bool)?

    init(agents: AgentServices, hub: EventHub, path: String, clock: any Clock) {
        self.agents = agents
        self.hub = hub
        self.path = path
        self.clock = clock
    }

    /// Tells clients of what happens to sessions from now on. To be called when they are open.
    func follow() {
        guard let shelf = agents.sessions.shelf else { return }
        shelf.listeners.append(SessionBroadcast(sessions: self, hub: hub))
        ledger = UsageLedger(shelf)
    }

    func opened() throws(RPCError) -> SessionShelf {
        guard let shelf = agents.sessions.shelf else { throw .starting }
        return shelf
    }

    func usage() throws(RPCError) -> UsageLedger {
        guard let ledger else { throw .starting }
        return ledger
    }

    /// The session that parameters name.
    func key(_ params: JSONObject, named name: String = "key") throws(RPCError) -> SessionKey {
        let agent = params["agentId"]?.string.flatMap { $0.isEmpty ? nil : $0.lowercased() }
        let key: SessionKey
        do throws(SessionError) {
            key = try SessionKey(params[name]?.string ?? "", defaultAgent: agent ?? agents.roster.defaultID)
        } catch {
            throw RPCError(error)
        }
        if let agent, agent != key.agentID {
            throw .invalid("agent \"\(agent)\" does not match session key agent \"\(key.agentID)\"")
        }
        return key
    }

    /// The session that is to be made, which takes an agent that there is.
    func keyOfAnAgent(_ params: JSONObject) throws(RPCError) -> SessionKey {
        let key = try key(params)
        guard agents.roster.agent(key.agentID) != nil else { throw .invalid("unknown agent id \"\(key.agentID)\"") }
        return key
    }

    /// Ends what runs in a session that will not be the same afterwards.
    func endRuns(in key: SessionKey) { _ = agents.runs.abort(nil, in: key, reason: "rpc") }

    /// How many there are and which were used last, for `health` and `status`.
    var health: JSON { health(of: nil) }

    func health(of agent: String?) -> JSON {
        var query = SessionQuery()
        query.agent = agent
        query.limit = Self.recentCount
        let (recent, count) = agents.sessions.shelf?.list(query) ?? ([], 0)
        let now = clock.wall.milliseconds
        return [
            "path": .string(path), "count": JSON(count),
            "recent": .array(
                recent.map { record in
                    [
                        "key": .string("\(record.key)"), "updatedAt": .int(record.updatedAt.milliseconds),
                        "age": .int(max(0, now - record.updatedAt.milliseconds)),
                    ]
                }),
        ]
    }

    private static let recentCount = 5

    func tell(_ event: EventContract, _ payload: JSON, of key: SessionKey) {
        hub.tell(event, payload, ofSession: "\(key)")
    }

    /// What a session of an agent is answered by, as long as nobody chose.
    func model(of record: SessionRecord) -> ModelReference? {
        record.choices.model ?? record.lastModel
            ?? (agents.roster.agent(record.key.agentID)?.model ?? agents.roster.defaultModel).flatMap {
                agents.models.configuration.resolve($0)
            }
    }
}

extension RPCError {
    /// The store is not open yet.
    static var starting: RPCError {
        RPCError(
            .unavailable, "the state is not open yet: the gateway is starting",
            details: ["reason": "startup-sidecars"], retryAfter: .milliseconds(500))
    }
}
