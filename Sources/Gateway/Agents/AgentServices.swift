import Agents
import Contract
import Models
import Platform
import Settings
import Store
import Wire

/// Everything about agents, put together.
@LoopActor
struct AgentServices {
    let roster: AgentRoster
    let models: ModelDesk
    let sessions: SessionDoor
    let runs: AgentRuns
    let broadcast: RunBroadcast
    private let log: Log

    init(
        roster: AgentRoster, models: ModelDesk, sessions: SessionDoor, tools: ToolServices, facts: any OperatorFacts,
        notes: (any TurnNotes)? = nil, hub: EventHub, clock: any Clock, log: Log
    ) {
        self.roster = roster
        self.models = models
        self.log = log
        self.sessions = sessions
        broadcast = RunBroadcast(hub: hub, clock: clock)
        var services = TurnServices(
            roster: roster, sessions: sessions, models: models, tools: tools.set,
            prompts: tools.prompts, program: facts.state.program, clock: clock)
        services.notes = notes
        runs = AgentRuns(services, commands: CommandDesk(services, facts: facts, sessions: sessions))
        runs.watch(broadcast)
        tools.add(
            SessionServices(
                keeping: sessions, listing: sessions, agents: RosterListing(roster: roster), running: runs, clock: clock
            ))
    }

    /// Takes up the sessions.
    func open(_ store: Store, stateDirectory: String) async throws(StoreError) {
        let shelf = try await SessionShelf.open(
            stateDirectory: stateDirectory, store: store, clock: runs.clock, log: log.part("sessions"))
        sessions.shelf = shelf
    }

    /// Takes over what a configuration says of agents and models; the next run goes by it.
    func take(_ snapshot: ConfigSnapshot) {
        roster.take(snapshot.resolved)
        models.take(ModelConfiguration(snapshot))
        sessions.settings = SessionSettings(snapshot)
        runs.limitsChanged()
    }

    /// Has a session told in short from now on; false when it is short enough.
    func summarize(_ key: SessionKey) async throws(RPCError) -> Bool {
        let outcome: SessionCompaction.Outcome
        do throws(SessionError) {
            outcome = try await SessionCompaction(runs).compact(key)
        } catch {
            throw RPCError(error)
        }
        switch outcome {
        case .done: return true
        case .shortEnough: return false
        case .noModel: throw .unavailable("a summary takes a model, and none can be asked; models.list names them")
        case .noSummary: throw .unavailable("no model gave a summary; the conversation stays as it is")
        case .busy: throw .unavailable("a run is under way in this session; chat.abort ends it")
        }
    }

    /// Models of a configuration, asked over the network.
    static func desk(_ clock: any Clock, environment: Environment = [:], version: String = "") -> ModelDesk {
        let dialer = HTTPDialer(proxies: ProxySettings(environment), clock: clock)
        let http = ModelClient.make(
            dialer, clock: clock, userAgent: version.isEmpty ? nil : "openclaw/\(version)")
        return ModelDesk(clock: clock) { ConfiguredProviders($0, http: http, clock: clock) }
    }
}
