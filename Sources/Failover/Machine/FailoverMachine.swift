/// The machine of one node: told what happened and when, it says what is to be done. It has no clock, no socket and no
/// file, so that a simulator can run it a million times.
package struct FailoverMachine: Sendable {
    package let rules: FailoverRules
    package private(set) var state: FailoverState
    /// Rises with each time that this node comes to act.
    package internal(set) var epoch: UInt64
    /// The last changes of state, the oldest first.
    package internal(set) var history: [FailoverTransition]

    var peers: [PeerWatch]
    var flaps: FlapHistory
    var witness = WitnessWatch()
    /// The highest epoch that another node told of.
    var seenEpoch: UInt64 = 0
    /// A planned switch waits for the node above until then.
    var switchover: Milliseconds?
    /// Why it was last blocked, until something else has come of it.
    var lastBlock: BlockReason?
    /// Before it nothing is begun again.
    var retryAfter: Milliseconds?
    /// The end of the lease that this node has; nil without one.
    var leaseGrant: Milliseconds?
    /// Fingerprints of this node's own channel credentials; nil while they are not known.
    var own: Set<String>?
    var time: FailoverTime
    var actions: [FailoverAction] = []
    private var lastNumber: UInt32 = 0
    private var wake: Milliseconds

    package static let historyLimit = 32

    /// `memory` is what the last run of this node wrote down.
    package init(_ rules: FailoverRules, memory: FailoverMemory? = nil, at time: FailoverTime) {
        self.rules = rules
        self.time = time
        state = rules.isPrimary && !rules.needsLease ? .active(Activity(since: time.now)) : .watching
        epoch = 0
        history = []
        peers = rules.above.map { _ in PeerWatch(at: time.now) }
        flaps = FlapHistory()
        wake = time.now
        if let memory { restore(memory) }
    }

    /// The pure function: everything else of this type is a part of it.
    package mutating func take(_ input: FailoverInput, at time: FailoverTime) -> [FailoverAction] {
        // A clock that went back is not believed.
        self.time = FailoverTime(now: max(time.now, self.time.now), wall: time.wall)
        if now - wake > FailoverRules.asleepAfter { slept() }
        handle(input)
        passTime()
        wake = nextWake()
        let taken = actions
        actions.removeAll(keepingCapacity: true)
        return taken
    }

    /// When a tick is due, unless something else comes first.
    package var nextTick: Milliseconds { wake }

    var now: Milliseconds { time.now }

    package var word: FailoverState.Word { state.word }

    private mutating func handle(_ input: FailoverInput) {
        switch input {
        case .tick: break
        case .probed(let peer, let number, let result): probed(peer, number, result)
        case .link(let peer, let hint): linked(peer, hint)
        case .witnesses(let number, let anyAnswered): witnessed(number, anyAnswered)
        case .step(let number, let outcome): stepped(number, outcome)
        case .lease(let number, let answer): leased(number, answer)
        case .command(let command): obey(command)
        case .owned(let peer, let fingerprints): owned(peer, fingerprints)
        case .ownedHere(let fingerprints):
            own = Set(fingerprints)
            giveUpSharedChannel()
        }
    }

    /// All that is due by now.
    private mutating func passTime() {
        closeWhatIsLost()
        switch state {
        case .watching, .suspect, .isolated: judge()
        case .promoting: passPromotion()
        case .active: passActivity()
        case .draining: passDraining()
        case .paused(let pause): passPause(pause)
        case .blocked(let block): passBlock(block)
        }
        startProbes()
    }

    private func nextWake() -> Milliseconds {
        var next = peers.reduce(Milliseconds.max) { min($0, probeDue($1)) }
        switch state {
        case .watching, .suspect, .isolated: next = min(next, judgeDue())
        case .promoting(let promotion): next = min(next, promotionDue(promotion))
        case .active(let activity): next = min(next, activityDue(activity))
        case .draining(let draining): next = min(next, draining.running.deadline)
        case .paused(let pause):
            if let until = pause.until { next = min(next, until, pause.writtenAt + FailoverRules.pauseWritten) }
        case .blocked(let block): next = min(next, block.retryAt)
        }
        return max(next, now)
    }

    // MARK: For all parts

    mutating func number() -> UInt32 {
        lastNumber &+= 1
        return lastNumber
    }

    /// Goes over to another state. What passes by is told and not kept.
    mutating func enter(_ new: FailoverState, _ reason: FailoverReason) {
        let old = state.word
        state = new
        guard old != new.word else { return }
        let transition = FailoverTransition(
            wall: time.wall, from: old, to: new.word, epoch: epoch, reason: reason.text)
        actions.append(.record(transition))
        let isNews = isNews(from: old, to: new.word)
        if isNews { keep(transition) }
        // No news, and yet what is up: it was written down when it was brought up.
        if isNews || old == .draining || new.word == .draining { actions.append(.persist) }
    }

    mutating func keep(_ transition: FailoverTransition) {
        if history.count >= Self.historyLimit { history.removeFirst() }
        history.append(transition)
    }

    private mutating func isNews(from old: FailoverState.Word, to new: FailoverState.Word) -> Bool {
        if old == .suspect && new == .watching || old == .watching && new == .suspect { return false }
        switch new {
        // One more attempt with the same end.
        case .blocked, .promoting, .suspect, .draining: return lastBlock == nil
        case .watching, .active, .isolated, .paused:
            lastBlock = nil
            return true
        }
    }

    /// A change within a state.
    mutating func update(_ new: FailoverState) { state = new }

    mutating func alert(_ alert: FailoverAlert) { actions.append(.alert(alert)) }

    /// For a node that goes on where it was.
    mutating func resume(_ state: FailoverState, epoch: UInt64, history: [FailoverTransition]) {
        self.state = state
        self.epoch = epoch
        self.history = history
    }

    /// This node was not running: what it believed is old, and what timed out meanwhile timed out here.
    private mutating func slept() {
        for position in peers.indices { peers[position].forget(at: now) }
        witness = WitnessWatch()
        switch state {
        case .suspect, .isolated: enter(.watching, .slept)
        case .promoting(let promotion) where promotion.isReversible: enter(.watching, .slept)
        case .watching, .promoting, .active, .draining, .paused, .blocked: break
        }
    }
}

/// Whether somebody tells this node that it is not cut off.
struct WitnessWatch: Equatable, Sendable {
    private(set) var asked: (number: UInt32, at: Milliseconds)?
    private var answer: (isGood: Bool, at: Milliseconds)?

    static func == (a: WitnessWatch, b: WitnessWatch) -> Bool {
        a.asked?.number == b.asked?.number && a.answer?.at == b.answer?.at && a.answer?.isGood == b.answer?.isGood
    }

    mutating func ask(_ number: UInt32, at now: Milliseconds) { asked = (number, now) }

    /// Returns whether it was asked for.
    mutating func answered(_ number: UInt32, _ isGood: Bool, at now: Milliseconds) -> Bool {
        guard let asked, asked.number == number else { return false }
        self.asked = nil
        answer = (isGood, now)
        return true
    }

    /// Nil while that is not known.
    func standing(at now: Milliseconds) -> Bool? {
        guard let answer, now - answer.at < FailoverRules.witnessAge else { return nil }
        return answer.isGood
    }

    /// When the question that is under way is lost.
    var deadline: Milliseconds {
        asked.map { $0.at + FailoverRules.witnessTimeout + FailoverRules.lostAfter } ?? .max
    }

    /// When it may be asked again.
    var nextQuestion: Milliseconds {
        guard asked == nil, let answer else { return asked == nil ? .min : .max }
        return answer.at + (answer.isGood ? 0 : FailoverRules.witnessInterval)
    }
}
