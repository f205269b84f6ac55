import Agents
import Contract
import Platform
import Settings
import Wire

/// The agents' tools, put together.
@LoopActor
final class ToolServices {
    let set: ToolSet
    let prompts: PromptBuilder
    private let exec: ExecServices
    private let jobs: ExecJobs
    private let memory: MemoryServices
    private let control: GatewayControl
    private let guarding = OutboundGuard()
    private let roster: AgentRoster
    private var sessions: SessionServices?

    /// `http` replaces the guarded client, for tests.
    init(
        facts: GatewayFacts, health: GatewayHealth, own: OwnFacts, approvals: ApprovalServices,
        configuration: LiveConfiguration?, restarts: RestartDesk, roster: AgentRoster, sessions: SessionDoor,
        environment: Environment,
        messages: any MessageSending = NoChannels(),
        http: (any HTTPFetching)? = nil, clock: any Clock
    ) {
        let desk = ExecApprovalDesk(approvals)
        let output = own.output
        jobs = ExecJobs(clock: clock)
        exec = ExecServices(jobs: jobs, approvals: desk, environment: environment, sessions: sessions, clock: clock) {
            output.redaction.redact($0)
        }
        let prompts = PromptBuilder(stateDirectory: facts.stateDirectory, environment: environment, clock: clock)
        self.prompts = prompts
        exec.skillVariables = { await prompts.skillVariables(agentID: $0.agentID, workspace: $0.workspace) }
        memory = MemoryServices(stateDirectory: facts.stateDirectory)
        control = GatewayControl(
            facts: facts, health: health, own: own, configuration: configuration, restarts: restarts)
        self.roster = roster
        let web = http ?? OutboundGuard.client(guarding, clock: clock, userAgent: "openclaw/\(facts.version)")
        set = ToolSet([
            ReadTool(skills: prompts), WriteTool(), EditTool(), ApplyPatchTool(), ExecTool(exec), ProcessTool(exec),
            WebFetchTool(web), MemorySearchTool(memory), MemoryGetTool(), MessageTool(messages),
            GatewayTool(control, approvals: desk), ImageTool(),
        ])
    }

    /// Says whose vectors an agent's memories are found with.
    func findMemories(with embedder: @escaping @LoopActor (String) -> Embedder?) {
        memory.embedding = { agent in embedder(agent).map { ($0.provider, $0.model) } }
    }

    /// The session tools come when there are sessions and agents that run.
    func add(_ sessions: SessionServices) {
        self.sessions = sessions
        set.add([
            SessionsListTool(sessions), SessionsHistoryTool(sessions), SessionsSendTool(sessions),
            SessionsSpawnTool(sessions), SessionStatusTool(sessions), AgentsListTool(sessions),
        ])
    }

    /// Takes over what a configuration says; the next call goes by it.
    func take(_ snapshot: ConfigSnapshot) {
        let config = snapshot.resolved
        set.take(config)
        prompts.take(config)
        exec.take(config)
        sessions?.take(config)
        guarding.allowed = (snapshot.strings("tools.web.fetch.allowPrivate") ?? []).compactMap { IPRange($0) }
    }

    /// The directory that an agent works in.
    func workspace(of agent: AgentSettings.Agent) -> String { roster.workspace(of: agent.id) }

    /// Calls a tool for a client. A tool that the client may not have is spoken of as one that is not there.
    func invoke(
        _ name: String, _ arguments: JSONObject, _ context: ToolContext, through door: ToolSet.Door, id: String
    ) async throws(RPCError) -> ToolOutput? {
        guard let tool = set.tool(name, for: context, through: door) else { return nil }
        do throws(CancellationError) {
            return try await tool.run(ToolInvocation(id: id, arguments: arguments, context: context))
        } catch {
            throw .givenUp
        }
    }

    /// Ends what tools left running, and what they keep open.
    func drain() async {
        await jobs.endAll()
        await memory.close()
    }
}
