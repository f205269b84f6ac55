package import Platform
package import Settings

/// Everything that a start of the gateway was decided on: the configuration as it was then, and what flags and
/// environment add to it.
package struct GatewayStart: Sendable {
    let instance: Instance
    let environment: Environment
    let flags: GatewayFlags
    let isForced: Bool
    let snapshot: ConfigSnapshot
    let settings: GatewaySettings
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
        snapshot = try await ConfigLoader.load(instance, environment: environment, schema: .product)
        settings = try GatewaySettings(snapshot, instance: instance, flags: flags)
        log = GatewayLogSettings(snapshot, instance: instance)
    }

    /// For the log, which must never show them.
    package var secrets: Set<String> { snapshot.secrets.union(settings.secrets) }

    /// What is odd, and what stays off.
    package var warnings: [String] {
        (snapshot.warnings + settings.warnings).map(\.description)
            + snapshot.degraded.map { "\($0.part) stays off: \($0.reason)" }
    }
}

extension GatewaySettings {
    /// Those that may come from flags and environment, too.
    var secrets: [String] {
        [auth.token?.value, auth.password?.value, auth.trustedProxy?.secretHeader?.value].compactMap { $0 }
    }
}
