package import Platform

/// What the monitor tells those who look on.
package enum FailoverNews: Equatable, Sendable {
    case changed(FailoverTransition)
    case alert(FailoverAlert)
    case ended(FailoverStep, StepOutcome)
}

/// Drives the machine: one timer, its actions out, what comes of them in.
@LoopActor
package final class FailoverMonitor: Service {
    package nonisolated let name = "failover"

    package private(set) var machine: FailoverMachine
    /// What the nodes above last said, by their position.
    package private(set) var seen: [Int: Seen] = [:]
    package var onNews: @LoopActor (FailoverNews) -> Void = { _ in }

    /// The last probe of a node.
    package struct Seen: Sendable {
        package let at: Instant
        package let result: ProbeResult
        /// The last that it ever made.
        package var statement: PeerStatement?
    }

    private let contact: any PeerReaching
    private let witnesses: any WitnessAsking
    private let steps: any FailoverSteps
    private let shelf: any FailoverKeeping
    let clock: any Clock
    /// Counts the time in which the machine was suspended as well.
    let sinceBoot: @LoopActor () -> Instant
    private var timer: LoopTimer?
    private var queue: [Deed] = []
    private var isWorking = false
    private var isOpen = false
    private var end: Awaited<Bool>
    /// Orders that are not answered yet; the machine answers one after the other.
    private var asking: [Awaited<CommandRefusal?>] = []

    /// An action, with what it needs of the moment in which it was decided.
    private enum Deed {
        case action(FailoverAction)
        case write(FailoverMemory)
    }

    package init(
        _ machine: FailoverMachine, contact: any PeerReaching, witnesses: any WitnessAsking, steps: any FailoverSteps,
        shelf: any FailoverKeeping, clock: any Clock,
        sinceBoot: @escaping @LoopActor () -> Instant = { Instant.sinceBoot() }
    ) {
        self.machine = machine
        self.contact = contact
        self.witnesses = witnesses
        self.steps = steps
        self.shelf = shelf
        self.clock = clock
        self.sinceBoot = sinceBoot
        end = Awaited(clock)
    }

    /// The moment, as the machine is told it.
    package static func time(_ sinceBoot: Instant, _ wall: WallTime) -> FailoverTime {
        FailoverTime(now: sinceBoot.nanoseconds / 1_000_000, wall: wall.milliseconds)
    }

    private var time: FailoverTime { Self.time(sinceBoot(), clock.wall) }

    // MARK: Life

    package func run() async throws {
        start()
        _ = await end.wait()
        stop()
    }

    package func drain() { end.bring(true) }

    package func start() {
        guard !isOpen else { return }
        isOpen = true
        timer = clock.makeTimer { [weak self] in self?.tell(.tick) }
        contact.follow { [weak self] peer, hint in self?.tell(.link(peer: peer, hint)) }
        tell(.tick)
    }

    /// From now on nothing is decided. What this node does it goes on with after the next start.
    package func stop() {
        isOpen = false
        timer?.cancel()
        timer = nil
        contact.close()
        for answer in asking { answer.bring(.busy) }
        asking = []
    }

    /// Carries out an operator's order, or says why not. What it changes is on the disk when this returns.
    package func order(_ command: FailoverCommand) async -> CommandRefusal? {
        guard isOpen else { return .busy }
        let answer = Awaited<CommandRefusal?>(clock)
        asking.append(answer)
        tell(.command(command))
        return await answer.wait() ?? .busy
    }

    /// Which channel credentials this node has, as fingerprints.
    package func owns(_ fingerprints: [String]) { tell(.ownedHere(fingerprints)) }

    // MARK: The machine

    private func tell(_ input: FailoverInput) {
        guard isOpen else { return }
        for action in machine.take(input, at: time) {
            if action == .persist { queue.append(.write(machine.memory)) } else { queue.append(.action(action)) }
        }
        arm()
        if !isWorking, !queue.isEmpty {
            isWorking = true
            startTask { await self.work() }
        }
    }

    private func arm() {
        guard machine.nextTick != .max else { return timer?.cancel() ?? () }
        // Never at once again: what is due has been looked at.
        let wait = max(machine.nextTick - time.now, 1)
        timer?.arm(at: clock.now + .milliseconds(min(wait, 3_600_000)))
    }

    /// In their order: what is written down is on the disk before anything that follows is begun.
    private func work() async {
        var next = 0
        while next < queue.count {
            let deed = queue[next]
            next += 1
            switch deed {
            case .write(let memory): await shelf.write(memory)
            case .action(let action): if isOpen { begin(action) }
            }
        }
        queue = []
        isWorking = false
    }

    private func begin(_ action: FailoverAction) {
        switch action {
        case .probe(let peer, let number, let time):
            contact.probe(peer, within: .milliseconds(time)) { [weak self] in self?.probed(peer, number, $0) }
        case .askWitnesses(let number, let time):
            startTask { [self] in
                let answer = await witnesses.anyAnswers(within: .milliseconds(time))
                tell(.witnesses(number: number, anyAnswered: answer))
            }
        case .run(let step, let number, let time):
            startTask { [self] in
                let outcome = await steps.run(step, within: time)
                onNews(.ended(step, outcome))
                tell(.step(number: number, outcome))
            }
        case .askToStandAside(let peer):
            startTask { [self] in
                // The machine sees by the probes what becomes of it, and gives up by itself.
                _ = await contact.askToStandAside(peer)
            }
        case .alert(let alert): onNews(.alert(alert))
        case .record(let transition): onNews(.changed(transition))
        // Whoever grants leases is not there in these modes.
        case .acquireLease(let number): tell(.lease(number: number, .unreachable))
        case .renewLease(_, let number): tell(.lease(number: number, .unreachable))
        case .answer(let refusal): if !asking.isEmpty { asking.removeFirst().bring(refusal) }
        case .releaseLease, .persist: break
        }
    }

    private func probed(_ peer: Int, _ number: UInt32, _ answer: PeerAnswer) {
        seen[peer] = Seen(
            at: clock.now, result: answer.result, statement: answer.statement ?? seen[peer]?.statement)
        // First what it owns: the answer itself may be what decides.
        if let statement = answer.statement { tell(.owned(peer: peer, statement.owns)) }
        tell(.probed(peer: peer, number: number, answer.result))
    }
}
