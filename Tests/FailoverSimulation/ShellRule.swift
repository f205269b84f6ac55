import Failover

/// What people run today, as it is told of: a check every ten seconds, three failures in a row start the service, the
/// first success stops it. It keeps no memory, asks no witness and counts no switches.
struct ShellRule {
    private static let interval: Milliseconds = 10_000
    private static let timeout: Milliseconds = 1500
    private static let threshold = 3

    private(set) var isPromoted = false
    private var failures = 0
    private var nextProbe: Milliseconds
    private var open: UInt32?
    private var step: (kind: FailoverStep, number: UInt32)?
    private var lastNumber: UInt32 = 0

    init(at now: Milliseconds) { nextProbe = now }

    var nextTick: Milliseconds { open == nil && step == nil ? nextProbe : .max }

    mutating func take(_ input: FailoverInput, at now: Milliseconds) -> [FailoverAction] {
        var actions: [FailoverAction] = []
        switch input {
        case .probed(0, let number, let result) where number == open:
            open = nil
            if case .answered = result {
                failures = 0
                if isPromoted { run(.hold, &actions) }
            } else {
                failures += 1
                if failures >= Self.threshold, !isPromoted { run(.pull, &actions) }
            }
        case .step(let number, _):
            guard let step, step.number == number else { break }
            self.step = nil
            switch step.kind {
            case .pull: run(.bringUp, &actions)
            case .bringUp: isPromoted = true
            default: isPromoted = false
            }
        default: break
        }
        if open == nil, step == nil, nextProbe <= now {
            nextProbe = now + Self.interval
            open = number()
            actions.append(.probe(peer: 0, number: lastNumber, time: Self.timeout))
        }
        return actions
    }

    private mutating func run(_ kind: FailoverStep, _ actions: inout [FailoverAction]) {
        step = (kind, number())
        actions.append(.run(kind, number: lastNumber, time: 60_000))
    }

    private mutating func number() -> UInt32 {
        lastNumber += 1
        return lastNumber
    }
}
