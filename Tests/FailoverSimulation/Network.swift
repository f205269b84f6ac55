import Failover

/// Who reaches whom, and how well.
struct Network {
    /// How messages fare.
    struct Weather {
        var loss: PerMille = 0
        var late: PerMille = 0
        var twice: PerMille = 0
        var delay: Milliseconds = 10
        var jitter: Milliseconds = 10
    }

    static let limit = 4

    private var cuts = [Int8](repeating: 0, count: limit * limit)
    private var witnessCuts = [Int8](repeating: 0, count: limit)
    private var deskCuts = [Int8](repeating: 0, count: limit)
    private(set) var isDeskDown = false
    var weather = Weather()
    var count = 2

    mutating func reset(_ weather: Weather, count: Int) {
        self = Network()
        self.weather = weather
        self.count = count
    }

    func isOpen(_ from: Int, _ to: Int) -> Bool { cuts[from * Self.limit + to] == 0 }
    func isOpenBothWays(_ a: Int, _ b: Int) -> Bool { isOpen(a, b) && isOpen(b, a) }
    func hasWitness(_ node: Int) -> Bool { witnessCuts[node] == 0 }
    func hasDesk(_ node: Int) -> Bool { deskCuts[node] == 0 && !isDeskDown }

    func isCutOff(_ node: Int) -> Bool {
        guard witnessCuts[node] > 0 else { return false }
        return (0..<count).allSatisfy { $0 == node || !isOpenBothWays(node, $0) }
    }

    mutating func cut(_ fault: Fault, by change: Int8) {
        let node = fault.node
        switch fault.kind {
        case .cutOff:
            for other in 0..<count where other != node {
                cuts[node * Self.limit + other] += change
                cuts[other * Self.limit + node] += change
            }
            witnessCuts[node] += change
            deskCuts[node] += change
        case .oneWay: cuts[node * Self.limit + fault.other] += change
        case .bothWays:
            cuts[node * Self.limit + fault.other] += change
            cuts[fault.other * Self.limit + node] += change
        case .noWitness: witnessCuts[node] += change
        case .noDesk: isDeskDown = change > 0
        default: break
        }
    }

    /// How long a message takes; nil when it does not come.
    mutating func travel(_ chance: inout Chance) -> Milliseconds? {
        if chance.happens(weather.loss) { return nil }
        let time = weather.delay + chance.below(weather.jitter + 1)
        return chance.happens(weather.late) ? time + chance.between(500...4000) : time
    }
}
