import Platform
package import Settings

extension SchemaPart {
    /// `failover`: who watches whom, when the other is taken for down, and what is done then.
    package static let failover = SchemaPart(
        [
            .restart("failover.enabled", .boolean, default: false, "whether this node takes part in failover"),
            .restart(
                "failover.mode", .oneOf(FailoverSettings.Mode.allCases.map(\.rawValue)), default: "split",
                "`split`: two hosts, each with channels of its own; `local`: a rescue profile beside the one it watches"
            ),
            .restart(
                "failover.role", .oneOf(FailoverSettings.Role.allCases.map(\.rawValue)), default: "standby",
                "what this node is while all is well"),
            .restart(
                "failover.priority", .integer(FailoverSettings.priorities),
                "0 is the primary, lower acts first; 1 for a standby"),
            .restart("failover.peers[].url", .text(.socketURL), "another node of the pair or group"),
            .restart("failover.peers[].token", .secret, "what the nodes prove themselves to each other with"),
            .restart(
                "failover.peers[].priority", .integer(FailoverSettings.priorities),
                "its priority; its place in the list"
            ),
            .restart(
                "failover.witnesses", .list(.text(.notEmpty)), default: ["gateway", "dns"],
                "who tells this node that it is not itself cut off: `gateway`, `dns`, `tcp:host:port`, or a URL"),
            .restart("failover.channels", .list(.text(.notEmpty)), "the channels that the standby serves when it acts"),
            .restart("failover.cron", .boolean, default: false, "whether jobs at set times run on an acting standby"),
            .restart("failover.alert.channel", .text(.notEmpty), "the channel on which the owner is told"),
            .restart("failover.alert.to", .text(.notEmpty), "who that is there, as `user:…`"),
            .restart("failover.alert.webhook", .text(.webURL), sensitive: true, "a URL that is told as well"),
            .restart(
                "failover.push.intervalMs", .integer(1000...86_400_000), default: 300_000, unit: "ms",
                "how often the primary pushes its workspace, and the standby pulls it"),
            .restart(
                "failover.proof.intervalMs", .integer(0...86_400_000), default: 3_600_000, unit: "ms",
                "how often a standby proves that its model and its bots' tokens work; 0: never"),
            .restart("failover.hooks.prePromote", .text(.path), "a program that is run before the standby acts"),
            .restart(
                "rescue.watch", .text(.notEmpty),
                "the profile on this host that this one watches and its owner may look into from here; short for `failover` with "
                    + "`mode: \"local\"`"),
        ] + checks + steps)

    private static let checks: [SettingKey] = [
        .restart(
            "failover.check.intervalMs", .integer(FailoverSettings.Check.intervals), default: 10_000, unit: "ms",
            "from one probe to the next; CHECK_INTERVAL, in seconds, when it is not set"),
        .restart(
            "failover.check.suspectIntervalMs", .integer(FailoverSettings.Check.intervals), default: 1000, unit: "ms",
            "the same after a failed one"),
        .restart(
            "failover.check.timeoutMs", .integer(50...60_000), default: 1500, unit: "ms", "how long a probe may take"),
        .restart(
            "failover.check.failThreshold", .integer(FailoverSettings.Check.thresholds), default: 3,
            "failed probes in a row before a node is taken for down; FAIL_THRESHOLD when it is not set"),
        .restart(
            "failover.check.minSuspectMs", .integer(0...600_000), unit: "ms",
            "how long ago the first of them must be; 3000, and 8000 for a node that is not ours"),
        .restart(
            "failover.check.recoverThreshold", .integer(FailoverSettings.Check.thresholds), default: 5,
            "good probes in a row before the standby steps back"),
    ]

    private static let steps: [SettingKey] = [
        .restart("failover.promote.gitPull", .boolean, default: true, "pull the workspace before acting"),
        .restart(
            "failover.promote.secretsHost", .text(.notEmpty),
            "where secrets are fetched from before acting; SECRETS_HOST when it is not set"),
        .restart(
            "failover.promote.warm", .boolean, default: true,
            "the standby's gateway runs with its channels held; else its unit is started"),
        .restart("failover.promote.unit", .text(.notEmpty), default: "openclaw.service", "that unit"),
        .restart(
            "failover.promote.deadlineMs", .integer(1000...600_000), default: 20_000, unit: "ms",
            "how long all steps of a promotion may take together"),
        .restart(
            "failover.demote.failback", .oneOf(FailoverSettings.Failback.allCases.map(\.rawValue)), default: "auto",
            "whether the standby steps back by itself when the primary is well"),
        .restart(
            "failover.demote.minActiveMs", .integer(0...86_400_000), default: 60_000, unit: "ms",
            "how long it acts at least"),
        .restart(
            "failover.demote.drainMs", .integer(0...600_000), default: 15_000, unit: "ms",
            "how long running turns may take to end; a gateway that its monitor stops gives them 6 s"),
        .restart(
            "failover.flap.windowMs", .integer(60_000...86_400_000), default: 1_800_000, unit: "ms",
            "the time in which switches count as one unrest; the third pauses failover"),
        .restart(
            "failover.flap.holdDownMs", .integer(0...86_400_000), default: 60_000, unit: "ms",
            "the wait before the next switch, doubled by each"),
    ]
}
