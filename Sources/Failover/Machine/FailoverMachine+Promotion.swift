/// From the decision to the moment at which this node acts.
extension FailoverMachine {
    mutating func promote(_ purpose: Promotion.Purpose) {
        let isDrill = purpose == .drill
        if case .takeOver = purpose, !rules.isPrimary {
            if flaps.count(rules, at: now) >= FailoverRules.switchesBeforePause {
                enter(.paused(Pause(cause: .flapping, until: flaps.calmAt(rules), writtenAt: now)), .flapping)
                return alert(.flapping)
            }
        }
        own = nil
        if let reason = refusal(), !isDrill { return block(reason) }
        var promotion = Promotion(
            since: now, deadline: now + rules.promoteDeadline, purpose: purpose, left: rules.steps[...])
        promotion.isAgainstOthers = areOutOfTheWay() == nil
        if isDrill { promotion.left.removeAll { $0 == .hook || $0 == .bringUp } }
        enter(.promoting(promotion), promotion.reason)
        for position in peers.indices { peers[position].nextProbe = min(peers[position].nextProbe, now) }
        if case .takeOver = purpose { askWitness() }
        goOn(promotion)
    }

    /// Why this node may not act at all, whoever orders it.
    private func refusal() -> BlockReason? {
        for (peer, watch) in zip(rules.above, peers) {
            if watch.isMyself { return .myself(peer: peer.name) }
            if let failure = watch.lastFailure, failure.isForeign, !watch.isProven {
                return .unproven(peer: peer.name)
            }
            guard let announcement = watch.announcement else { continue }
            if announcement.major != rules.major {
                return .version(peer: peer.name, theirs: announcement.major, ours: rules.major)
            }
            if announcement.priority == rules.priority { return .samePriority(peer: peer.name) }
        }
        return nil
    }

    mutating func block(_ reason: BlockReason) {
        let retryAt: Milliseconds =
            switch reason {
            // A credential is changed by people, who say when.
            case .sharedChannel: .max
            // Its own store was slow, or gone for a moment.
            case .ownershipUnknown: now + FailoverRules.ownershipRetry
            default: now + FailoverRules.blockedRetry
            }
        let isNews = lastBlock != reason
        enter(.blocked(Block(reason: reason, retryAt: retryAt)), .refused(reason))
        // Once, however often it is tried again.
        if isNews { alert(.blocked(reason)) }
        lastBlock = reason
    }

    mutating func passBlock(_ block: Block) {
        if areOutOfTheWay() == nil {
            enter(.watching, .well(peer: acting()))
        } else if now >= block.retryAt {
            if let reason = refusal(), reason == block.reason { return self.block(reason) }
            enter(.suspect, .tryAgain)
        }
    }

    // MARK: Steps

    mutating func stepped(_ number: UInt32, _ outcome: StepOutcome) {
        switch state {
        case .promoting(let promotion):
            if let running = promotion.running, running.number == number { ended(promotion, running.step, outcome) }
        case .active(let activity):
            if let running = activity.ensuring, running.number == number { ensured(activity, outcome) }
        case .draining(let draining):
            if draining.running.number == number { ended(draining, outcome) }
        case .watching, .suspect, .isolated, .paused, .blocked: break
        }
    }

    private mutating func ended(_ promotion: Promotion, _ step: FailoverStep, _ outcome: StepOutcome) {
        var promotion = promotion
        promotion.running = nil
        switch (step, outcome) {
        case (.ownership, .owns(let own)):
            self.own = Set(own)
            if let reason = channelInTheWay { return block(reason) }
        // Not known to be its own: not brought up.
        case (.ownership, .failed): if let reason = channelInTheWay { return block(reason) }
        case (.bringUp, .failed(let reason)): return giveUp(reason)
        case (.bringUp, _): return becomeActive(promotion)
        // Whatever did not work: better to act without it than not to act.
        default: break
        }
        goOn(promotion)
    }

    /// Starts the next step, or waits for what must be known before the last.
    private mutating func goOn(_ promotion: Promotion) {
        var promotion = promotion
        guard promotion.running == nil else { return update(.promoting(promotion)) }
        if let next = promotion.left.first, next != .bringUp {
            promotion.left.removeFirst()
            promotion.running = start(next, by: promotion.deadline)
            return update(.promoting(promotion))
        }
        if promotion.purpose == .drill { return enter(.watching, .stepsDone) }
        if promotion.last == nil { promotion.last = .confirming }
        update(.promoting(promotion))
        if promotion.last == .confirming { bringUpIfSure(promotion) }
    }

    /// A step's time, never beyond `deadline`.
    func start(_ step: FailoverStep, _ number: UInt32, by deadline: Milliseconds) -> RunningStep {
        RunningStep(step: step, number: number, deadline: min(now + (step.time ?? .max / 2), deadline))
    }

    mutating func start(_ step: FailoverStep, by deadline: Milliseconds) -> RunningStep {
        let running = start(step, number(), by: deadline)
        actions.append(.run(step, number: running.number, time: running.deadline - now))
        return running
    }

    /// One more failed probe, begun after the decision: a node that came back meanwhile is seen before anything is up.
    mutating func confirm(_ position: Int, start: Milliseconds) {
        guard case .promoting(var promotion) = state, start >= promotion.since else { return }
        promotion.confirmed |= 1 << UInt32(position)
        update(.promoting(promotion))
        if promotion.last == .confirming { bringUpIfSure(promotion) }
    }

    private mutating func bringUpIfSure(_ promotion: Promotion) {
        if case .takeOver = promotion.purpose {
            if rules.needsWitness {
                switch witness.standing(at: now) {
                case true?: break
                case false?:
                    enter(.isolated, .noWitness)
                    return alert(.isolated)
                case nil: return askWitness()
                }
            }
            for (position, peer) in peers.enumerated() {
                switch peer.verdict(rules, at: now) {
                case .standsAside: break
                case .down where promotion.confirmed & 1 << UInt32(position) != 0: break
                // Also one that stood aside, and now says nothing.
                case .down, .unsure, .acts: return
                }
            }
        }
        rules.needsLease ? askForLease(promotion) : bringUp(promotion, epoch: max(epoch, seenEpoch) + 1, leaseEnd: nil)
    }

    /// The point of no return: it is written down before anything is up.
    func bringingUp(_ promotion: Promotion, _ running: RunningStep) -> Promotion {
        var promotion = promotion
        promotion.last = .bringUp
        promotion.running = running
        return promotion
    }

    mutating func bringUp(_ promotion: Promotion, epoch: UInt64, leaseEnd: Milliseconds?) {
        // The others may have told of theirs since the step that looked.
        if let reason = channelInTheWay {
            if leaseEnd != nil { actions.append(.releaseLease(epoch: epoch)) }
            return block(reason)
        }
        self.epoch = epoch
        leaseGrant = leaseEnd
        flaps.tookOver(at: now)
        if lastBlock != nil { keepAttempt(promotion) }
        // The switch itself may take what is left, and a second at least.
        let number = number()
        let running = start(.bringUp, number, by: max(promotion.deadline, now + 1000))
        update(.promoting(bringingUp(promotion, running)))
        actions.append(.persist)
        actions.append(.run(.bringUp, number: number, time: running.deadline - now))
    }

    /// Attempts to end a block are passed over as no news. Whoever is brought up by this one looks here for the reason.
    private mutating func keepAttempt(_ promotion: Promotion) {
        let entry = FailoverTransition(
            wall: time.wall, from: .suspect, to: .promoting, epoch: epoch, reason: promotion.reason.text)
        if history.last?.to == .promoting { history.removeLast() }
        keep(entry)
    }

    private mutating func becomeActive(_ promotion: Promotion) {
        var activity = Activity(since: now, isSticky: promotion.isAgainstOthers)
        if let end = leaseGrant {
            activity.leaseEnd = end
            activity.renewAt = now
        }
        enter(.active(activity), .stepsDone)
        alert(.tookOver(promotion.reason))
    }

    /// What may be half up is taken down again before this node says that it is blocked.
    private mutating func giveUp(_ reason: String) {
        flaps.didNotTakeOver()
        leave(.refused(.bringUp(reason)), after: .blocked(.bringUp(reason)), draining: false)
    }

    // MARK: Time

    mutating func passPromotion() {
        guard case .promoting(let promotion) = state else { return }
        if let running = promotion.running, running.deadline <= now {
            running.step == .bringUp ? giveUp("it took too long") : ended(promotion, running.step, .failed("late"))
        }
        guard case .promoting(let promotion) = state else { return }
        if case .lease(_, let deadline)? = promotion.last, deadline <= now { return leaseUnreachable() }
        if promotion.last == .confirming {
            if promotion.deadline <= now { return enter(.suspect, .timeIsUp) }
            bringUpIfSure(promotion)
        }
    }

    func promotionDue(_ promotion: Promotion) -> Milliseconds {
        var due = promotion.running?.deadline ?? .max
        switch promotion.last {
        case .confirming?: due = min(due, promotion.deadline, witness.deadline)
        case .lease(_, let deadline)?: due = min(due, deadline)
        case .bringUp?, nil: break
        }
        return due
    }

    /// A node above answered: what is not yet up stays down.
    mutating func reachable(_ position: Int) {
        guard case .promoting(let promotion) = state, promotion.isReversible, case .takeOver = promotion.purpose,
            peers[position].verdict(rules, at: now) != .standsAside
        else { return }
        if case .lease? = promotion.last { retryAfter = now + FailoverRules.leaseRetry }
        enter(.watching, .well(peer: rules.above[position].name))
    }
}
