import Agents
import Platform

/// What methods work on.
@LoopActor
struct GatewayParts {
    let facts: GatewayFacts
    let health: GatewayHealth
    let report: HealthReport
    let presence: Presence
    let hub: EventHub
    let agents: AgentServices
    let sessions: GatewaySessions
    let own: OwnFacts
    let output: LogOutput
    let clock: any Clock
    let events: SystemEvents
    let heartbeats: Heartbeats
    let writes: ControlWrites
    let wake: VoiceWake
    let nodes: NodeServices
    let approvals: ApprovalServices
    let devices: DeviceRegistry
    let tools: ToolServices
    let restarts: RestartDesk
    let codes: DashboardCodes
    let page: ControlPage
    let channels: ChannelServices
    let sender: ChannelSender
    let cron: CronServices
    let canvas: CanvasRoutes
    let failover: FailoverServices
    /// Nil where there is no file to configure by, as in tests.
    let configuration: LiveConfiguration?

    var roster: AgentRoster { agents.roster }
    var intake: MessageIntake { MessageIntake(agents: agents) }
}

extension MethodRouter {
    /// Every method once. New ones go to the end: older clients keep stable places.
    convenience init(_ parts: GatewayParts) {
        let methods: [any Method] = [
            HealthMethod(report: parts.report),
            SystemPresenceMethod(presence: parts.presence),
            StatusMethod(
                facts: parts.facts, health: parts.health, roster: parts.roster, events: parts.events,
                heartbeats: parts.heartbeats, sessions: parts.sessions),
            SystemEventMethod(events: parts.events, presence: parts.presence, hub: parts.hub),
            LastHeartbeatMethod(heartbeats: parts.heartbeats),
            SetHeartbeatsMethod(heartbeats: parts.heartbeats),
            WakeMethod(events: parts.events, intake: parts.intake),
            SystemInfoMethod(facts: parts.facts, health: parts.health),
            LogsTailMethod(output: parts.output),
            UpdateRunMethod(version: parts.facts.version, writes: parts.writes),
            UpdateStatusMethod(version: parts.facts.version),
            StabilityMethod(own: parts.own),
            AgentsListMethod(roster: parts.roster),
            AgentIdentityMethod(roster: parts.roster),
            ModelsListMethod(models: parts.agents.models),
            ToolsCatalogMethod(roster: parts.roster, tools: parts.tools),
            ToolsEffectiveMethod(roster: parts.roster, tools: parts.tools),
            CommandsListMethod(roster: parts.roster),
            SessionsListMethod(sessions: parts.sessions),
            SessionsPreviewMethod(sessions: parts.sessions),
            SessionsResolveMethod(sessions: parts.sessions),
            SessionsDescribeMethod(sessions: parts.sessions),
            SessionsGetMethod(sessions: parts.sessions),
            SessionsSubscribeMethod(),
            SessionsUnsubscribeMethod(),
            MessagesSubscribeMethod(sessions: parts.sessions),
            MessagesUnsubscribeMethod(sessions: parts.sessions),
            ChatHistoryMethod(intake: parts.intake),
            ChatStartupMethod(intake: parts.intake),
            ChatMetadataMethod(roster: parts.roster, models: parts.agents.models),
            ChannelsStatusMethod(channels: parts.channels, clock: parts.clock),
            SkillsStatusMethod(roster: parts.roster, tools: parts.tools),
            SkillsBinsMethod(roster: parts.roster, tools: parts.tools),
            UsageStatusMethod(clock: parts.clock),
            UsageCostMethod(sessions: parts.sessions),
            CronListMethod(cron: parts.cron, roster: parts.roster),
            CronStatusMethod(cron: parts.cron, facts: parts.facts),
            CronRunsMethod(cron: parts.cron),
            VoiceWakeGetMethod(wake: parts.wake),
            VoiceWakeSetMethod(wake: parts.wake),
            TalkModeMethod(hub: parts.hub, clock: parts.clock),
            TalkConfigMethod(),
            TalkCatalogMethod(),
            TTSStatusMethod(),
            TTSProvidersMethod(),
            NodeListMethod(registry: parts.nodes.registry),
            NodeDescribeMethod(registry: parts.nodes.registry),
            NodeRenameMethod(book: parts.nodes.book),
            NodeInvokeMethod(invoker: parts.nodes.invoker),
            NodeInvokeResultMethod(invocations: parts.nodes.invocations),
            NodeEventMethod(events: parts.nodes.events),
            NodePairRequestMethod(pairings: parts.nodes.pairings),
            NodePairListMethod(pairings: parts.nodes.pairings),
            NodePairApproveMethod(pairings: parts.nodes.pairings),
            NodePairRejectMethod(pairings: parts.nodes.pairings),
            NodePairVerifyMethod(pairings: parts.nodes.pairings),
            NodePairRemoveMethod(nodes: parts.nodes.removal),
            ExecApprovalsGetMethod(file: parts.approvals.file),
            ExecApprovalsSetMethod(file: parts.approvals.file),
            ExecApprovalsNodeGetMethod(invoker: parts.nodes.invoker),
            ExecApprovalsNodeSetMethod(invoker: parts.nodes.invoker),
            ExecApprovalRequestMethod(approvals: parts.approvals.pending),
            ExecApprovalResolveMethod(approvals: parts.approvals.pending),
            ExecApprovalListMethod(approvals: parts.approvals.pending),
            ExecApprovalGetMethod(approvals: parts.approvals.pending),
            ExecApprovalWaitDecisionMethod(approvals: parts.approvals.pending),
            DevicePairListMethod(devices: parts.devices),
            DevicePairApproveMethod(devices: parts.devices),
            DevicePairRejectMethod(devices: parts.devices),
            DevicePairRemoveMethod(devices: parts.devices, nodes: parts.nodes.book),
            DevicePairRenameMethod(devices: parts.devices),
            DeviceTokenRotateMethod(devices: parts.devices),
            DeviceTokenRevokeMethod(devices: parts.devices),
            GatewayIdentityMethod(facts: parts.facts),
            ToolsInvokeMethod(roster: parts.roster, tools: parts.tools),
            RestartRequestMethod(restarts: parts.restarts, writes: parts.writes),
            RestartPreflightMethod(restarts: parts.restarts),
            DashboardCodeMethod(codes: parts.codes, page: parts.page),
            CanvasOpenMethod(canvas: parts.canvas),
            NodeSurfaceRefreshMethod(canvas: parts.canvas),
        ]
        self.init(
            methods + Self.configMethods(parts) + Self.runMethods(parts) + Self.agentMethods(parts)
                + Self.sessionMethods(parts) + Self.channelMethods(parts) + Self.cronMethods(parts)
                + Self.failoverMethods(parts.failover))
    }

    private static func channelMethods(_ parts: GatewayParts) -> [any Method] {
        let channels = parts.channels
        let desk = DirectoryDesk(channels: channels, clock: parts.clock)
        return [
            ChannelsStartMethod(channels: channels),
            ChannelsStopMethod(channels: channels),
            DeadLettersListMethod(channels: channels),
            DeadLetterResubmitMethod(channels: channels, clock: parts.clock),
            ChannelPairingListMethod(channels: channels),
            ChannelPairingApproveMethod(channels: channels),
            ChannelPairingRejectMethod(channels: channels),
            SendMethod(channels: channels, sender: parts.sender, roster: parts.agents.roster),
            PollMethod(channels: channels, sender: parts.sender),
            MessageActionMethod(channels: channels, sender: parts.sender),
            ChannelsLogoutMethod(
                exit: ChannelExit(channels: channels, configuration: parts.configuration, clock: parts.clock)),
            ChannelsResolveMethod(desk: desk),
            DirectorySelfMethod(desk: desk),
            DirectoryPeersMethod(desk: desk),
            DirectoryGroupsMethod(desk: desk),
            DirectoryMembersMethod(desk: desk),
        ]
    }

    private static func cronMethods(_ parts: GatewayParts) -> [any Method] {
        let cron = parts.cron
        return [
            CronGetMethod(cron: cron),
            CronAddMethod(cron: cron, roster: parts.roster, clock: parts.clock),
            CronUpdateMethod(cron: cron, roster: parts.roster, clock: parts.clock),
            CronRemoveMethod(cron: cron),
            CronRunMethod(cron: cron),
        ]
    }

    private static func failoverMethods(_ failover: FailoverServices) -> [any Method] {
        [
            FailoverStatusMethod(failover: failover),
            FailoverHistoryMethod(failover: failover),
            FailoverOrderMethod<FailoverPromotion>(failover: failover),
            FailoverOrderMethod<FailoverDemotion>(failover: failover),
            FailoverOrderMethod<FailoverSwitchover>(failover: failover),
            FailoverPauseMethod(failover: failover),
            FailoverOrderMethod<FailoverResumption>(failover: failover),
            FailoverOrderMethod<FailoverDrill>(failover: failover),
        ]
    }

    private static func sessionMethods(_ parts: GatewayParts) -> [any Method] {
        let sessions = parts.sessions
        return [
            SessionsPatchMethod(sessions: sessions),
            SessionsResetMethod(sessions: sessions),
            SessionsDeleteMethod(sessions: sessions),
            SessionsCompactMethod(sessions: sessions),
            SessionsCleanupMethod(sessions: sessions),
            SessionsUsageMethod(sessions: sessions),
            SessionsUsageSeriesMethod(sessions: sessions),
            SessionsUsageLogsMethod(sessions: sessions),
        ]
    }

    private static func runMethods(_ parts: GatewayParts) -> [any Method] {
        let intake = parts.intake
        return [
            ChatSendMethod(intake: intake),
            ChatAbortMethod(intake: intake),
            ChatInjectMethod(intake: intake, clock: parts.clock),
            AgentMethod(intake: intake),
            AgentWaitMethod(runs: parts.agents.runs),
            SessionsCreateMethod(intake: intake),
            SessionsSendMethod(intake: intake),
            SessionsSteerMethod(intake: intake),
            SessionsAbortMethod(intake: intake),
        ]
    }

    private static func agentMethods(_ parts: GatewayParts) -> [any Method] {
        let files: [any Method] = [
            AgentsFilesListMethod(roster: parts.roster),
            AgentsFilesGetMethod(roster: parts.roster),
            AgentsFilesSetMethod(roster: parts.roster),
        ]
        guard let configuration = parts.configuration else { return files }
        let writer = AgentWriter(configuration: configuration, roster: parts.roster)
        return files + [
            AgentsCreateMethod(writer: writer),
            AgentsUpdateMethod(writer: writer),
            AgentsDeleteMethod(writer: writer),
        ]
    }

    private static func configMethods(_ parts: GatewayParts) -> [any Method] {
        guard let configuration = parts.configuration else { return [] }
        let wizard = WizardDesk(configuration: configuration)
        return [
            ConfigGetMethod(configuration: configuration),
            ConfigSchemaMethod(configuration: configuration, version: parts.facts.version),
            ConfigSchemaLookupMethod(configuration: configuration),
            ConfigSetMethod(configuration: configuration),
            ConfigPatchMethod(configuration: configuration, writes: parts.writes, restarts: parts.restarts),
            ConfigApplyMethod(configuration: configuration, writes: parts.writes, restarts: parts.restarts),
            SecretsReloadMethod(configuration: configuration),
            WizardStartMethod(desk: wizard),
            WizardNextMethod(desk: wizard),
            WizardCancelMethod(desk: wizard),
            WizardStatusMethod(desk: wizard),
            SkillsUpdateMethod(configuration: configuration),
            ConfigValidateMethod(configuration: configuration),
        ]
    }
}
