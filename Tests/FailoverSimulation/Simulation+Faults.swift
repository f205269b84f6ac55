import Failover

/// Hosts that fail and come back.
extension Simulation {
    /// A process begins: with what was written down, or with nothing.
    mutating func start(_ index: Int) {
        nodes[index].boot += 1
        nodes[index].isRunning = true
        nodes[index].isGone = false
        nodes[index].startedAt = now
        nodes[index].readyAt = now == 0 ? 0 : now + chance.between(100...6000)
        nodes[index].probes = [SimulatedNode.Probe](repeating: SimulatedNode.Probe(), count: Network.limit)
        queue.push(Event(time: nodes[index].readyAt, kind: .starting, node: UInt8(index)))
        isChanged = true
        if index == 0, isShell || scenario.hasForeignPrimary { return setUp(0, true) }
        let local = nodes[index].clock.local(now)
        if isShell {
            nodes[index].shell = ShellRule(at: local)
        } else {
            var memory = wrong == .forgets ? nil : nodes[index].memory
            if let written = memory, chance.happens(60) {
                memory = FailoverMemory(written.json)
                if memory != written { broke(.memoryChanged(node: index)) }
            }
            nodes[index].hasMachine = true
            nodes[index].machine = FailoverMachine(
                nodes[index].rules, memory: memory, at: FailoverTime(now: local, wall: local))
            nodes[index].look()
        }
        nodes[index].tickAt = now
        guard nodes[index].hasMachine, nodes[index].machineWord == .active, index == 0 else { return }
        // A primary's channels come up with it.
        nodes[0].mayBeUp = true
        if nodes[0].memory == nil { setUp(0, true) }
    }

    mutating func startAgain(_ event: Event) {
        let index = Int(event.node)
        guard !nodes[index].isRunning, event.boot == nodes[index].boot else { return }
        trace(index, "starts")
        start(index)
        disturbed(index)
        checkState(index)
    }

    mutating func crash(_ index: Int, isGone: Bool) {
        guard nodes[index].isRunning else { return }
        trace(index, isGone ? "vanishes" : "ends")
        if !isGone { tellWatchers(of: index, .closed) }
        nodes[index].watchers = 0
        nodes[index].isRunning = false
        nodes[index].isGone = isGone
        nodes[index].hasMachine = false
        nodes[index].shell = nil
        nodes[index].tickAt = .max
        nodes[index].step = 0
        nodes[index].suspendedUntil = .min
        // A service of its own outlives the monitor beside it.
        if isGone || index == 0 || !scenario.isCold { setUp(index, false) }
        isChanged = true
    }

    mutating func comeBack(_ index: Int, after time: Milliseconds) {
        queue.push(Event(time: now + time, kind: .start, node: UInt8(index), boot: nodes[index].boot))
    }

    mutating func setUp(_ index: Int, _ isUp: Bool) {
        guard nodes[index].isUp != isUp else { return }
        if isTraced { trace(index, isUp ? "channels up" : "channels held") }
        nodes[index].isUp = isUp
        isChanged = true
    }

    mutating func befall(_ position: Int) {
        let fault = scenario.faults[position]
        let index = fault.node
        if isTraced, fault.kind != .command {
            trace(index, "fault: \(fault.kind) for \(fault.length) ms, other \(Scenario.names[fault.other])")
        }
        isChanged = true
        switch fault.kind {
        case .crash, .vanish:
            guard nodes[index].isRunning else { return }
            crash(index, isGone: fault.kind == .vanish)
            comeBack(index, after: fault.length)
        case .stop: stop(index, fault, isAnnounced: false)
        case .restart: stop(index, fault, isAnnounced: true)
        case .suspend: suspend(index, fault.length)
        case .cutOff, .oneWay, .bothWays, .noWitness, .noDesk:
            network.cut(fault, by: 1)
            noteCuts()
            end(position, after: fault.length)
        case .wallStep: nodes[index].wallOffset = fault.length * (fault.length % 2 == 0 ? 1 : -1) * 1000
        case .clockStep:
            // A clock that goes on while nothing runs; the lease's counts that time.
            nodes[index].clock.offset += fault.length
            nodes[index].steppedAt = now
            for position in nodes[index].switches.indices { nodes[index].switches[position] -= fault.length }
            if nodes[index].answers(at: now), nodes[index].isBrained { nodes[index].tickAt = now }
            disturbed(index)
        case .crashLoop:
            crash(index, isGone: false)
            for round in 0..<12 { end(position, after: fault.length * Milliseconds(round)) }
        case .command:
            queue.push(Event(time: now, kind: .command, node: UInt8(index), value: Int64(position)))
        }
    }

    private mutating func end(_ position: Int, after time: Milliseconds) {
        let node = UInt8(scenario.faults[position].node)
        queue.push(Event(time: now + time, kind: .faultEnd, node: node, value: Int64(position)))
    }

    mutating func pass(_ fault: Fault) {
        isChanged = true
        if fault.kind == .crashLoop {
            crash(fault.node, isGone: false)
            return comeBack(fault.node, after: 500)
        }
        network.cut(fault, by: -1)
        healedAt = now
        noteCuts()
        trace(fault.node, "over: \(fault.kind)")
    }

    private mutating func noteCuts() {
        for index in nodes.indices {
            let isCutOff = network.isCutOff(index)
            if !isCutOff { nodes[index].cutOffSince = .max }
            if isCutOff, nodes[index].cutOffSince == .max { nodes[index].cutOffSince = now }
        }
    }

    private mutating func stop(_ index: Int, _ fault: Fault, isAnnounced: Bool) {
        guard nodes[index].answers(at: now) else { return }
        if nodes[index].hasMachine {
            tellWatchers(of: index, isAnnounced ? .restarts : .stopped, fault.length)
            nodes[index].patienceUntil = now + 62_000
        }
        crash(index, isGone: false)
        comeBack(index, after: fault.length)
    }

    private mutating func suspend(_ index: Int, _ time: Milliseconds) {
        guard nodes[index].answers(at: now) else { return }
        nodes[index].suspendedUntil = now + time
        nodes[index].tickAt = .max
        queue.push(Event(time: now + time, kind: .resume, node: UInt8(index), boot: nodes[index].boot))
        disturbed(index)
    }

    mutating func resume(_ index: Int) {
        guard nodes[index].isRunning, !nodes[index].isSuspended(at: now) else { return }
        trace(index, "runs on")
        nodes[index].steppedAt = now
        if nodes[index].isBrained { nodes[index].tickAt = now }
        disturbed(index)
    }
}
