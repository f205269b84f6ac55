/// Probing the nodes above, and what is made of it.
extension FailoverMachine {
    // MARK: Probes

    /// From start to start, and never two at once.
    mutating func startProbes() {
        for position in peers.indices where peers[position].open == nil && peers[position].nextProbe <= now {
            let number = number()
            peers[position].open = PeerWatch.OpenProbe(number: number, start: now)
            actions.append(.probe(peer: position, number: number, time: rules.probeTimeout))
        }
    }

    func probeDue(_ peer: PeerWatch) -> Milliseconds {
        peer.open.map { $0.start + rules.probeTimeout + FailoverRules.lostAfter } ?? peer.nextProbe
    }

    mutating func probed(_ position: Int, _ number: UInt32, _ result: ProbeResult) {
        guard peers.indices.contains(position) else { return }
        guard let open = peers[position].open, open.number == number else {
            if case .answered = result, peers[position].answeredLate(number) { reachable(position) }
            return
        }
        peers[position].open = nil
        if result == .failed(.timedOut) { peers[position].timedOut(open) }
        concluded(position, result, start: open.start)
    }

    /// Of what nothing was heard has timed out, whoever lost it.
    mutating func closeWhatIsLost() {
        closeLostProbes()
        closeLostQuestion()
    }

    private mutating func closeLostProbes() {
        for position in peers.indices {
            guard let open = peers[position].open, probeDue(peers[position]) <= now else { continue }
            peers[position].open = nil
            concluded(position, .failed(.timedOut), start: open.start)
        }
    }

    private mutating func concluded(_ position: Int, _ result: ProbeResult, start: Milliseconds) {
        let before = peers[position].lastFailure
        var answered = false
        switch result {
        case .answered(let facts):
            answered = peers[position].answered(facts, at: now, start: start, rules)
            if let epoch = facts.announcement?.epoch { seenEpoch = max(seenEpoch, epoch) }
        case .failed(let failure): peers[position].failed(failure, start: start)
        }
        if let failure = peers[position].lastFailure, failure.isForeign, failure != before {
            alert(.foreign(peer: rules.above[position].name, failure))
        }
        let isFailing = peers[position].isFailing
        let isHurried = isPromoting || isFailing && needsHaste && now < peers[position].downAt(rules)
        peers[position].nextProbe = start + (isHurried ? rules.suspectInterval : rules.interval)
        if isFailing {
            if peers[position].failures >= rules.failThreshold - 1 { askWitness() }
            confirm(position, start: start)
        } else if answered {
            reachable(position)
        }
    }

    /// Whether a failing node is to be looked at more often.
    private var needsHaste: Bool {
        switch state {
        case .watching, .suspect, .promoting: true
        case .active, .draining, .isolated, .paused, .blocked: false
        }
    }

    private var isPromoting: Bool {
        if case .promoting = state { true } else { false }
    }

    mutating func linked(_ position: Int, _ hint: LinkHint) {
        guard peers.indices.contains(position) else { return }
        peers[position].take(hint, at: now)
    }

    mutating func owned(_ position: Int, _ fingerprints: [String]) {
        guard peers.indices.contains(position) else { return }
        let owns = Array(fingerprints.prefix(Self.fingerprintLimit))
        guard owns != peers[position].owns else { return }
        peers[position].owns = owns
        actions.append(.persist)
        giveUpSharedChannel()
    }

    /// Learnt of while it acts: no two may use one at a time.
    mutating func giveUpSharedChannel() {
        guard own != nil, let reason = channelInTheWay else { return }
        switch state {
        case .promoting(let promotion) where promotion.isReversible: break
        case .promoting, .active: leave(.refused(reason), after: .blocked(reason), draining: false)
        case .watching, .suspect, .draining, .isolated, .paused, .blocked: break
        }
    }

    /// A credential that a node above owns as well, or might.
    var channelInTheWay: BlockReason? {
        guard let own else { return peers.contains { !$0.owns.isEmpty } ? .ownershipUnknown : nil }
        return peers.firstIndex { !own.isDisjoint(with: $0.owns) }.map { .sharedChannel(peer: rules.above[$0].name) }
    }

    /// Of one node's channel credentials.
    static let fingerprintLimit = 64

    // MARK: Witness

    mutating func askWitness() {
        guard rules.needsWitness, witness.asked == nil, witness.standing(at: now) != true,
            now >= witness.nextQuestion
        else { return }
        let number = number()
        witness.ask(number, at: now)
        actions.append(.askWitnesses(number: number, time: FailoverRules.witnessTimeout))
    }

    mutating func witnessed(_ number: UInt32, _ isGood: Bool) {
        guard witness.answered(number, isGood, at: now), isGood, case .isolated = state else { return }
        // What was seen while this node was cut off says nothing of the others.
        for position in peers.indices { peers[position].forget(at: now) }
        enter(.watching, .witnessAnswers)
    }

    private mutating func closeLostQuestion() {
        if let asked = witness.asked, witness.deadline <= now { witnessed(asked.number, false) }
    }

    // MARK: Judgement

    /// Whether all above are out of the way; nil when one of them does its part.
    func areOutOfTheWay() -> Bool? {
        var all = true
        for peer in peers {
            switch peer.verdict(rules, at: now) {
            case .acts: return nil
            case .unsure: all = false
            case .down, .standsAside: break
            }
        }
        return all
    }

    mutating func judge() {
        guard let allOut = areOutOfTheWay() else {
            passSwitchover()
            if state != .watching { enter(.watching, .well(peer: acting())) }
            return
        }
        passSwitchover()
        guard allOut else {
            if state == .watching, let failing = peers.indices.first(where: { peers[$0].isFailing }) {
                enter(.suspect, .probeFailed(peer: rules.above[failing].name, peers[failing].lastFailure ?? .timedOut))
            }
            if state == .isolated { askWitness() }
            return
        }
        if let retryAfter, now < retryAfter { return }
        retryAfter = nil
        if let held = flaps.heldUntil(rules, at: now), now < held { return }
        if rules.needsWitness {
            switch witness.standing(at: now) {
            case true?: break
            case false?:
                if state != .isolated {
                    enter(.isolated, .noWitness)
                    alert(.isolated)
                }
                return askWitness()
            case nil: return askWitness()
            }
        }
        promote(.takeOver(whyNow()))
    }

    func judgeDue() -> Milliseconds {
        var due = min(witness.deadline, switchover ?? .max)
        for peer in peers where peer.isFailing {
            let down = peer.downAt(rules)
            if down > now { due = min(due, down) }
        }
        guard areOutOfTheWay() == true else {
            return state == .isolated ? min(due, max(now + 1, witness.nextQuestion)) : due
        }
        if let retryAfter, retryAfter > now { return min(due, retryAfter) }
        if let held = flaps.heldUntil(rules, at: now), held > now { return min(due, held) }
        // Whatever is missing, the witness has it.
        return min(due, max(now + 1, witness.nextQuestion))
    }

    /// The first node above that does its part.
    func acting() -> String {
        let position = peers.indices.first { peers[$0].verdict(rules, at: now) == .acts }
        return position.map { rules.above[$0].name } ?? ""
    }

    private func whyNow() -> FailoverReason {
        guard let first = rules.above.first else { return .started }
        guard let failure = peers[0].lastFailure else { return .standsAside(peer: first.name) }
        return .down(peer: first.name, failure)
    }

    /// A planned switch goes on when the node above has made way, and ends when it does not.
    private mutating func passSwitchover() {
        guard let until = switchover else { return }
        if peers[0].verdict(rules, at: now) == .standsAside {
            switchover = nil
            promote(.ordered)
        } else if now >= until {
            switchover = nil
            alert(.wouldNotStandAside(peer: rules.above[0].name))
        }
    }
}
