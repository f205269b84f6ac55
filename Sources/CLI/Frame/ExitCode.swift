/// What the process tells its caller at its end. Documented in `openclaw help exit-codes` and nowhere else defined.
package enum ExitCode: Int32, CaseIterable, Sendable {
    case good = 0
    /// Down, degraded, refused or cut short.
    case notGood = 1
    case usage = 2
    case unreachable = 3
    case notAuthorized = 4
    case tryAgain = 75
    /// Will not start, and a restart would not help. Service managers are told not to try.
    case willNotStart = 78

    package var meaning: String {
        switch self {
        case .good: "good"
        case .notGood: "not good: down, degraded, refused, or cut short"
        case .usage: "the command line is wrong"
        case .unreachable: "the gateway cannot be reached"
        case .notAuthorized: "the gateway refused the credentials"
        case .tryAgain: "not now; try again"
        case .willNotStart: "will not start, and a restart would not help; the error says why"
        }
    }
}
