import FailoverSimulation

/// The command line.
struct Options {
    enum Mode: String, CaseIterable { case seeds, wrong, baseline, weeks }

    static let usage = """
        usage: failover-sim seeds [--seed N] [--count N | --seconds N] [--wrong RULE] [--keep-going]
               failover-sim --seed N --trace [--wrong RULE]
               failover-sim wrong [--seed N] [--count N]
               failover-sim baseline [--seed N] [--count N] [--trace]
               failover-sim weeks [--seed N] [--count N] [--trace [--foreign]]
        rules: \(WrongRule.allCases.map(\.rawValue).joined(separator: " "))
        """

    var mode = Mode.seeds
    var seed: UInt64 = 1
    var count: Int?
    /// Instead of a count.
    var seconds: Int?
    var wrong: WrongRule?
    var isTraced = false
    var keepsGoing = false
    /// The primary is somebody else's gateway.
    var isForeign = false

    init?(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            switch argument {
            case "--seed":
                guard let seed = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
                self.seed = seed
            case "--count":
                guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else { return nil }
                self.count = count
            case "--seconds":
                guard let seconds = rest.popFirst().flatMap({ Int($0) }), seconds > 0 else { return nil }
                self.seconds = seconds
            case "--wrong":
                guard let wrong = rest.popFirst().flatMap(WrongRule.init) else { return nil }
                self.wrong = wrong
            case "--trace": isTraced = true
            case "--foreign": isForeign = true
            case "--keep-going": keepsGoing = true
            default:
                guard let mode = Mode(rawValue: argument) else { return nil }
                self.mode = mode
            }
        }
    }
}
