import Agents
import Channels
import Contract
import Platform
import Settings
import Store
import Wire

/// The control plane put together: who is let in, which methods there are, who hears what.
@LoopActor
final class ControlPlane {
    let desk: FrontDesk
    let hub: EventHub
    let entrance: Entrance
    let devices: DeviceRegistry
    let api: APIServices
    let page: ControlPage
    private let pulse: Pulse
    let report: HealthReport
    private let wake: VoiceWake
    let nodes: NodeServices
    let approvals: ApprovalServices
    let agents: AgentServices
    let sessions: GatewaySessions
    let tools: ToolServices
    let channels: ChannelServices
    let handler: ChannelHandler
    let cron: CronServices
    let events: SystemEvents
    let hooks: HookServices
    let canvas: CanvasRoutes
    let heartbeats: HeartbeatService
    let media: ChannelMedia
    let failover: FailoverServices
    private let approvalPost: ApprovalPost
    private let stateDirectory: String
    private let clock: any Clock

    /// `admission` decides instead of the gate that `access` describes: for tests of what comes behind it.
    init(
        facts: GatewayFacts, health: GatewayHealth, access: AccessSettings = AccessSettings(),
        admission: (any Admitting)? = nil, configuration: LiveConfiguration? = nil, models: ModelDesk? = nil,
        restarts: RestartDesk? = nil, failover: FailoverServices? = nil, environment: Environment = [:],
        platforms: [ChannelPlatform] = ChannelPlatform.all,
        kinship: @escaping @Sendable (PeerCredentials) -> OriginFinder.Kinship = PeerKinship.of, clock: any Clock,
        log: Log
    ) {
        hub = EventHub()
        self.clock = clock
        let restarts = restarts ?? RestartDesk(means: nil, clock: clock)
        stateDirectory = facts.stateDirectory
        let roster = AgentRoster(
            defaultID: facts.defaultAgentID, workspace: facts.workspaceDirectory,
            home: configuration?.instance.homeDirectory)
        devices = DeviceRegistry(hub: hub, clock: clock, log: log.part("devices"))
        let authenticator = Authenticator(access, devices: devices, clock: clock)
        entrance = Entrance(authenticator, hub: hub, hostName: facts.hostName, kinship: kinship)
        page = ControlPage()
        api = APIServices(entrance: entrance, roster: roster, clock: clock)
        let gate = ConnectGate(authenticator, devices: devices, version: facts.version, clock: clock)
        canvas = CanvasRoutes(entrance, roster: roster, clock: clock)
        let presence = Presence(clock: clock)
        wake = VoiceWake(hub: hub, clock: clock)
        report = HealthReport(facts: facts, health: health, roster: roster, hub: hub, clock: clock)
        let own = OwnFacts(facts: facts, health: health, hub: hub, output: log.output, clock: clock)
        own.add(to: report)
        let greeter = Greeter(facts: facts, health: health, report: report, presence: presence, hub: hub)
        greeter.surfaces = { [canvas] in canvas.surfaces(for: $0) }
        approvals = ApprovalServices(stateDirectory: facts.stateDirectory, hub: hub, clock: clock)
        nodes = NodeServices(
            hub: hub, approvals: approvals.pending, repeats: Deduplication(clock: clock), clock: clock,
            log: log.part("nodes"))
        let failover = failover ?? FailoverServices(alone: health, clock: clock)
        self.failover = failover
        let operation = GatewayOperator(
            facts: facts, health: health, hub: hub, approvals: approvals.pending, own: own, restarts: restarts)
        operation.configuration = configuration
        operation.pair = failover
        let door = SessionDoor()
        var means = Self.means(environment, facts.version, clock, log.part("channels"))
        means.gate = failover.gate
        channels = ChannelServices(platforms, means)
        media = ChannelMedia(
            stateDirectory: facts.stateDirectory,
            web: OutboundGuard.client(OutboundGuard(), clock: clock, userAgent: "openclaw/\(facts.version)"),
            clock: clock)
        let sender = ChannelSender(channels, media, clock: clock)
        approvalPost = ApprovalPost(channels, approvals.pending, clock: clock, log: log.part("channels"))
        tools = ToolServices(
            facts: facts, health: health, own: own, approvals: approvals, configuration: configuration,
            restarts: restarts,
            roster: roster,
            sessions: door, environment: environment, messages: sender, clock: clock)
        events = SystemEvents(clock: clock, log: log.part("events")) { roster.defaultID }
        agents = AgentServices(
            roster: roster, models: models ?? AgentServices.desk(clock), sessions: door, tools: tools, facts: operation,
            notes: events, hub: hub, clock: clock, log: log)
        handler = ChannelHandler(channels, agents: agents, media, clock: clock, log: log.part("channels"))
        let jobs = CronDoor()
        let turns = CronTurns(
            agents, delivery: CronPost(channels, sender: sender, sessions: door, roster: roster), clock: clock)
        cron = CronServices(
            turns, door: jobs, hub: hub, environment: environment, clock: clock, log: log.part("cron"))
        heartbeats = HeartbeatService(
            Heartbeats(hub: hub),
            turns: HeartbeatTurns(
                agents, routing: HeartbeatRouting(channels, sessions: door), sender: sender, events: events),
            zones: cron.zones, clock: clock, log: log.part("heartbeat"))
        turns.keepForHeartbeat = { [heartbeats] in heartbeats.keep($0, for: $1) }
        heartbeats.mayStart = { [cron] in cron.mayStart() }
        agents.runs.watch(heartbeats)
        hooks = HookServices(
            HookServices.Scene(
                entrance: entrance, agents: agents, heartbeats: heartbeats, waiting: events, sender: sender,
                environment: environment),
            userAgent: "openclaw/\(facts.version)", clock: clock, log: log.part("hooks"))
        report.heartbeats = heartbeats.heartbeats
        tools.set.add([CronTool(jobs, clock: clock)])
        api.connect(agents)
        tools.findMemories { [api] in api.parts.embeddings?.chosen(agent: $0) }
        api.parts.tools = ToolBench(tools.set, roster: roster)
        sessions = GatewaySessions(agents: agents, hub: hub, path: facts.databasePath, clock: clock)
        ChannelHealth(channels: channels).add(to: report)
        report.add("sessions") { [sessions] in sessions.health }
        if let configuration { restarts.follow(configuration) }
        restarts.work = { [agents] in agents.runs.underWay }
        let router = MethodRouter(
            GatewayParts(
                facts: facts, health: health, report: report, presence: presence, hub: hub, agents: agents,
                sessions: sessions, own: own,
                output: log.output, clock: clock, events: events, heartbeats: heartbeats.heartbeats,
                writes: ControlWrites(clock: clock), wake: wake, nodes: nodes, approvals: approvals,
                devices: devices, tools: tools, restarts: restarts, codes: authenticator.codes, page: page,
                channels: channels, sender: sender, cron: cron, canvas: canvas, failover: failover,
                configuration: configuration))
        desk = FrontDesk(
            router: router, admission: admission ?? gate, hub: hub, greeter: greeter, waiting: UnadmittedSessions(),
            clock: clock, log: log.part("clients"))
        desk.watchers.append(nodes.registry)
        nodes.removal.roles = devices
        desk.watchers.append(wake)
        desk.watchers.append(canvas)
        pulse = Pulse(hub: hub, report: report, clock: clock)
        configuration?.add(["agents", "messages", "models", "auth", "session"]) { [agents, api] in
            agents.take($0)
            api.take($0)
        }
        configuration?.add(["agents", "tools", "gateway.tools", "skills", "rescue"]) { [tools] in tools.take($0) }
        configuration?.add(["agents", "bindings", "session", "channels", "messages"]) { [handler, media] in
            handler.take($0.resolved)
            media.take($0.resolved)
        }
        configuration?.add(["channels", "commands"]) { [channels] in channels.take($0) }
        configuration?.add(["cron"]) { [cron] in cron.take($0) }
        configuration?.add(["agents", "auth", "channels", "models"]) { [failover] in failover.take($0) }
        failover.refreshSecrets = { [configuration] in await configuration?.refreshSecrets() }
        if failover.settings != nil {
            report.add("failover", trouble: { [failover] in failover.trouble }) { [failover] in failover.status }
        }
        failover.onChange = { [hub, report, failover] in
            hub.broadcast(.failover, failover.status)
            report.refresh()
        }
        failover.attach(
            self, sender: sender, http: means.http, workspace: roster.workspace(of: roster.defaultID),
            owner: { [roster] in door.shelf?.record(.main(roster.defaultID))?.origin }, log: log.part("failover"))
        if let instance = configuration?.instance {
            configuration?.add(["canvasHost"]) { [canvas] in canvas.take(CanvasSettings($0, instance)) }
        }
        configuration?.add(["hooks"]) { [hooks] in hooks.take($0) }
        configuration?.add(["agents", "commands"]) { [heartbeats] in heartbeats.take($0) }
        if let configuration { tellOfChanges(configuration) }
    }

    /// Takes up what the state holds.
    func attach(_ store: Store) async throws(StoreError) {
        StoreFacts(store: store, clock: clock).add(to: report)
        try await wake.load(store)
        try await nodes.book.load(store)
        try await devices.open(StoredDevices(store: store))
        try await openSessions(store, in: stateDirectory)
        await failover.prepare(self)
        try await channels.open(store, handler)
        try await cron.open(store)
        try await events.load(store)
        try await hooks.open(store, agents.sessions.shelf)
        try await heartbeats.open(store)
    }

    private static func means(
        _ environment: Environment, _ version: String, _ clock: any Clock, _ log: Log
    ) -> ConnectorMeans {
        let dialer = HTTPDialer(proxies: ProxySettings(environment), clock: clock)
        var means = ConnectorMeans(
            http: HTTPClient(connector: dialer, clock: clock, userAgent: "openclaw/\(version)"), clock: clock, log: log,
            chance: { Double.random(in: 0..<1) })
        means.commands = SlashCommand.menu.map { ChatCommand(name: $0.name, help: $0.help, arguments: $0.arguments) }
        return means
    }

    /// Takes up the sessions, and tells clients of them from now on.
    func openSessions(_ store: Store, in directory: String) async throws(StoreError) {
        try await agents.open(store, stateDirectory: directory)
        if let shelf = agents.sessions.shelf { api.opened(shelf) }
        sessions.follow()
        sessions.summarize = { [agents] (key) throws(RPCError) in try await agents.summarize(key) }
    }

    /// The gateway can serve from now on.
    func started() {
        failover.start()
        report.refresh()
        hooks.events.happened("gateway:startup")
    }

    /// Says that the gateway stops, and why, closes every connection, and returns when the last one has ended
    /// (mission R10). A client that does not answer the close is cut off by its socket's own deadline.
    func drain(
        reason: String, within time: Duration = ControlPlane.runTime, restartExpected: Duration? = nil
    ) async {
        pulse.stop()
        var payload = JSONObject([("reason", .string(reason))])
        payload["restartExpectedMs"] = restartExpected.map { .int($0.inNanoseconds / 1_000_000) }
        hub.broadcast(.shutdown, .object(payload))
        cron.close()
        heartbeats.close()
        let told = startTask { [hooks] in await hooks.drain(reason: reason, restartExpected: restartExpected) }
        await agents.runs.drain(within: time)
        await failover.sayWhyStopped()
        await cron.drain()
        await channels.drain()
        await desk.drain()
        await tools.drain()
        _ = await told.result
        await agents.sessions.shelf?.close()
    }

    /// For runs under way when the gateway stops.
    nonisolated static let runTime = Duration.seconds(6)
    /// Of a drain that has its own time, for what comes after the runs.
    nonisolated static let endTime = Duration.seconds(4)

    /// Ends every run and every connection where it stands.
    func cut() {
        agents.runs.cut()
        desk.cut()
    }
}
