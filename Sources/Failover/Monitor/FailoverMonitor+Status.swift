package import Platform

/// What this node knows of itself and the others, for people and programs that look.
extension FailoverMonitor {
    package var status: JSON {
        let announcement = machine.announcement
        var json: JSON = [
            "role": .string(announcement.role.rawValue), "state": .string(machine.word.rawValue),
            "ready": .bool(machine.isReady), "willAct": .bool(announcement.willAct),
            "epoch": JSON(announcement.epoch), "priority": JSON(announcement.priority),
            "switches": JSON(switches), "acts": .bool(machine.memory.isActing),
        ]
        if let last = machine.history.last {
            json["lastChangeAtMs"] = .int(last.wall)
            json["reason"] = .string(last.reason)
        }
        switch machine.state {
        case .paused(let pause):
            json["paused"] = ["cause": .string(pause.cause.rawValue)]
            if let until = pause.until { json["paused"]?["untilMs"] = .int(wall(at: until)) }
        case .blocked(let block):
            json["blocked"] = .string(block.reason.text)
            if block.retryAt != .max { json["nextTryAtMs"] = .int(wall(at: block.retryAt)) }
        case .watching, .suspect, .promoting, .active, .draining, .isolated: break
        }
        if !machine.rules.isPrimary { json["steps"] = .array(machine.rules.steps.map { .string($0.word) }) }
        let peers = machine.rules.above.indices.map { peer($0) }
        if let first = peers.first { json["primary"] = first }
        if peers.count > 1 { json["peers"] = .array(peers) }
        return json
    }

    /// Neither acting nor on the way to it or from it, and not cut off.
    package var isStandingBy: Bool { [.watching, .paused, .blocked].contains(machine.word) }

    /// How often this node came to act, as far as that is kept.
    package var switches: Int { machine.history.count { $0.to == .active } }

    /// The age of the last probe of each node above.
    package var probeAges: [(place: Int, age: Duration)] {
        machine.rules.above.indices.compactMap { place in seen[place].map { (place, clock.now - $0.at) } }
    }

    /// Failed probes in a row of each node above.
    package var failures: [Int] { machine.peers.map(\.failures) }

    /// One line for each node above.
    package var peerLines: [String] {
        machine.rules.above.indices.map { position in
            let peer = peer(position)
            let problem = peer["problem"]?.string.map { ": it \($0)" } ?? ""
            return "\(machine.rules.above[position].name): \(peer["standing"]?.string ?? "")\(problem)."
        }
    }

    /// The changes, the last first.
    package func history(limit: Int) -> JSON {
        .array(
            machine.history.suffix(limit).reversed().map { entry in
                [
                    "ts": .int(entry.wall), "from": .string(entry.from.rawValue), "to": .string(entry.to.rawValue),
                    "epoch": JSON(entry.epoch), "reason": .string(entry.reason),
                    "message": .string("\(entry.from.rawValue) → \(entry.to.rawValue): \(entry.reason)"),
                ]
            })
    }

    private func peer(_ position: Int) -> JSON {
        let (rules, watch) = (machine.rules, machine.peers[position])
        let verdict = watch.verdict(rules, at: Self.time(sinceBoot(), clock.wall).now)
        let word =
            switch verdict {
            case .acts: "well"
            case .standsAside: "stands aside"
            case .down: "down"
            case .unsure: watch.isFailing ? "failing" : "not known yet"
            }
        var json: JSON = [
            "name": .string(rules.above[position].name), "standing": .string(word),
            "failures": JSON(watch.failures), "successes": JSON(watch.successes),
        ]
        json["ours"] = watch.isOurs.map(JSON.bool)
        json["problem"] = watch.lastFailure.map { .string($0.text) }
        guard let seen = seen[position] else { return json }
        let age = (clock.now - seen.at).inNanoseconds / 1_000_000
        json["lastProbeAtMs"] = .int(clock.wall.milliseconds - age)
        if let statement = seen.statement {
            json["role"] = .string(statement.announcement.role.rawValue)
            json["version"] = .string(statement.version)
        }
        return json
    }

    private func wall(at moment: Milliseconds) -> Milliseconds {
        clock.wall.milliseconds + moment - Self.time(sinceBoot(), clock.wall).now
    }
}
