/// Two gateways that stand in for each other. Not in protocol.md: this gateway's own.
extension MethodContract {
    private static let done = Shape.open(.required("ok", .boolean), .required("state", .text))

    package static let failoverStatus = MethodContract(
        "failover.status", .scope(.read), "whether this gateway acts, whom it watches, and what it saw",
        result: .open(.required("enabled", .boolean), .required("role", .text), .required("state", .text)))

    package static let failoverHistory = MethodContract(
        "failover.history", .scope(.read), "the last changes, the last first",
        params: .object(.optional("limit", .integer(1...1000))),
        result: .open(.required("entries", .list(.open()))))

    package static let failoverPromote = MethodContract(
        "failover.promote", .scope(.admin), "this gateway acts now, whatever the others do", result: done)

    package static let failoverDemote = MethodContract(
        "failover.demote", .scope(.admin), "this gateway steps back; it pauses where no node above it is well",
        result: done)

    package static let failoverSwitchover = MethodContract(
        "failover.switchover", .scope(.admin), "the primary makes way, and this standby acts", result: done)

    package static let failoverPause = MethodContract(
        "failover.pause", .scope(.admin), "this standby does not take over, for a time or until it is resumed",
        params: .object(.optional("forMs", .integer(1000...30 * 86_400_000))), result: done)

    package static let failoverResume = MethodContract(
        "failover.resume", .scope(.admin), "ends a pause, or tries again what was blocked", result: done)

    package static let failoverDrill = MethodContract(
        "failover.drill", .scope(.admin),
        "goes through a promotion without its last step: nothing is connected, nobody notices", result: done)
}
