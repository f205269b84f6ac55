import Platform

/// What the gateway says of its own parts. A part that is well is not shown.
extension HealthSummary {
    var troubles: [Fact] { [readinessFact, storeFact, logFact].compactMap { $0 } }

    /// What keeps it from being ready, with the reasons.
    private var readinessFact: Fact? {
        guard !failing.isEmpty else { return nil }
        var fact = Fact("readiness", "Not ready", "", isGood: false, observedAt: madeAt)
        fact.lines = failing.map { name in
            guard let reason = json["readiness"]?["reasons"]?[name]?.string else { return name }
            return "\(name): \(reason)"
        }
        fact.details["failing"] = .array(failing.map { .string($0) })
        return fact
    }

    /// A store that cannot be written fails readiness as well, and is told there.
    var storeFact: Fact? {
        guard let store = json["store"], store["ok"]?.bool == false, !failing.contains("store") else { return nil }
        let state = store["state"]?.string ?? "not well"
        let moved = store["movedTo"]?.string.map {
            "it was damaged and is \($0) now; the one in use began empty. What can be read of it: sqlite3 FILE .recover"
        }
        return Fact(
            "store", "Store", moved ?? store["reason"]?.string ?? state, isGood: false, observedAt: madeAt,
            details: JSONObject([("state", .string(state))]))
    }

    var logFact: Fact? {
        guard let log = json["log"], log["ok"]?.bool == false else { return nil }
        let reason = log["failure"]?.string ?? "unknown"
        return Fact(
            "log", "Log", "cannot be written: \(reason)", isGood: false, observedAt: madeAt,
            details: JSONObject([("dropped", log["dropped"] ?? 0)]))
    }
}
