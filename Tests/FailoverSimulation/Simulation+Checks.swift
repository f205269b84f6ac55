import Failover

/// The promises, held against what is so after each step.
extension Simulation {
    // MARK: Each input

    /// Whether a node knows what of it may be up.
    mutating func checkState(_ index: Int) {
        guard nodes[index].hasMachine else { return }
        let word = nodes[index].machineWord
        if word != nodes[index].word {
            nodes[index].word = word
            isChanged = true
        }
        let isKnown: Bool =
            switch word {
            case .active: nodes[index].mayBeUp
            case .promoting, .draining: true
            case .watching, .suspect, .isolated, .paused, .blocked: !nodes[index].mayBeUp
            }
        if !isKnown { broke(.lostState(node: index, word)) }
        if nodes[index].machineEpoch < nodes[index].epoch { broke(.epochFell(node: index)) }
    }

    mutating func record(_ index: Int, _ transition: FailoverTransition) {
        isChanged = true
        switch (transition.from, transition.to) {
        case (_, .promoting): nodes[index].isOrdered = transition.reason == FailoverReason.ordered.text
        case (_, .active): nodes[index].activeSince = nodes[index].clock.local(now)
        case (.active, .draining): checkReturn(index, transition.reason)
        case (.promoting, .draining):
            nodes[index].didNotComeUp = transition.reason.hasPrefix(BlockReason.bringUp("").text)
        case (_, .paused):
            let isFlapping = transition.reason == FailoverReason.flapping.text
            if isFlapping, nodes[index].switches.count < Self.switchLimit { broke(.pausedForNothing(node: index)) }
        default: break
        }
    }

    private mutating func checkReturn(_ index: Int, _ reason: String) {
        let above = nodes[index].rules.above
        guard let peer = above.indices.first(where: { reason == FailoverReason.well(peer: above[$0].name).text })
        else { return }
        let time = nodes[index].clock.local(now) - nodes[index].activeSince
        let successes = nodes[index].evidence[peer].successes
        if time < Evidence.leastActive || successes < Evidence.leastSuccesses { broke(.gaveBackEarly(node: index)) }
    }

    /// The moment that counts: from here on a node's channels may be up.
    mutating func checkBringUp(_ index: Int, isWritten: Bool) {
        let epoch = nodes[index].machineEpoch
        // Making sure after a restart of what was up before is no new switch.
        guard nodes[index].machineWord == .promoting else {
            if epoch < nodes[index].epoch { broke(.epochFell(node: index)) }
            return
        }
        if !isWritten { broke(.notWrittenDown(node: index)) }
        let leastEpoch = scenario.needsLease ? max(lastLeaseEpoch, nodes[index].epoch) : nodes[index].epoch
        if epoch <= leastEpoch { broke(.epochFell(node: index)) }
        nodes[index].epoch = epoch
        lastLeaseEpoch = epoch
        if let (node, other) = scenario.sharing, node == index, nodes[index].told & 1 << UInt8(other) != 0 {
            broke(.sharedChannel(node: index, with: other))
        }
        if index > 0, !nodes[index].isOrdered { checkTakeover(index) }
        nodes[index].switches.append(now)
    }

    private mutating func checkTakeover(_ index: Int) {
        // A lease is asked for on the evidence, and decides by itself then.
        if !scenario.needsLease { checkEvidence(index) }
        let node = nodes[index]
        if node.cutOffSince != .max, now - node.cutOffSince > Self.cutOffBound { broke(.actedCutOff(node: index)) }
        let late = node.switches.count { now - $0 < Scenario.hour / 2 * 97 / 100 }
        if late >= Self.switchLimit { broke(.tooManySwitches(node: index)) }
    }

    mutating func checkEvidence(_ index: Int) {
        guard index > 0 else { return }
        let node = nodes[index]
        let local = node.clock.local(now)
        for peer in node.rules.above.indices {
            let isOurs = peer > 0 || !scenario.hasForeignPrimary
            if !node.evidence[peer].isEnough(at: local, isOurs: isOurs) { broke(.hasty(node: index, of: peer)) }
        }
    }

    /// The age of a witness's answer that is still believed, and the time that one may take.
    private static let cutOffBound: Milliseconds = 8000
    /// In half an hour.
    private static let switchLimit = 2

    mutating func checkHolders() {
        var holder: Int?
        for index in nodes.indices where nodes[index].hasMachine && !nodes[index].isSuspended(at: now) {
            guard nodes[index].mayAct(at: now) else { continue }
            if let holder { broke(.twoHolders(holder, index)) }
            holder = index
        }
    }

    // MARK: What may not last

    /// Begins to wait for whatever has become so, and no longer for what has not stayed so.
    mutating func watch() {
        isChanged = false
        for index in nodes.indices {
            let serves = nodes[index].isUp && !nodes[index].isSuspended(at: now) && !network.isCutOff(index)
            if serves == (nodes[index].lostSince == .max) { continue }
            nodes[index].lostSince = serves ? .max : now
            if serves { nodes[index].servesSince = now }
        }
        guard !isShell else { return }
        for index in 1..<nodes.count {
            for above in 0..<index {
                set(Alarm.overlap(above, index), doOverlap(above, index)) { $0.overlapBound(index) }
            }
            set(Alarm.uncovered(index), isUncovered(index)) { $0.uncoveredBound(index) }
        }
    }

    private mutating func set(_ id: Int, _ isSo: Bool, _ bound: (Simulation) -> Milliseconds) {
        if !isSo {
            if alarms[id].isSet { alarms[id].reset() }
        } else if !alarms[id].isSet {
            alarms[id].isSet = true
            queue.push(
                Event(
                    time: bound(self), kind: .alarm, node: UInt8(id), number: alarms[id].generation))
        }
    }

    mutating func unset(_ id: Int) {
        alarms[id].reset()
        isChanged = true
    }

    /// What was to happen by now could not: the waiting begins anew.
    mutating func disturbed(_ index: Int) {
        for other in nodes.indices {
            alarms[Alarm.overlap(other, index)].reset()
            alarms[Alarm.overlap(index, other)].reset()
        }
        alarms[Alarm.uncovered(index)].reset()
        isChanged = true
    }

    mutating func checkAlarm(_ event: Event) {
        let id = Int(event.node)
        guard alarms[id].isSet, alarms[id].generation == event.number else { return }
        let limit = Network.limit
        broke(id < limit * limit ? .overlap(id / limit, id % limit) : .uncovered(node: id - limit * limit))
    }

    private func doOverlap(_ above: Int, _ index: Int) -> Bool {
        guard nodes[above].isUp, nodes[index].isUp, nodes[above].answers(at: now), nodes[index].answers(at: now),
            now >= nodes[above].readyAt, nodes[index].rules.returnsByItself, !nodes[index].isOrdered,
            network.isOpenBothWays(above, index)
        else { return false }
        return !nodes[above].hasMachine || nodes[above].word == .active
    }

    /// A node counts no time in which it did not run, so that any of its switches may still count.
    private func overlapBound(_ index: Int) -> Milliseconds {
        let switches = nodes[index].switches.count
        return now + max(60_000, switches > 1 ? 60_000 << (min(Int64(switches), 8) - 1) : 0) + 60_000
    }

    private func isUncovered(_ index: Int) -> Bool {
        guard nodes[index].answers(at: now), network.hasWitness(index) else { return false }
        switch nodes[index].word {
        case .watching, .suspect, .isolated, .promoting: break
        // Tried again before long, unless it waits for people.
        case .blocked: if scenario.sharing?.0 == index { return false }
        case .active, .draining, .paused: return false
        }
        if scenario.needsLease, !network.hasDesk(index) { return false }
        return (0..<index).allSatisfy { above in
            !nodes[above].answers(at: now) || !network.isOpenBothWays(index, above)
        }
    }

    private func uncoveredBound(_ index: Int) -> Milliseconds {
        let switches = nodes[index].switches.count
        let patience = (0..<index).reduce(now) { max($0, nodes[$1].patienceUntil) }
        return patience + (switches > 0 ? 60_000 << (min(Int64(switches), 8) - 1) : 0) + 70_000
    }
}
