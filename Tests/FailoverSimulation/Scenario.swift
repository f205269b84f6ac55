import Failover

/// All that a seed decides before anything happens: the nodes, their rules, the network, and what befalls them.
struct Scenario {
    /// How often steps fail, and how often they take longer than they may.
    struct Trouble {
        var failing: PerMille = 0
        var slow: PerMille = 0
    }

    static let names = ["primary", "standby1", "standby2", "standby3"]
    static let hour: Milliseconds = 3_600_000

    let seed: UInt64
    let count: Int
    /// Somebody else's gateway, which announces nothing.
    let hasForeignPrimary: Bool
    let needsLease: Bool
    /// The service lives apart from the machine that starts it.
    let isCold: Bool
    let length: Milliseconds
    let weather: Network.Weather
    let trouble: Trouble
    /// How often a node dies while it writes its memory down.
    let diesWriting: PerMille
    /// A standby with the credential of a node above.
    let sharing: (Int, Int)?
    let drifts: [Int64]
    var rules: [FailoverRules]
    var faults: [Fault]

    init(seed: UInt64, wrong: WrongRule? = nil, isPlain: Bool = false) {
        var chance = Chance(seed: seed)
        self.seed = seed
        count = isPlain ? 2 : chance.one(of: [2, 2, 2, 3, 3, 4])
        needsLease = !isPlain && chance.happens(250)
        hasForeignPrimary = !needsLease && chance.happens(200)
        isCold = !needsLease && chance.happens(300)
        length = chance.happens(30) ? Self.hour : chance.between(300_000...900_000)
        weather = Self.weather(isPlain: isPlain, &chance)
        trouble =
            isPlain || chance.happens(600)
            ? Trouble() : Trouble(failing: chance.below(200), slow: chance.below(100))
        diesWriting = !isPlain && chance.happens(200) ? 30 : 0
        let sharing = (chance.below(count - 1) + 1, 0)
        self.sharing = !isPlain && chance.happens(80) ? sharing : nil
        var drifts: [Int64] = []
        for _ in 0..<count { drifts.append(chance.between(-10_000...10_000)) }
        self.drifts = drifts
        rules = Self.rules(count: count, needsLease: needsLease, &chance)
        faults = Self.faults(
            count: count, length: length, needsLease: needsLease, hasForeignPrimary: hasForeignPrimary,
            isPlain: isPlain, &chance)
        if let wrong { bend(wrong) }
    }

    private static func weather(isPlain: Bool, _ chance: inout Chance) -> Network.Weather {
        Network.Weather(
            loss: chance.one(of: isPlain ? [0, 0, 5, 10] : [0, 0, 0, 0, 5, 10, 50, 200]),
            late: chance.one(of: [0, 0, 0, 20]),
            twice: chance.one(of: [0, 0, 50]), delay: chance.between(1...80), jitter: chance.between(0...60))
    }

    private static func rules(count: Int, needsLease: Bool, _ chance: inout Chance) -> [FailoverRules] {
        let interval: Milliseconds = chance.one(of: [10_000, 10_000, 10_000, 10_000, 5000, 2000])
        let steps: [FailoverStep] =
            chance.happens(200) ? [.pull, .secrets, .hook, .ownership, .bringUp] : [.pull, .ownership, .bringUp]
        let returnsByItself = !chance.happens(100)
        return (0..<count).map { node in
            let above = (0..<node).map { FailoverRules.Peer(name: names[$0], priority: $0) }
            var rules = FailoverRules(name: names[node], priority: node, major: 2026, above: above)
            rules.interval = interval
            rules.needsLease = needsLease
            rules.needsWitness = node > 0
            rules.steps = node == 0 ? [.ownership, .bringUp] : steps
            rules.returnsByItself = returnsByItself
            return rules
        }
    }

    private mutating func bend(_ wrong: WrongRule) {
        for node in 1..<count {
            switch wrong {
            case .thresholdOne:
                rules[node].failThreshold = 1
                rules[node].minSuspect = 0
            case .noWitness: rules[node].needsWitness = false
            case .firstSuccess:
                rules[node].recoverThreshold = 1
                rules[node].minActive = 0
            case .noLease: rules[node].needsLease = false
            case .neverActs: rules[node].failThreshold = .max
            case .flaps: rules[node].flapWindow = 0
            case .equalPriority where node == 2:
                let above = [rules[2].above[0]]
                var equal = FailoverRules(name: rules[2].name, priority: 1, major: 2026, above: above)
                equal.needsLease = rules[2].needsLease
                equal.interval = rules[2].interval
                equal.returnsByItself = rules[2].returnsByItself
                rules[2] = equal
            case .actsIsolated, .forgets, .equalPriority: break
            }
        }
    }
}
