/// What operators order, and what this node says of itself.
extension FailoverMachine {
    mutating func obey(_ command: FailoverCommand) {
        let refusal =
            switch command {
            case .promote: orderPromotion()
            case .demote: orderDemotion()
            case .switchover: orderSwitchover()
            case .pause(let time): orderPause(time)
            case .resume: orderResumption()
            case .drill: orderDrill()
            }
        actions.append(.answer(refusal: refusal))
    }

    private mutating func orderPromotion() -> CommandRefusal? {
        switch state {
        case .active: return .alreadyActive
        case .promoting, .draining: return .busy
        case .watching, .suspect, .isolated, .paused, .blocked:
            promote(.ordered)
            return nil
        }
    }

    private mutating func orderDemotion() -> CommandRefusal? {
        switch state {
        case .active:
            leave(.ordered, after: areOutOfTheWay() == nil ? .watching : .paused, draining: true)
            return nil
        case .promoting(let promotion) where promotion.isReversible:
            enter(.paused(Pause(cause: .ordered, until: nil, writtenAt: now)), .ordered)
            return nil
        case .promoting, .draining: return .busy
        case .watching, .suspect, .isolated, .paused, .blocked: return .notActive
        }
    }

    private mutating func orderSwitchover() -> CommandRefusal? {
        if rules.isPrimary { return .primary }
        guard state == .watching, switchover == nil else { return .notWatching }
        guard peers[0].verdict(rules, at: now) == .acts, peers[0].isOurs == true else { return .nobodyToRelieve }
        switchover = now + FailoverRules.standAsideTime
        peers[0].nextProbe = now
        actions.append(.askToStandAside(peer: 0))
        return nil
    }

    private mutating func orderPause(_ time: Milliseconds?) -> CommandRefusal? {
        switch state {
        case .watching, .suspect, .isolated, .paused, .blocked:
            let pause = Pause(cause: .ordered, until: time.map { now + $0 }, writtenAt: now)
            if case .paused = state { update(.paused(pause)) } else { enter(.paused(pause), .ordered) }
            actions.append(.persist)
            switchover = nil
            return nil
        case .active: return .alreadyActive
        case .promoting, .draining: return .busy
        }
    }

    private mutating func orderResumption() -> CommandRefusal? {
        switch state {
        case .paused, .blocked:
            flaps.clear()
            goBack(.ordered)
            return nil
        case .watching, .suspect, .isolated, .promoting, .active, .draining: return .notPaused
        }
    }

    private mutating func orderDrill() -> CommandRefusal? {
        if rules.isPrimary { return .primary }
        guard state == .watching else { return .notWatching }
        promote(.drill)
        return nil
    }

    /// From a pause to where the node belongs.
    private mutating func goBack(_ reason: FailoverReason) {
        if rules.isPrimary { return promote(.ordered) }
        enter(.watching, reason)
    }

    mutating func passPause(_ pause: Pause) {
        guard let until = pause.until else { return }
        if now >= until { return goBack(.timeIsUp) }
        guard now - pause.writtenAt >= FailoverRules.pauseWritten else { return }
        update(.paused(Pause(cause: pause.cause, until: until, writtenAt: now)))
        actions.append(.persist)
    }

    // MARK: What others see

    /// For `/readyz`, the link and every answer to a probe.
    package var announcement: PeerAnnouncement {
        var role: PeerAnnouncement.Role = rules.isPrimary ? .primary : .standby
        var willAct = true
        switch state {
        case .active: if !rules.isPrimary { role = .active }
        case .draining(let draining):
            role = .draining
            willAct = draining.after == .watching
        case .isolated, .paused, .blocked: willAct = false
        case .watching, .suspect, .promoting: break
        }
        return PeerAnnouncement(
            role: role, phase: .running, willAct: willAct, epoch: max(epoch, seenEpoch), priority: rules.priority,
            major: rules.major)
    }

    /// A standby that watches is ready; one that could not help is not.
    package var isReady: Bool {
        switch state {
        case .isolated, .blocked: false
        case .watching, .suspect, .promoting, .active, .draining, .paused: true
        }
    }
}
