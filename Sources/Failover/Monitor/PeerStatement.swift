package import Platform

/// What a node of ours says of itself to one that has proven to be of the same pair.
package struct PeerStatement: Equatable, Sendable {
    /// Its lasting name; nil while it starts.
    package var node: String?
    package var boot: UInt64
    package var uptime: Milliseconds
    package var isReady: Bool
    package var version: String
    package var announcement: PeerAnnouncement
    /// Fingerprints of its channel credentials.
    package var owns: [String]
    /// Why it does not do what it was asked for.
    package var refusal: String?

    package init(
        node: String?, boot: UInt64, uptime: Milliseconds, isReady: Bool, version: String,
        announcement: PeerAnnouncement, owns: [String] = []
    ) {
        self.node = node
        self.boot = boot
        self.uptime = uptime
        self.isReady = isReady
        self.version = version
        self.announcement = announcement
        self.owns = owns
    }

    var facts: PeerFacts {
        var facts = PeerFacts(boot: boot, uptime: uptime, announcement: announcement)
        facts.isReady = isReady
        return facts
    }

    package var json: JSON {
        var json: JSON = [
            "boot": JSON(boot), "uptimeMs": .int(uptime), "ready": .bool(isReady), "version": .string(version),
            "role": .string(announcement.role.rawValue), "willAct": .bool(announcement.willAct),
            "epoch": JSON(announcement.epoch), "priority": JSON(announcement.priority),
            "major": JSON(announcement.major), "owns": .array(owns.map(JSON.string)),
        ]
        json["node"] = node.map(JSON.string)
        json["refusal"] = refusal.map(JSON.string)
        switch announcement.phase {
        case .running: json["phase"] = "running"
        case .draining: json["phase"] = "draining"
        case .starting(let progress):
            json["phase"] = "starting"
            json["progress"] = JSON(progress)
        }
        return json
    }

    /// Nil for what is none.
    init?(_ json: JSON) {
        guard let boot = json["boot"]?.uint64, let uptime = json["uptimeMs"]?.int, let ready = json["ready"]?.bool,
            let version = json["version"]?.string,
            let role = json["role"]?.string.flatMap(PeerAnnouncement.Role.init), let acts = json["willAct"]?.bool,
            let epoch = json["epoch"]?.uint64, let priority = json["priority"]?.int, let major = json["major"]?.int
        else { return nil }
        let phase: PeerAnnouncement.Phase
        switch json["phase"]?.string {
        case "running": phase = .running
        case "draining": phase = .draining
        case "starting": phase = .starting(progress: json["progress"]?.int ?? 0)
        default: return nil
        }
        self.init(
            node: json["node"]?.string, boot: boot, uptime: Milliseconds(uptime), isReady: ready, version: version,
            announcement: PeerAnnouncement(
                role: role, phase: phase, willAct: acts, epoch: epoch, priority: priority, major: major),
            owns: (json["owns"]?.array ?? []).compactMap(\.string))
        refusal = json["refusal"]?.string
    }
}

/// What a node tells those that hold a connection to it.
package enum LinkWord: Equatable, Sendable {
    case hint(LinkHint)
    /// Nothing new: the connection is alive.
    case alive

    var json: JSON {
        switch self {
        case .alive: ["word": "alive"]
        case .hint(.opened): ["word": "opened"]
        case .hint(.closed): ["word": "closed"]
        case .hint(.draining): ["word": "draining"]
        case .hint(.starting(let progress)): ["word": "starting", "progress": JSON(progress)]
        case .hint(.shutdown(let expected)):
            ["word": "shutdown", "restartExpectedMs": expected.map(JSON.int) ?? .null]
        }
    }

    init?(_ json: JSON) {
        switch json["word"]?.string {
        case "alive": self = .alive
        case "opened": self = .hint(.opened)
        case "closed": self = .hint(.closed)
        case "draining": self = .hint(.draining)
        case "starting": self = .hint(.starting(progress: json["progress"]?.int ?? 0))
        case "shutdown":
            self = .hint(.shutdown(restartExpected: json["restartExpectedMs"]?.int.map(Milliseconds.init)))
        default: return nil
        }
    }
}
