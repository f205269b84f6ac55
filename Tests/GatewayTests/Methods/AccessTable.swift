import Contract

/// Who may call what, typed from protocol.md section 4 with both generations' columns. Where they differ the later one
/// counts. A method or event without a row here fails.
enum AccessTable {
    static let read = [
        "health", "logs.tail", "channels.status", "status", "usage.status", "usage.cost", "tts.status",
        "tts.providers", "models.list", "agents.list", "agent.identity.get", "skills.status", "voicewake.get",
        "sessions.list", "sessions.preview", "cron.list", "cron.status", "cron.runs", "cron.get", "system-presence",
        "last-heartbeat", "node.list", "node.describe", "chat.history", "config.get", "config.schema.lookup",
        "diagnostics.stability", "talk.catalog", "talk.config", "commands.list", "tools.catalog", "tools.effective",
        "sessions.subscribe", "sessions.unsubscribe", "sessions.messages.subscribe",
        "sessions.messages.unsubscribe", "sessions.describe", "sessions.get", "sessions.resolve",
        "sessions.usage", "sessions.usage.timeseries", "sessions.usage.logs",
        "gateway.identity.get", "gateway.restart.preflight", "system.info", "chat.startup", "chat.metadata",
        "agents.files.list", "agents.files.get", "channels.deadLetters.list", "channels.resolve", "directory.self",
        "directory.peers.list", "directory.groups.list", "directory.groups.members", "canvas.open",
        "failover.status", "failover.history",
    ]
    static let write = [
        "sessions.patch",
        "wake", "talk.mode", "voicewake.set", "node.invoke", "node.pending.enqueue", "chat.send", "chat.abort", "agent",
        "agent.wait", "tools.invoke", "sessions.create", "sessions.send", "sessions.steer", "sessions.abort", "send",
        "poll", "message.action",
    ]
    static let pairing = [
        "node.pair.request", "node.pair.list", "node.pair.approve", "node.pair.reject", "node.pair.verify",
        "device.pair.list", "device.pair.approve", "device.pair.reject", "device.token.rotate",
        "device.token.revoke", "node.rename", "node.pair.remove", "device.pair.remove", "device.pair.rename",
        "channels.pairing.list", "channels.pairing.approve", "channels.pairing.reject",
    ]
    static let approvals = [
        "exec.approval.request", "exec.approval.resolve", "exec.approval.get", "exec.approval.list",
        "exec.approval.waitDecision",
    ]
    static let admin = [
        "cron.add", "cron.update", "cron.remove", "cron.run", "sessions.reset", "sessions.delete", "sessions.compact",
        "sessions.cleanup",
        "config.schema", "config.validate", "config.set", "config.patch", "config.apply", "wizard.start", "wizard.next",
        "wizard.cancel", "wizard.status", "update.run", "update.status", "gateway.restart.request", "set-heartbeats",
        "system-event",
        "exec.approvals.get", "exec.approvals.set", "exec.approvals.node.get", "exec.approvals.node.set",
        "secrets.reload", "device.pair.setupCode", "device.pair.dashboardCode", "chat.inject", "agents.create",
        "agents.update", "agents.delete",
        "agents.files.set", "skills.update", "channels.start", "channels.stop", "channels.deadLetters.resubmit",
        "channels.logout",
        "failover.promote", "failover.demote", "failover.switchover", "failover.pause", "failover.resume",
        "failover.drill",
    ]
    static let node = [
        "node.invoke.result", "node.event", "node.pluginSurface.refresh", "skills.bins", "node.pending.pull",
        "node.pending.ack",
        "node.pending.drain",
    ]

    static func access(_ method: String) -> MethodContract.Access? {
        if read.contains(method) { return .scope(.read) }
        if write.contains(method) { return .scope(.write) }
        if pairing.contains(method) { return .scope(.pairing) }
        if approvals.contains(method) { return .scope(.approvals) }
        if admin.contains(method) { return .scope(.admin) }
        return node.contains(method) ? .node : nil
    }

    /// Section 4, event scopes; sections 1 and 7 say which go to one connection alone.
    static func audience(_ event: String) -> EventContract.Audience? {
        switch event {
        case "tick", "health", "presence", "heartbeat", "shutdown", "update.available": .everyone
        case "agent", "chat", "cron", "voicewake.changed", "sessions.changed", "config.changed", "skills.changed",
            "failover":
            .scope(.read)
        case "exec.approval.requested", "exec.approval.resolved": .scope(.approvals)
        case "device.pair.requested", "device.pair.resolved", "node.pair.requested", "node.pair.resolved":
            .scope(.pairing)
        case "talk.mode": .scope(.write)
        case "connect.challenge", "node.invoke.request", "session.message", "session.tool", "session.operation":
            .addressed
        default: nil
        }
    }

    /// Section 1, droppable events.
    static let droppable: Set<String> = [
        "tick", "presence", "cron", "node.pair.requested", "node.pair.resolved", "device.pair.requested",
        "device.pair.resolved", "exec.approval.requested", "exec.approval.resolved", "session.message",
        "session.tool", "session.operation", "sessions.changed",
    ]
    static let neverDropped: Set<String> = ["agent", "chat", "health", "shutdown"]

    /// Section 5: callable, and not in the features list.
    static let unadvertised: Set<String> = [
        "sessions.get", "sessions.resolve", "device.pair.setupCode", "sessions.steer", "chat.inject",
        "sessions.usage", "sessions.usage.timeseries", "sessions.usage.logs", "poll",
    ]
}
