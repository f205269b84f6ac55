package import Platform
package import Settings

/// Everything that a start of the gateway was decided on: the configuration as it was then, and what flags and
/// environment add to it.
package struct GatewayStart: Sendable {
    let instance: Instance
    let environment: Environment
    let flags: GatewayFlags
    let isForced: Bool
    let opening: ConfigOpening
    var snapshot: ConfigSnapshot { opening.snapshot }
    var settings: GatewaySettings { opening.settings }
    package let log: GatewayLogSettings

    /// Reads the configuration. What stands in the way of a start is all told at once.
    @LoopActor
    package init(
        _ instance: Instance, environment: Environment, flags: GatewayFlags, isForced: Bool
    ) async throws(ConfigRefusal) {
        self.instance = instance
        self.environment = environment
        self.flags = flags
        self.isForced = isForced
        opening = try await ConfigOpening(instance, environment: environment, flags: flags)
        log = GatewayLogSettings(opening.snapshot, instance: instance)
    }

    /// For the log, which must never show them.
    package var secrets: Set<String> { snapshot.secrets.union(settings.secrets) }

    /// What is odd, and what stays off.
    package var warnings: [String] {
        (snapshot.warnings + settings.warnings).map(\.description)
            + snapshot.degraded.map { "\($0.part) stays off: \($0.reason)" }
            + (opening.fallback.map { [$0.text(instance.shown(instance.configPath))] } ?? [])
    }
}

extension GatewaySettings {
    /// Those that may come from flags and environment, too.
    var secrets: [String] {
        [auth.token?.value, auth.password?.value, auth.trustedProxy?.secretHeader?.value].compactMap { $0 }
    }
}
