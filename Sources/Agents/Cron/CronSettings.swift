import Platform
package import Settings

/// `cron` of the configuration.
package struct CronSettings: Equatable, Sendable {
    package static let runsAtOnce = 4

    package var isEnabled = true
    package var maxConcurrentRuns = CronSettings.runsAtOnce

    package init() {}

    package init(_ snapshot: ConfigSnapshot) {
        isEnabled = snapshot.bool("cron.enabled") ?? true
        maxConcurrentRuns = snapshot.integer("cron.maxConcurrentRuns") ?? Self.runsAtOnce
    }
}

extension SchemaPart {
    /// `cron`: jobs at set times.
    package static let cron = SchemaPart([
        .hot("cron.enabled", .boolean, default: true, "whether jobs run at their times; without it they are only kept"),
        .hot(
            "cron.maxConcurrentRuns", .integer(1...64), default: .int(Int64(CronSettings.runsAtOnce)),
            "jobs that run at once; the others wait"),
        .noted("cron.store", "where OpenClaw kept its jobs; here they are in the state"),
        .foreign("cron.*", "a setting of jobs that is not served here"),
    ])
}
