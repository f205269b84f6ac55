import Models
import Platform

/// The answer of `/status`: facts, each by its own means.
@LoopActor
enum StatusText {
    static func of(_ call: CommandCall) async -> String {
        let state = call.desk.facts.state
        let services = call.services
        let record = await call.record()
        let line = services.models.line(record?.choices.model, agent: call.key.agentID)
        var lines = ["OpenClaw gateway \(state.version), profile \(state.profile), up \(time(state.uptime))"]
        lines.append(
            state.failing.isEmpty ? "Ready: yes" : "Ready: no; failing: \(state.failing.joined(separator: ", "))")
        if line.candidates.isEmpty {
            lines.append("Model: none; \(BuiltinOperator.reference) answers, which is no language model")
        } else {
            lines.append(
                "Model: "
                    + line.candidates.map { "\($0.reference)\(cooling($0, services))" }.joined(separator: ", then "))
        }
        lines += line.left.map { "Model left out: \($0)" }
        lines.append("Agent: \(call.key.agentID)")
        if let record {
            var session = "Session: \(call.key) (\(record.sessionID))"
            if let tokens = record.contextTokens {
                session += ", \(tokens)"
                let window = line.first.flatMap { services.models.configuration.facts($0)?.usableContext }
                if let window { session += " of \(window)" }
                session += " tokens"
            }
            if let cost = record.cost { session += ", $\(dollars(cost))" }
            lines.append(session)
        } else {
            lines.append("Session: \(call.key); it cannot be opened")
        }
        if let runs = call.desk.runs {
            let active = runs.active().filter { $0.id != call.request.id }
            let here = active.filter { $0.sessionKey == call.key }.count
            lines.append(
                "Runs: \(active.count) under way, \(here) in this session; \(runs.waitingCount(in: call.key)) wait here"
            )
        }
        var process = "Process: \(state.processID), \(state.clients) \(state.clients == 1 ? "client" : "clients")"
        if let bytes = state.residentBytes { process += ", \(bytes >> 20) MiB" }
        lines.append(process)
        if call.request.isOwner {
            lines.append("Configuration: \(state.configPath)")
            lines.append("Log: \(state.logPath ?? "none")\(state.logFailure.map { " (\($0))" } ?? "")")
        }
        return lines.joined(separator: "\n")
    }

    /// Of a model that is left alone for a while, until when and why.
    static func cooling(_ candidate: ModelCandidate, _ services: TurnServices) -> String {
        let times = candidate.profiles.map {
            services.models.cooldowns.cooldown(profile: $0, model: candidate.target.id)
        }
        guard !times.contains(where: { $0 == nil }),
            let soonest = times.compactMap({ $0 }).min(by: { $0.until < $1.until })
        else { return "" }
        return " (left alone for \(time(soonest.until - services.clock.now)): \(soonest.reason.words))"
    }

    static func time(_ duration: Duration) -> String {
        let seconds = duration.inNanoseconds / 1_000_000_000
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min" }
        if seconds < 86_400 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
        return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }

    /// With four digits behind the point.
    static func dollars(_ amount: Double) -> String {
        let units = Int64((amount * 10_000).rounded())
        let rest = String(units % 10_000)
        return "\(units / 10_000)." + String(repeating: "0", count: 4 - rest.count) + rest
    }
}
