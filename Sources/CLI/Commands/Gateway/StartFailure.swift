import Gateway
import Platform
import Settings

/// Why a gateway did not start, for people and, with a word that stays the same, for programs.
extension CommandFailure {
    init(starting refusal: ConfigRefusal) {
        self.init(
            .willNotStart, GatewayRefusal.Reason(refusal).rawValue, lines: refusal.description,
            facts: JSONObject([("problems", .array(refusal.problems.map(\.json)))]))
    }

    init(starting refusal: GatewayRefusal) {
        self.init(
            refusal.isFinal ? .willNotStart : .notGood, refusal.reason.rawValue, lines: refusal.description,
            facts: refusal.facts)
    }

    /// The first line is the message; the others stand beneath it.
    private init(_ code: ExitCode, _ reason: String, lines text: String, facts: JSONObject) {
        let lines = text.split(separator: "\n").map(String.init)
        self.init(
            code, reason, lines.first ?? "the gateway did not start",
            details: lines.dropFirst().map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : $0 }, facts: facts)
    }
}
