import Models
import Platform

/// Why a turn came to no answer of its own.
enum TurnFailure: Error {
    case cancelled
    case failed(RunFailure)

    static func failed(_ text: String) -> TurnFailure { .failed(RunFailure(text)) }

    static func session(_ error: SessionError) -> TurnFailure { .failed(RunFailure("\(error)")) }
}

/// What a turn took, over all its answers.
struct TurnTotals {
    var usage = ModelUsage()
    /// Nil as long as nothing with a price was used.
    var cost: Double?
    var model: ModelReference?
    /// What the last request and its answer filled of the window.
    var contextTokens: Int?

    mutating func add(_ usage: ModelUsage, cost: Double?) {
        self.usage = self.usage + usage
        if let cost { self.cost = (self.cost ?? 0) + cost }
    }

    /// As an answer shows it: `tokens`, or `full`. Nil where nothing was used.
    @LoopActor
    func words(_ wish: String?) -> String? {
        guard usage.total > 0, wish == "tokens" || wish == "full" else { return nil }
        var words = "\(usage.input) tokens in, \(usage.output) out"
        if wish == "full" {
            words += ", \(usage.cacheRead) from cache, \(usage.cacheWrite) to cache"
            if let cost { words += "; $\(StatusText.dollars(cost))" }
            if let model { words += "; \(model)" }
        }
        return "[\(words)]"
    }
}
