extension CommandCatalog {
    /// Every command there is, in the order in which the help shows them.
    static let all: CommandCatalog = CommandCatalog(
        [
            .gatewayRun, .status, .agent, .tui, .gatewayStatus, .health, .logs, .configSet, .configValidate,
            .devicesList,
            .gatewayProbe, .gatewayCall, .gatewayHealth, .gatewayAuthToken,
            .configGet, .configUnset, .configFile, .configSchema,
            .devicesApprove, .devicesReject, .devicesRotate, .devicesRevoke, .devicesRemove,
            .nodesList, .nodesStatus, .nodesPending, .nodesApprove, .nodesReject, .nodesRename, .nodesDescribe,
            .nodesInvoke,
            .agentsList, .agentsAdd, .agentsDelete, .agentsBind, .agentsUnbind, .agentsBindings, .agentsIdentity,
            .sessionsList, .sessionsShow, .sessionsReset, .sessionsDelete, .sessionsExport, .sessionsCleanup,
            .modelsList, .modelsStatus, .modelsSet, .modelsFallbacks, .modelsAliases, .modelsAuth, .modelsTest,
            .messageSend, .messageRead, .messageReact, .messagePoll,
            .memoryStatus, .memorySearch, .memoryIndex,
            .skillsList, .skillsInfo, .skillsCheck,
            .approvalsGet, .approvalsSet, .approvalsAllowlist,
            .systemEvent, .systemPresence, .systemHeartbeat,
            .completion, .update,
        ],
        groups: [
            CommandGroup("gateway", "run the gateway, and ask about it"),
            CommandGroup("agents", "who answers: agents, their identities, what leads to them"),
            CommandGroup("sessions", "conversations: list, show, begin anew, export"),
            CommandGroup("models", "language models: which answers, keys, tests"),
            CommandGroup("message", "messages to people and rooms, over channels"),
            CommandGroup("memory", "what agents remember"),
            CommandGroup("skills", "what agents can be told to do, and what that needs"),
            CommandGroup("approvals", "rules for the programs that agents run"),
            CommandGroup("config", "the configuration file: read, change, check"),
            CommandGroup("devices", "who may use the gateway: programs and browsers with a key of their own"),
            CommandGroup("nodes", "devices that carry out commands for agents"),
            CommandGroup("system", "events, presence and heartbeats"),
        ])
}
