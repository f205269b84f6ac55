import Platform

/// The health snapshot of a gateway (protocol.md section 7), read leniently: a newer one may hold more.
struct HealthSummary: Sendable {
    /// A channel as the snapshot tells of it.
    struct Channel: Sendable {
        let id: String
        let label: String
        let state: JSON

        /// A channel that is not set up is no trouble.
        var isConfigured: Bool { state["configured"]?.bool ?? state["linked"]?.bool ?? true }

        var problem: String? {
            if let error = state["lastError"]?.string, !error.isEmpty { return error }
            guard let probe = state["probe"], probe["ok"]?.bool == false else { return nil }
            return probe["error"]?.string ?? "its probe failed"
        }

        var words: String {
            if !isConfigured { return "not set up" }
            if let problem { return "FAILS: \(problem)" }
            if state["running"]?.bool == false { return "stopped" }
            if state["connected"]?.bool == true { return "connected" }
            return state["running"]?.bool == true ? "running" : "set up"
        }
    }

    let json: JSON

    init(_ json: JSON) { self.json = json }

    var channels: [Channel] {
        let all = json["channels"]?.object?.members ?? []
        let order = json["channelOrder"]?.array?.compactMap(\.string) ?? []
        let sorted = all.sorted { a, b in
            (order.firstIndex(of: a.key) ?? .max, a.key) < (order.firstIndex(of: b.key) ?? .max, b.key)
        }
        return sorted.map { member in
            Channel(
                id: member.key, label: json["channelLabels"]?[member.key]?.string ?? member.key, state: member.value)
        }
    }

    /// What keeps the gateway from being ready, by name.
    var failing: [String] { json["readiness"]?["failing"]?.array?.compactMap(\.string) ?? [] }

    var isGood: Bool {
        json["ok"]?.bool == true && failing.isEmpty && channels.allSatisfy { $0.problem == nil }
            && configFact?.isGood != false && logFact == nil && storeFact == nil
    }

    /// It lets what is under way come to its end, and takes nothing new up.
    var isDraining: Bool { failing.contains("draining") }

    /// In one word, for `status`.
    var state: String { isGood ? "running" : isDraining ? "draining" : "degraded" }

    var verdict: Report.Verdict { isGood ? .good : .degraded }

    var madeAt: WallTime? { json["ts"]?.int.map { WallTime(milliseconds: Int64($0)) } }

    func facts(isVerbose: Bool) -> [Fact] {
        var facts = troubles
        facts.append(channelFact)
        if let configFact { facts.append(configFact) }
        let agents = json["agents"]?.array ?? []
        let names = agents.compactMap { $0["agentId"]?.string }
        facts.append(
            Fact(
                "agents", "Agents", names.isEmpty ? "none set up" : names.joined(separator: ", "),
                observedAt: madeAt, details: JSONObject([("count", JSON(names.count))])))
        let count = json["sessions"]?["count"]?.int ?? 0
        facts.append(
            Fact(
                "sessions", "Sessions", "\(count)", observedAt: madeAt, details: JSONObject([("count", JSON(count))])))
        if isVerbose {
            let every = json["heartbeatSeconds"]?.int ?? 0
            facts.append(
                Fact(
                    "heartbeat", "Heartbeat", every == 0 ? "off" : "every \(Age.span(.seconds(every)))",
                    observedAt: madeAt))
            if let took = json["durationMs"]?.int {
                facts.append(Fact("duration", "Took", Age.latency(.milliseconds(took)), observedAt: madeAt))
            }
        }
        return facts
    }

    /// One line for each channel.
    var channelFact: Fact {
        var fact = Fact("channels", "Channels", "none set up", observedAt: madeAt)
        let shown = channels.filter(\.isConfigured)
        if !shown.isEmpty {
            fact.lines = shown.map { "\($0.label) \($0.words)" }
            fact.isGood = shown.allSatisfy { $0.problem == nil }
        }
        fact.details["list"] = .array(
            channels.map { channel in
                var row: JSON = [
                    "id": .string(channel.id), "label": .string(channel.label), "text": .string(channel.words),
                ]
                row["problem"] = channel.problem.map(JSON.string)
                return row
            })
        return fact
    }
}
