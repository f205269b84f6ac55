extension FailoverRules {
    /// `major` is the first number of this program's version.
    package init(_ settings: FailoverSettings, name: String, major: Int) {
        self.init(
            name: name, priority: settings.priority, major: major,
            above: settings.above.map { Peer(name: $0.place.text, priority: $0.priority) })
        let check = settings.check
        interval = Int64(check.interval)
        suspectInterval = Int64(check.suspectInterval)
        probeTimeout = Int64(check.timeout)
        failThreshold = check.failThreshold
        recoverThreshold = check.recoverThreshold
        minSuspect = check.minSuspect.map(Int64.init)
        needsWitness = !isPrimary && !settings.witnesses.isEmpty
        steps = Self.steps(settings.promotion, isPrimary: isPrimary)
        promoteDeadline = Int64(settings.promotion.deadline)
        returnsByItself = settings.demotion.failback == .auto
        minActive = Int64(settings.demotion.minActive)
        drainTime = Int64(settings.demotion.drain)
        flapWindow = Int64(settings.demotion.flapWindow)
        holdDown = Int64(settings.demotion.holdDown)
    }

    private static func steps(_ promotion: FailoverSettings.Promotion, isPrimary: Bool) -> [FailoverStep] {
        if isPrimary { return [.ownership, .bringUp] }
        var steps: [FailoverStep] = promotion.pullsWorkspace ? [.pull] : []
        if promotion.secretsHost != nil { steps.append(.secrets) }
        if promotion.hook != nil { steps.append(.hook) }
        return steps + [.ownership, .bringUp]
    }
}
