extension ReloadMatrix {
    /// Who watches whom is decided when a gateway starts.
    static let failover = """
        restart failover.enabled
        restart failover.mode
        restart failover.role
        restart failover.priority
        restart failover.peers[].url
        restart failover.peers[].token
        restart failover.peers[].priority
        restart failover.witnesses
        restart failover.channels
        restart failover.cron
        restart failover.alert.channel
        restart failover.alert.to
        restart failover.alert.webhook
        restart failover.push.intervalMs
        restart failover.proof.intervalMs
        restart failover.hooks.prePromote
        restart failover.check.intervalMs
        restart failover.check.suspectIntervalMs
        restart failover.check.timeoutMs
        restart failover.check.failThreshold
        restart failover.check.minSuspectMs
        restart failover.check.recoverThreshold
        restart failover.promote.gitPull
        restart failover.promote.secretsHost
        restart failover.promote.warm
        restart failover.promote.unit
        restart failover.promote.deadlineMs
        restart failover.demote.failback
        restart failover.demote.minActiveMs
        restart failover.demote.drainMs
        restart failover.flap.windowMs
        restart failover.flap.holdDownMs
        """
}
