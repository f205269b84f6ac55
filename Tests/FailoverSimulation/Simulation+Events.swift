import Failover

/// What comes out of the queue.
extension Simulation {
    mutating func handle(_ event: Event) {
        let index = Int(event.node)
        switch event.kind {
        case .request: return asked(event)
        case .lease: return deskAsked(event)
        case .fault: return befall(Int(event.value))
        case .faultEnd: return pass(scenario.faults[Int(event.value)])
        case .start: return startAgain(event)
        case .resume: return resume(index)
        case .starting: return isChanged = true
        case .alarm: return checkAlarm(event)
        case .answer, .refusal, .deadline, .witness, .step, .link, .owned, .command, .leaseAnswer: break
        }
        // All others are for the process, which finds them when it runs again.
        if nodes[index].isSuspended(at: now) {
            var event = event
            event.time = nodes[index].suspendedUntil
            return queue.push(event)
        }
        if event.kind == .command { return commanded(event) }
        guard nodes[index].isRunning, event.boot == nodes[index].boot else { return }
        switch event.kind {
        case .answer: answered(event)
        case .refusal: concluded(event, .failed(.refused))
        case .deadline: concluded(event, .failed(.timedOut))
        case .witness: witnessed(event)
        case .step: stepEnded(event)
        case .link: tell(index, .link(peer: Int(event.peer), hint(event)))
        case .owned: owned(event)
        case .leaseAnswer: deskAnswered(event)
        default: break
        }
    }

    // MARK: Probes

    /// A probe has come to its node.
    private mutating func asked(_ event: Event) {
        let index = Int(event.node)
        let asker = Int(event.peer)
        guard !nodes[index].isGone else { return }
        if nodes[index].isSuspended(at: now), nodes[index].isRunning {
            var event = event
            event.time = nodes[index].suspendedUntil
            return queue.push(event)
        }
        // Whoever asked has hung up: a host that runs on after a long stop does not answer all that came meanwhile.
        guard isHeard(event.value, asker) else { return }
        guard network.isOpen(index, asker), let travel = network.travel(&chance) else { return }
        var reply = Event(
            time: now + travel, kind: .refusal, node: UInt8(asker), peer: UInt8(index), boot: event.boot,
            number: event.number)
        guard nodes[index].isRunning else { return queue.push(reply) }
        nextAnswer = (nextAnswer + 1) % answers.count
        answers[nextAnswer] = Answer(facts: facts(of: index), start: event.value)
        reply = Event(
            time: reply.time, kind: .answer, node: reply.node, peer: reply.peer, boot: reply.boot,
            number: reply.number, value: Int64(nextAnswer))
        queue.push(reply)
        if chance.happens(network.weather.twice) {
            reply.time += chance.between(0...3000)
            queue.push(reply)
        }
    }

    private mutating func facts(of index: Int) -> PeerFacts {
        guard nodes[index].hasMachine else { return PeerFacts() }
        var announcement = nodes[index].announcement()
        if now < nodes[index].readyAt {
            announcement.phase = .starting(progress: Int((now - nodes[index].startedAt) / 1000))
        }
        return PeerFacts(
            boot: UInt64(nodes[index].boot), uptime: now - nodes[index].startedAt, announcement: announcement)
    }

    private mutating func answered(_ event: Event) {
        let index = Int(event.node)
        let peer = Int(event.peer)
        let answer = answers[Int(event.value)]
        let probe = nodes[index].probes[peer]
        if probe.number == event.number, probe.isOpen {
            nodes[index].evidence[peer].answered(answer.facts, at: nodes[index].clock.local(now))
            link(index, peer)
            return concluded(event, .answered(answer.facts))
        }
        guard isHeard(answer.start, index) else { return }
        nodes[index].evidence[peer].answeredLate(start: nodes[index].clock.local(answer.start))
        tell(index, .probed(peer: peer, number: event.number, .answered(answer.facts)))
    }

    /// Whether a node still listens for the answer to a probe that it began then.
    private func isHeard(_ start: Milliseconds, _ index: Int) -> Bool {
        now - start <= nodes[index].rules.probeTimeout + FailoverRules.lateAnswers
    }

    private mutating func concluded(_ event: Event, _ result: ProbeResult) {
        let index = Int(event.node)
        let peer = Int(event.peer)
        let probe = nodes[index].probes[peer]
        guard probe.number == event.number, probe.isOpen else { return }
        nodes[index].probes[peer].isOpen = false
        if case .failed(let failure) = result {
            nodes[index].evidence[peer].failed(failure, start: probe.local)
            nodes[peer].watchers &= ~(1 << UInt8(index))
            if alarms[Alarm.overlap(peer, index)].isSet { unset(Alarm.overlap(peer, index)) }
        }
        tell(index, .probed(peer: peer, number: event.number, result))
    }

    // MARK: Links

    /// The first answer opens a link, which tells what the other owns and when it closes.
    private mutating func link(_ index: Int, _ peer: Int) {
        let bit: UInt8 = 1 << UInt8(index)
        guard nodes[peer].hasMachine, nodes[peer].watchers & bit == 0 else { return }
        nodes[peer].watchers |= bit
        guard network.isOpen(peer, index), let travel = network.travel(&chance) else { return }
        queue.push(
            Event(
                time: now + travel, kind: .owned, node: UInt8(index), peer: UInt8(peer), boot: nodes[index].boot))
    }

    private mutating func owned(_ event: Event) {
        let index = Int(event.node)
        let peer = Int(event.peer)
        tell(index, .link(peer: peer, .opened))
        tell(index, .owned(peer: peer, nodes[peer].owns))
        // Unless it died before that was written down.
        if nodes[index].isRunning { nodes[index].told |= 1 << event.peer }
    }

    enum Hint: UInt8 { case closed, stopped, restarts, draining }

    private func hint(_ event: Event) -> LinkHint {
        switch Hint(rawValue: event.flag) {
        case .stopped: .shutdown(restartExpected: nil)
        case .restarts: .shutdown(restartExpected: event.value)
        case .draining: .draining
        case .closed, nil: .closed
        }
    }

    /// Tells all that hold a link to a node.
    mutating func tellWatchers(of index: Int, _ hint: Hint, _ value: Milliseconds = 0) {
        for watcher in nodes.indices where nodes[index].watchers & 1 << UInt8(watcher) != 0 {
            guard network.isOpen(index, watcher), let travel = network.travel(&chance) else { continue }
            queue.push(
                Event(
                    time: now + travel, kind: .link, node: UInt8(watcher), peer: UInt8(index), flag: hint.rawValue,
                    boot: nodes[watcher].boot, value: value))
        }
    }

    // MARK: Witness, lease, orders

    private mutating func witnessed(_ event: Event) {
        let isGood = event.flag == 1
        if !isGood { disturbed(Int(event.node)) }
        tell(Int(event.node), .witnesses(number: event.number, anyAnswered: isGood))
    }

    private mutating func deskAsked(_ event: Event) {
        let index = Int(event.node)
        let epoch: UInt64?
        switch Errand(rawValue: event.flag) {
        case .acquire: epoch = desk.acquire(index, at: now)
        case .renew: epoch = desk.renew(index, event.epoch, at: now)
        case .release, nil: return desk.release(index, event.epoch)
        }
        guard network.hasDesk(index), let travel = network.travel(&chance) else { return }
        queue.push(
            Event(
                time: now + travel, kind: .leaseAnswer, node: event.node, flag: epoch == nil ? 0 : 1, boot: event.boot,
                number: event.number, value: event.value + LeaseDesk.ownTerm, epoch: epoch ?? 0))
    }

    private mutating func deskAnswered(_ event: Event) {
        let answer: LeaseAnswer
        switch event.flag {
        case 0: answer = .held
        case 1: answer = .granted(epoch: event.epoch, end: event.value)
        default: answer = .unreachable
        }
        if event.flag != 1 { disturbed(Int(event.node)) }
        tell(Int(event.node), .lease(number: event.number, answer))
    }

    private mutating func commanded(_ event: Event) {
        let index = Int(event.node)
        let command = event.value == Event.standAside ? .demote : scenario.faults[Int(event.value)].command
        guard let command, nodes[index].isRunning, nodes[index].hasMachine else { return }
        disturbed(index)
        let isResumed = command == .resume && (nodes[index].word == .paused || nodes[index].word == .blocked)
        nodes[index].isResuming = isResumed
        tell(index, .command(command))
        nodes[index].isResuming = false
    }
}
