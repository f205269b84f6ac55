/// Acting, and stepping back.
extension FailoverMachine {
    mutating func passActivity() {
        guard case .active(let activity) = state else { return }
        if let running = activity.ensuring, running.deadline <= now {
            return ensured(activity, .failed("it took too long"))
        }
        if let end = activity.leaseEnd, end <= now {
            return leave(.leaseLost, after: .watching, draining: false)
        }
        renewIfDue()
        guard rules.returnsByItself, !activity.isSticky else { return }
        let least = max(rules.minActive, flaps.count(rules, at: now) > 1 ? flaps.wait(rules, at: now) : 0)
        guard now - activity.since >= least else { return }
        // Whoever is well for so long and does its part.
        for (position, peer) in peers.enumerated() where peer.successes >= rules.recoverThreshold {
            return leave(.well(peer: rules.above[position].name), after: .watching, draining: true)
        }
    }

    func activityDue(_ activity: Activity) -> Milliseconds {
        min(
            activity.ensuring?.deadline ?? .max, activity.leaseEnd ?? .max, activity.renewAt ?? .max)
    }

    /// After a restart: what should be up could not be brought up again.
    mutating func ensured(_ activity: Activity, _ outcome: StepOutcome) {
        if case .failed(let reason) = outcome {
            return leave(.refused(.bringUp(reason)), after: .blocked(.bringUp(reason)), draining: false)
        }
        var activity = activity
        activity.ensuring = nil
        update(.active(activity))
    }

    // MARK: Stepping back

    /// First what runs may end, then the channels are held or the service is stopped.
    mutating func leave(_ reason: FailoverReason, after: Draining.After, draining: Bool) {
        let number = number()
        let step = draining ? FailoverStep.drain : .hold
        let running = start(step, number, by: now + (draining ? rules.drainTime : FailoverRules.holdTime))
        enter(.draining(Draining(running: running, reason: reason, after: after)), reason)
        actions.append(.run(step, number: number, time: running.deadline - now))
    }

    mutating func ended(_ draining: Draining, _ outcome: StepOutcome) {
        var draining = draining
        if draining.running.step == .drain {
            draining.running = start(.hold, by: now + FailoverRules.holdTime)
            return update(.draining(draining))
        }
        if case .failed(let reason) = outcome {
            // Tried until it works: nobody else will do it.
            if !draining.isToldOf { alert(.stillUp(reason)) }
            draining.isToldOf = true
            draining.running = RunningStep(
                step: .hold, number: number(), deadline: now + FailoverRules.holdTime)
            return update(.draining(draining))
        }
        finish(draining)
    }

    mutating func passDraining() {
        guard case .draining(var draining) = state, draining.running.deadline <= now else { return }
        if draining.running.step == .drain { return ended(draining, .done) }
        if !draining.isToldOf { alert(.stillUp("it took too long")) }
        draining.isToldOf = true
        draining.running = start(.hold, by: now + FailoverRules.holdTime)
        update(.draining(draining))
    }

    private mutating func finish(_ draining: Draining) {
        if leaseGrant != nil { actions.append(.releaseLease(epoch: epoch)) }
        leaseGrant = nil
        flaps.steppedBack(at: now)
        switch draining.after {
        case .watching: enter(.watching, .drained)
        case .paused: enter(.paused(Pause(cause: .ordered, until: nil, writtenAt: now)), .ordered)
        case .blocked(let reason): return block(reason)
        }
        alert(.steppedBack(draining.reason))
    }

    // MARK: Lease

    mutating func askForLease(_ promotion: Promotion) {
        var promotion = promotion
        let number = number()
        promotion.last = .lease(number: number, deadline: now + FailoverRules.leaseTimeout)
        update(.promoting(promotion))
        actions.append(.acquireLease(number: number))
    }

    mutating func leased(_ number: UInt32, _ answer: LeaseAnswer) {
        switch state {
        case .promoting(let promotion):
            guard case .lease(number, _)? = promotion.last else { return }
            switch answer {
            case .granted(let epoch, let end) where epoch > self.epoch && end > now:
                bringUp(promotion, epoch: epoch, leaseEnd: end)
            case .granted, .held:
                // Somebody acts, whatever the probes say.
                retryAfter = now + FailoverRules.leaseRetry
                enter(.suspect, .leaseHeld)
            case .unreachable: leaseUnreachable()
            }
        case .active(var activity):
            guard activity.renewal == number else { return }
            activity.renewal = nil
            switch answer {
            case .granted(epoch, let end):
                activity.leaseEnd = max(activity.leaseEnd ?? end, end)
                leaseGrant = activity.leaseEnd
                update(.active(activity))
            case .granted, .held: leave(.leaseLost, after: .watching, draining: false)
            case .unreachable: update(.active(activity))
            }
        case .watching, .suspect, .isolated, .paused, .blocked:
            // Granted for what was called off meanwhile: the next one need not wait for its end.
            if case .granted(let epoch, _) = answer { actions.append(.releaseLease(epoch: epoch)) }
        case .draining: break
        }
    }

    mutating func leaseUnreachable() { block(.leaseUnreachable) }

    private mutating func renewIfDue() {
        guard case .active(var activity) = state, let due = activity.renewAt, due <= now else { return }
        // One that was lost is asked again: the number tells their answers apart.
        let number = number()
        activity.renewal = number
        activity.renewAt = now + FailoverRules.leaseRenewal
        update(.active(activity))
        actions.append(.renewLease(epoch: epoch, number: number))
    }

    /// Whether this node may send, poll and start jobs at that moment.
    package func mayAct(at now: Milliseconds) -> Bool {
        switch state {
        case .active(let activity): activity.leaseEnd.map { now < $0 } ?? true
        case .draining: !rules.needsLease || (leaseGrant.map { now < $0 } ?? false)
        case .watching, .suspect, .promoting, .isolated, .paused, .blocked: false
        }
    }
}
