/// What store-writer and transcript-writer are told.
package struct Options: Sendable {
    enum Mode {
        case write, verify, bench
    }

    var mode = Mode.write
    package var paths: [String] = []
    package var callers = 8
    package var count = Int.max
    /// Those of the program's own that were given.
    package var switches: Set<String> = []

    static func usage(_ program: String, _ switches: [String]) -> String {
        """
        usage: \(program) PATH [--callers N] [--count N]\(switches.map { " [\($0)]" }.joined())
               \(program) --verify PATH...
               \(program) PATH --bench [--callers N] [--count N]
        """
    }

    init?(_ arguments: ArraySlice<String>, switches known: [String]) {
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--verify": mode = .verify
            case "--bench": mode = .bench
            case "--callers":
                guard let value = rest.popFirst().flatMap(Int.init), value > 0 else { return nil }
                callers = value
            case "--count":
                guard let value = rest.popFirst().flatMap(Int.init), value > 0 else { return nil }
                count = value
            case _ where known.contains(argument): switches.insert(argument)
            default:
                if argument.hasPrefix("-") { return nil }
                paths.append(argument)
            }
        }
        if paths.isEmpty || (mode != .verify && paths.count > 1) { return nil }
    }
}
