import Platform
package import Settings

extension SchemaPart {
    /// `session`: how conversations are kept apart, when they begin anew, how many are kept.
    package static let sessions = SchemaPart([
        .hot(
            "session.dmScope", .oneOf(DirectScope.allCases.map(\.rawValue)), default: "main",
            "whether direct messages share the main session or are kept apart, by sender, channel and account"),
        .hot(
            "session.reset.mode", .oneOf(["none", "daily", "idle"]), default: "none",
            "whether a session begins anew by itself; compaction keeps it within bounds in any case"),
        .hot(
            "session.reset.atHour", .integer(0...23), default: 4,
            "daily: the hour, by this machine's clock, at which a new day begins"),
        .hot("session.reset.idleMinutes", .positive, unit: "min", "a silence after which the session begins anew"),
        .hot(
            "session.resetByType.*.mode", .oneOf(["none", "daily", "idle"]), "the same for `direct`, `group`, `thread`"),
        .hot("session.resetByType.*.atHour", .integer(0...23), "the hour for a type"),
        .hot("session.resetByType.*.idleMinutes", .positive, unit: "min", "the silence for a type"),
        .hot("session.resetByChannel.*.mode", .oneOf(["none", "daily", "idle"]), "the same for a channel; goes first"),
        .hot("session.resetByChannel.*.atHour", .integer(0...23), "the hour for a channel"),
        .hot("session.resetByChannel.*.idleMinutes", .positive, unit: "min", "the silence for a channel"),
        .hot("session.idleMinutes", .positive, unit: "min", "the older name of `session.reset.idleMinutes`"),
        .hot(
            "session.resetTriggers", .list(.string), default: ["/new", "/reset"],
            "messages that begin the session anew; case does not matter"),
        .hot(
            "session.maintenance.mode", .oneOf(["enforce", "warn"]), default: "enforce",
            "`warn` only tells in the log what would be cleaned up"),
        .hot(
            "session.maintenance.pruneAfter", .either([.duration, .boolean]), default: "30d",
            "age at which a session is archived, or deleted where it was made for one piece of work"),
        .hot("session.maintenance.pruneDays", .positive, unit: "days", "the older name of `pruneAfter`"),
        .hot(
            "session.maintenance.archiveDashboardAfter", .either([.duration, .boolean, .count]), default: "7d",
            "the same for sessions of the Control UI; `false` for never"),
        .hot("session.maintenance.maxEntries", .positive, default: 5000, "sessions that are not archived, at most"),
        .hot(
            "session.maintenance.preserveRecent", .either([.duration, .boolean]),
            "sessions used within this time are left alone"),
        .hot(
            "session.maintenance.resetArchiveRetention", .either([.duration, .boolean]),
            "how long transcripts from before a reset stay; without it, as long as there is room"),
        .hot(
            "session.maintenance.maxDiskBytes", .either([.string, .count, .boolean]), default: "10gb",
            "room for the sessions of one agent; `false` for no limit"),
        .hot(
            "session.maintenance.highWaterBytes", .either([.string, .count]),
            "where cleaning up stops; 80 percent of `maxDiskBytes`"),
        .noted("session.maintenance.rotateBytes", "backups of a file that is not used here"),
        .foreign("session.maintenance.coldStorage", "compression of old transcripts"),
        .noted("session.mainKey", "the main session's name, which is `main`"),
        .noted("session.store", "where the list of sessions is; here beside the transcripts and in the store"),
        .noted("session.typingIntervalSeconds", "how often typing is shown"),
        .noted("session.typingMode", "when typing is shown"),
        .foreign("session.scope", "one session for all senders"),
        .foreign("session.groupScope", "groups that share the main session"),
        .foreign("session.identityLinks", "people who are the same on several channels"),
        .foreign("session.sendPolicy", "rules of who is answered"),
        .foreign("session.threadBindings", "threads that have an agent of their own"),
        .foreign("session.sharing", "sessions that several operators share"),
        .foreign("session.agentToAgent", "how often agents answer each other"),
        .foreign("session.notifyOnCreate", "a notice of each new session"),
        .foreign("session.writeLock", "locks of files that are not used here"),
        .foreign("session.parentForkMaxTokens", "how much of a session a thread begins with"),
        .foreign("session.*", "a setting of sessions that is not used here"),
    ])
}
