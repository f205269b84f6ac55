extension CommandCatalog {
    /// Every command there is, in the order in which the help shows them.
    static let all = CommandCatalog(
        [
            .gatewayRun, .gatewayStatus, .gatewayCall, .gatewayHealth,
            .status, .health,
        ],
        groups: [
            CommandGroup("gateway", "run the gateway, and ask about it")
        ])
}
