package import Platform

/// What a node writes down, so that it goes on where it was. Ages instead of moments: after a restart of the machine its
/// clock begins anew. What time passed while nothing ran is not counted, which errs on the quiet side.
package struct FailoverMemory: Equatable, Sendable {
    struct Peer: Equatable, Sendable {
        let name: String
        let isOurs: Bool?
        let owns: [String]
    }

    enum Standing: Equatable, Sendable {
        case watching
        case active(isSticky: Bool)
        case draining(pausesAfter: Bool)
        case paused(Pause.Cause, left: Milliseconds?)
    }

    var standing: Standing
    package var epoch: UInt64
    /// How long ago this node took over, the last first.
    var switches: [Milliseconds]
    var steppedBack: Milliseconds?
    var peers: [Peer]
    package var history: [FailoverTransition]

    /// Whether this node acts, or may do so by now.
    package var isActing: Bool { if case .active = standing { true } else { false } }

    private static let version = 1

    package var json: JSON {
        var state: JSON = [:]
        switch standing {
        case .watching: state["is"] = "watching"
        case .active(let isSticky): state = ["is": "active", "stays": .bool(isSticky)]
        case .draining(let pausesAfter): state = ["is": "draining", "pauses": .bool(pausesAfter)]
        case .paused(let cause, let left):
            state = ["is": "paused", "cause": .string(cause.rawValue)]
            state["leftMs"] = left.map(JSON.int)
        }
        var json: JSON = [
            "version": JSON(Self.version), "state": state, "epoch": JSON(epoch),
            "switches": .array(switches.map(JSON.int)), "history": .array(history.map(\.json)),
            "peers": .array(peers.map(Self.json)),
        ]
        json["steppedBack"] = steppedBack.map(JSON.int)
        return json
    }

    private static func json(_ peer: Peer) -> JSON {
        var json: JSON = ["name": .string(peer.name), "owns": .array(peer.owns.map(JSON.string))]
        json["ours"] = peer.isOurs.map(JSON.bool)
        return json
    }

    /// Nil for what another version wrote, or what is no memory at all.
    package init?(_ json: JSON) {
        guard json["version"]?.int == Self.version, let epoch = json["epoch"]?.uint64,
            let standing = json["state"].flatMap(Self.standing)
        else { return nil }
        self.standing = standing
        self.epoch = epoch
        switches = (json["switches"]?.array ?? []).compactMap { $0.int.map(Int64.init) }
        steppedBack = json["steppedBack"]?.int.map(Int64.init)
        history = (json["history"]?.array ?? []).suffix(FailoverMachine.historyLimit).compactMap(
            FailoverTransition.init)
        peers = (json["peers"]?.array ?? []).compactMap { json in
            json["name"]?.string.map { name in
                Peer(name: name, isOurs: json["ours"]?.bool, owns: (json["owns"]?.array ?? []).compactMap(\.string))
            }
        }
    }

    private static func standing(_ json: JSON) -> Standing? {
        switch json["is"]?.string {
        case "watching": .watching
        case "active": .active(isSticky: json["stays"]?.bool ?? false)
        case "draining": .draining(pausesAfter: json["pauses"]?.bool ?? false)
        case "paused":
            json["cause"]?.string.flatMap(Pause.Cause.init).map {
                .paused($0, left: json["leftMs"]?.int.map(Int64.init))
            }
        default: nil
        }
    }

    init(
        standing: Standing, epoch: UInt64, switches: [Milliseconds], steppedBack: Milliseconds?, peers: [Peer],
        history: [FailoverTransition]
    ) {
        self.standing = standing
        self.epoch = epoch
        self.switches = switches
        self.steppedBack = steppedBack
        self.peers = peers
        self.history = history
    }
}

extension FailoverMachine {
    /// To be written down at each `persist`.
    package var memory: FailoverMemory {
        FailoverMemory(
            standing: standing, epoch: max(epoch, seenEpoch), switches: flaps.switches.reversed().map { now - $0 },
            steppedBack: flaps.steppedBack.map { now - $0 },
            peers: zip(rules.above, peers).map { FailoverMemory.Peer(name: $0.name, isOurs: $1.isOurs, owns: $1.owns) },
            history: history)
    }

    private var standing: FailoverMemory.Standing {
        switch state {
        case .watching, .suspect, .isolated, .blocked: .watching
        // It may be up already.
        case .promoting(let promotion):
            promotion.isReversible ? .watching : .active(isSticky: promotion.isAgainstOthers)
        case .active(let activity): .active(isSticky: activity.isSticky)
        case .draining(let draining): .draining(pausesAfter: draining.after == .paused)
        case .paused(let pause): .paused(pause.cause, left: pause.until.map { max(0, $0 - now) })
        }
    }

    mutating func restore(_ memory: FailoverMemory) {
        flaps = FlapHistory(
            switches: memory.switches.map { now - $0 }, steppedBack: memory.steppedBack.map { now - $0 })
        for peer in memory.peers {
            guard let position = rules.above.firstIndex(where: { $0.name == peer.name }) else { continue }
            peers[position].isOurs = peer.isOurs
            peers[position].owns = Array(peer.owns.prefix(Self.fingerprintLimit))
        }
        resume(restored(memory.standing), epoch: memory.epoch, history: memory.history)
    }

    /// What should be up is made sure of; what was on its way down goes on.
    private mutating func restored(_ standing: FailoverMemory.Standing) -> FailoverState {
        switch standing {
        case .watching: return state
        // A lease is asked for anew: this node does not know what became of its own.
        case .active where rules.needsLease:
            return .draining(
                Draining(running: start(.hold, by: now + FailoverRules.holdTime), reason: .restored, after: .watching))
        case .active(let isSticky):
            let running = start(.bringUp, by: now + rules.promoteDeadline)
            return .active(Activity(since: now, isSticky: isSticky, ensuring: running))
        case .draining(let pauses):
            return .draining(
                Draining(
                    running: start(.hold, by: now + FailoverRules.holdTime), reason: .restored,
                    after: pauses ? .paused : .watching))
        case .paused(let cause, let left):
            return .paused(Pause(cause: cause, until: left.map { now + $0 }, writtenAt: now))
        }
    }
}
