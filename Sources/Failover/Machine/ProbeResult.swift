/// What a probe found, layer by layer: connection, `/healthz`, identity, readiness.
package enum ProbeResult: Equatable, Sendable {
    case answered(PeerFacts)
    case failed(ProbeFailure)
}

/// Where a probe ended.
package enum ProbeFailure: UInt8, Sendable {
    /// Nobody listens there. It counts at once.
    case refused
    /// Connected, and the connection was closed before an answer.
    case closed
    /// No answer within the probe's time.
    case timedOut
    /// It answers, and not as a gateway that lives.
    case unhealthy
    /// Somebody else answers on that address.
    case stranger
    /// One of ours, of another pair.
    case wrongCluster
    /// This node itself.
    case myself
    /// It starts again and again.
    case crashLoop

    /// The host is there and the process is not: a restart looks like this.
    var isRefusal: Bool { self == .refused || self == .closed }
    /// Somebody answers who is not the one that was asked for.
    var isForeign: Bool { self == .stranger || self == .wrongCluster }

    package var text: String {
        switch self {
        case .refused: "refuses connections"
        case .closed: "closes connections"
        case .timedOut: "does not answer"
        case .unhealthy: "answers that it does not live"
        case .stranger: "is not the one who answers there"
        case .wrongCluster: "belongs to another pair"
        case .myself: "has this node's own address"
        case .crashLoop: "starts again and again"
        }
    }
}

/// A node that answered.
package struct PeerFacts: Equatable, Sendable {
    /// Which start of it this is; nil where it does not say.
    package var boot: UInt64?
    package var uptime: Milliseconds?
    /// Its channels receive and its models answer. One that is not ready lives: it repairs that itself.
    package var isReady = true
    /// What it says of its part in failover; nil for a node that is not ours.
    package var announcement: PeerAnnouncement?

    package init(boot: UInt64? = nil, uptime: Milliseconds? = nil, announcement: PeerAnnouncement? = nil) {
        self.boot = boot
        self.uptime = uptime
        self.announcement = announcement
    }
}

/// What a node of ours says of itself.
package struct PeerAnnouncement: Equatable, Sendable {
    package enum Role: String, Sendable { case primary, standby, active, draining }

    package enum Phase: Equatable, Sendable {
        case running
        /// The number rises with what is done.
        case starting(progress: Int)
        case draining
    }

    package var role: Role
    package var phase: Phase
    /// Isolated, blocked or paused nodes say that they will not.
    package var willAct: Bool
    package var epoch: UInt64
    package var priority: Int
    package var major: Int

    package init(role: Role, phase: Phase, willAct: Bool, epoch: UInt64, priority: Int, major: Int) {
        self.role = role
        self.phase = phase
        self.willAct = willAct
        self.epoch = epoch
        self.priority = priority
        self.major = major
    }
}
