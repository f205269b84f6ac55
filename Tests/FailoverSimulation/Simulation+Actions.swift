import Failover

/// The driver's part: what a machine asks for is done, slowly or not at all.
extension Simulation {
    mutating func perform(_ index: Int, _ actions: [FailoverAction]) {
        var isWritten = false
        nodes[index].didNotComeUp = false
        for action in actions {
            if isTraced { trace(index, "-> \(action)") }
            switch action {
            case .probe(let peer, let number, let time): probe(index, peer, number, time)
            case .askWitnesses(let number, let time): askWitness(index, number, time)
            case .run(let step, let number, let time):
                if step == .bringUp { bringsUp(index, isWritten: isWritten) }
                run(index, step, number, time)
            case .acquireLease(let number):
                if !nodes[index].isOrdered { checkEvidence(index) }
                askDesk(index, number, .acquire, epoch: 0)
            case .renewLease(let epoch, let number): askDesk(index, number, .renew, epoch: epoch)
            case .releaseLease(let epoch): askDesk(index, 0, .release, epoch: epoch)
            case .askToStandAside(let peer): askToStandAside(index, peer)
            case .record(let transition): record(index, transition)
            case .persist:
                // Before it is written, or right after: nothing that follows is done.
                let isLast = chance.happens(scenario.diesWriting)
                if isLast, chance.happens(500) { return die(index) }
                nodes[index].memory = nodes[index].machine.memory
                isWritten = true
                forgetSwitches(index)
                if isLast {
                    if actions.contains(where: Self.isBringUp) { bringsUp(index, isWritten: true) }
                    return die(index)
                }
            case .alert, .answer: break
            }
        }
    }

    /// What counts no more; one that dies before that is written down knows nothing of it.
    private mutating func forgetSwitches(_ index: Int) {
        if nodes[index].isResuming { nodes[index].switches.removeAll(keepingCapacity: true) }
        if nodes[index].didNotComeUp { _ = nodes[index].switches.popLast() }
        nodes[index].didNotComeUp = false
    }

    private static func isBringUp(_ action: FailoverAction) -> Bool {
        if case .run(.bringUp, _, _) = action { true } else { false }
    }

    private mutating func bringsUp(_ index: Int, isWritten: Bool) {
        checkBringUp(index, isWritten: isWritten)
        nodes[index].mayBeUp = true
        isChanged = true
    }

    private mutating func die(_ index: Int) {
        trace(index, "dies while it writes")
        crash(index, isGone: false)
        comeBack(index, after: chance.between(200...20_000))
    }

    private mutating func probe(_ index: Int, _ peer: Int, _ number: UInt32, _ time: Milliseconds) {
        // What was under way counts no more where it slept, was cut off, or has another time now.
        let mayRepeat = nodes[index].beginsAnew || now - nodes[index].steppedAt < 5000
        if nodes[index].probes[peer].isOpen {
            if !mayRepeat { broke(.twoProbes(node: index)) }
            // Over by the clock as it is now; its driver has not said so yet.
            let isLost = !nodes[index].beginsAnew
            if isLost {
                nodes[index].evidence[peer].failed(.timedOut, start: nodes[index].probes[peer].local)
            } else {
                nodes[index].evidence[peer].beginAnew()
            }
        }
        let local = nodes[index].clock.local(now)
        nodes[index].probes[peer] = SimulatedNode.Probe(number: number, isOpen: true, start: now, local: local)
        let boot = nodes[index].boot
        queue.push(
            Event(
                time: now + time, kind: .deadline, node: UInt8(index), peer: UInt8(peer), boot: boot, number: number))
        guard network.isOpen(index, peer), let travel = network.travel(&chance) else { return }
        queue.push(
            Event(
                time: now + travel, kind: .request, node: UInt8(peer), peer: UInt8(index), boot: boot, number: number,
                value: now))
    }

    private mutating func askWitness(_ index: Int, _ number: UInt32, _ time: Milliseconds) {
        var event = Event(
            time: now + time, kind: .witness, node: UInt8(index), boot: nodes[index].boot, number: number)
        if wrong == .actsIsolated {
            event.time = now + 10
            event.flag = 1
        } else if network.hasWitness(index), let travel = network.travel(&chance), 2 * travel < time {
            event.time = now + 2 * travel
            event.flag = 1
        }
        queue.push(event)
    }

    // MARK: Steps

    private mutating func run(_ index: Int, _ step: FailoverStep, _ number: UInt32, _ time: Milliseconds) {
        nodes[index].step = number
        var length =
            switch step {
            case .ownership: chance.between(2...30)
            case .pull, .secrets, .hook: chance.between(50...900)
            case .bringUp: chance.between(50...(scenario.isCold ? 4000 : 500))
            case .drain: chance.below(4) == 0 ? chance.between(0...20_000) : chance.between(0...300)
            case .hold: chance.between(10...600)
            }
        let isLate = chance.happens(scenario.trouble.slow)
        if isLate { length += time }
        let isFailed = chance.happens(scenario.trouble.failing) && step != .drain
        queue.push(
            Event(
                time: now + length, kind: .step, node: UInt8(index), peer: step.rawValue, flag: isFailed ? 1 : 0,
                boot: nodes[index].boot, number: number, value: isLate ? 1 : 0))
    }

    mutating func stepEnded(_ event: Event) {
        let index = Int(event.node)
        guard event.boot == nodes[index].boot, let step = FailoverStep(rawValue: event.peer) else { return }
        let isFailed = event.flag == 1
        if event.number == nodes[index].step {
            nodes[index].step = 0
            switch step {
            case .bringUp: broughtUp(index, isFailed: isFailed)
            case .hold where !isFailed:
                if nodes[index].isUp { tally.stepsBack += 1 }
                setUp(index, false)
                nodes[index].mayBeUp = false
                nodes[index].isOrdered = false
            default: break
            }
        }
        // Failed, or too late for anybody to wait for it.
        if isFailed || event.value == 1 { disturbed(index) }
        let outcome: StepOutcome =
            isFailed ? .failed("failed") : step == .ownership ? .owns(nodes[index].owns) : .done
        tell(index, .step(number: event.number, outcome))
    }

    private mutating func broughtUp(_ index: Int, isFailed: Bool) {
        guard !nodes[index].isUp else { return }
        if isFailed {
            // At times it is half up all the same.
            if chance.happens(500) { setUp(index, true) }
            return
        }
        // One that goes on where it was before its restart takes nothing over.
        let isNew = isShell || nodes[index].machineWord == .promoting
        if index > 0, isNew, !nodes[index].isOrdered { count(takeover: index) }
        setUp(index, true)
    }

    private mutating func count(takeover index: Int) {
        tally.takeovers += 1
        let since = nodes[0].lostSince
        if since != .max {
            tally.tookOver(after: now - since)
        } else if now - nodes[0].servesSince < Self.justBack {
            tally.tooLate += 1
        } else if network.isOpenBothWays(index, 0), now - healedAt > Self.justBack {
            tally.falseForNothing += 1
            trace(index, "took over for nothing")
        } else {
            tally.falseByCut += 1
        }
    }

    /// Whoever serves for less than that was down when it was decided.
    private static let justBack: Milliseconds = 10_000

    private mutating func askToStandAside(_ index: Int, _ peer: Int) {
        guard network.isOpen(index, peer), let travel = network.travel(&chance) else { return }
        queue.push(
            Event(
                time: now + travel, kind: .command, node: UInt8(peer), boot: nodes[peer].boot,
                value: Event.standAside))
    }

    // MARK: Lease

    enum Errand: UInt8 { case acquire, renew, release }

    private mutating func askDesk(_ index: Int, _ number: UInt32, _ errand: Errand, epoch: UInt64) {
        let boot = nodes[index].boot
        if errand != .release {
            queue.push(
                Event(
                    time: now + LeaseDesk.patience, kind: .leaseAnswer, node: UInt8(index), flag: 2, boot: boot,
                    number: number))
        }
        guard network.hasDesk(index), let travel = network.travel(&chance) else { return }
        // The term counts from the start of the question.
        queue.push(
            Event(
                time: now + travel, kind: .lease, node: UInt8(index), flag: errand.rawValue, boot: boot,
                number: number, value: nodes[index].clock.local(now), epoch: epoch))
    }
}
