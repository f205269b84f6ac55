import Platform

extension HealthSummary {
    /// What the gateway says of its configuration: which one runs, what waits for a restart, why the file is not used.
    /// Nil for a gateway that says nothing.
    var configFact: Fact? {
        guard let config = json["config"], let path = config["shownPath"]?.string else { return nil }
        let since = config["inUseSinceMs"]?.int.map { WallTime(milliseconds: Int64($0)) }
        let pending = config["pendingRestart"]?.array?.compactMap(\.string) ?? []
        var lines: [String] = []
        var isGood = true
        if let fallback = config["fallback"] {
            lines.append(fallback["text"]?.string ?? "running on the last good configuration")
            isGood = false
        }
        if config["valid"]?.bool == false {
            lines.append("the changed file is NOT USED: \(config["problem"]?.string ?? "it has errors")")
            if let since {
                lines.append(
                    "the gateway keeps the configuration of \(Age.moment(since, now: madeAt ?? since, zone: .local))")
            }
            isGood = false
        }
        if !pending.isEmpty { lines.append("after a restart: \(pending.joined(separator: ", "))") }
        if lines.isEmpty, let since {
            lines.append("\(path), valid, in use since \(Age.moment(since, now: madeAt ?? since, zone: .local))")
        }
        if lines.isEmpty { lines.append("\(path), valid") }
        var fact = Fact(
            "config", "Config", "", isGood: isGood, observedAt: madeAt, details: config.object ?? JSONObject())
        fact.lines = lines
        return fact
    }

    /// What to do about it, as commands.
    func configAdvice(_ program: String) -> [String] {
        configFact?.isGood == false ? ["\(program) config diff", "\(program) config restore"] : []
    }
}
