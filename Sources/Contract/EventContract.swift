/// An event of the protocol as data: who hears it, and whether it may be left out for a client that does not keep up
/// (protocol.md sections 1 and 4).
package struct EventContract: Sendable {
    /// Who hears a broadcast.
    package enum Audience: Sendable, Equatable {
        case everyone
        case scope(Scope)
        /// Never broadcast: sent to one connection.
        case addressed
    }

    package let name: String
    package let audience: Audience
    package let isDroppable: Bool
    /// Whether nodes hear it as well.
    package let reachesNodes: Bool

    init(_ name: String, _ audience: Audience, isDroppable: Bool = false, reachesNodes: Bool = false) {
        self.name = name
        self.audience = audience
        self.isDroppable = isDroppable
        self.reachesNodes = reachesNodes
    }

    package static let challenge = EventContract("connect.challenge", .addressed)
    package static let agent = EventContract("agent", .scope(.read))
    /// Deltas may be dropped; what ends a run may not.
    package static let chat = EventContract("chat", .scope(.read))
    package static let chatDelta = EventContract("chat", .scope(.read), isDroppable: true)
    package static let presence = EventContract("presence", .everyone, isDroppable: true)
    package static let tick = EventContract("tick", .everyone, isDroppable: true, reachesNodes: true)
    package static let talkMode = EventContract("talk.mode", .scope(.write))
    package static let shutdown = EventContract("shutdown", .everyone, reachesNodes: true)
    package static let health = EventContract("health", .everyone)
    package static let heartbeat = EventContract("heartbeat", .everyone)
    package static let cron = EventContract("cron", .scope(.read), isDroppable: true)
    package static let nodePairRequested = EventContract("node.pair.requested", .scope(.pairing), isDroppable: true)
    package static let nodePairResolved = EventContract("node.pair.resolved", .scope(.pairing), isDroppable: true)
    package static let nodeInvokeRequest = EventContract("node.invoke.request", .addressed)
    package static let devicePairRequested = EventContract(
        "device.pair.requested", .scope(.pairing), isDroppable: true)
    package static let devicePairResolved = EventContract("device.pair.resolved", .scope(.pairing), isDroppable: true)
    package static let voicewakeChanged = EventContract("voicewake.changed", .scope(.read), reachesNodes: true)
    package static let execApprovalRequested = EventContract(
        "exec.approval.requested", .scope(.approvals), isDroppable: true)
    package static let execApprovalResolved = EventContract(
        "exec.approval.resolved", .scope(.approvals), isDroppable: true)
    package static let sessionMessage = EventContract("session.message", .addressed, isDroppable: true)
    package static let sessionTool = EventContract("session.tool", .addressed, isDroppable: true)
    package static let sessionOperation = EventContract("session.operation", .addressed, isDroppable: true)
    package static let sessionsChanged = EventContract("sessions.changed", .scope(.read), isDroppable: true)
    package static let updateAvailable = EventContract("update.available", .everyone)
    /// Not in protocol.md: what `failover.status` tells has changed.
    package static let failover = EventContract("failover", .scope(.read))
    package static let configChanged = EventContract("config.changed", .scope(.read))

    /// Advertised in `hello-ok.features.events`.
    package static let all: [EventContract] = [
        challenge, agent, chat, presence, tick, talkMode, shutdown, health, heartbeat, cron, nodePairRequested,
        nodePairResolved, nodeInvokeRequest, devicePairRequested, devicePairResolved, voicewakeChanged,
        execApprovalRequested, execApprovalResolved, sessionMessage, sessionTool, sessionOperation, sessionsChanged,
        updateAvailable, configChanged, failover,
    ]
}
