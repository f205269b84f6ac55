extension CommandCatalog {
    /// Every command there is, in the order in which the help shows them.
    static let all: CommandCatalog = CommandCatalog(
        [
            .gatewayRun, .status, .gatewayStatus, .health, .logs, .configSet, .configValidate, .devicesList,
            .gatewayProbe, .gatewayCall, .gatewayHealth, .gatewayAuthToken,
            .configGet, .configUnset, .configFile, .configSchema,
            .devicesApprove, .devicesReject, .devicesRotate, .devicesRevoke, .devicesRemove,
            .nodesList, .nodesStatus, .nodesPending, .nodesApprove, .nodesReject, .nodesRename, .nodesDescribe,
            .nodesInvoke,
            .systemEvent, .systemPresence, .systemHeartbeat,
            .completion, .update,
        ],
        groups: [
            CommandGroup("gateway", "run the gateway, and ask about it"),
            CommandGroup("config", "the configuration file: read, change, check"),
            CommandGroup("devices", "who may use the gateway: programs and browsers with a key of their own"),
            CommandGroup("nodes", "devices that carry out commands for agents"),
            CommandGroup("system", "events, presence and heartbeats"),
        ])
}
