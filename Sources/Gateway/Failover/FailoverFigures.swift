import Failover
import Platform

/// A figure in the form of MetricsText.
struct FailoverFigure {
    let name: String
    let kind: String
    let help: String
    let values: [(labels: String, value: String)]
}

extension FailoverServices {
    private static let roles: [PeerAnnouncement.Role] = [.primary, .standby, .active, .draining]

    /// None without failover. Nodes go by their place, not by their addresses.
    var figures: [FailoverFigure] {
        guard settings != nil else { return [] }
        let announcement = announcement
        var all = [
            FailoverFigure(
                name: "failover_role", kind: "gauge", help: "1 for what this gateway is in its pair.",
                values: Self.roles.map { ("{role=\"\($0.rawValue)\"}", $0 == announcement.role ? "1" : "0") }),
            FailoverFigure(
                name: "failover_epoch", kind: "gauge", help: "Rises with each switch.",
                values: [("", "\(announcement.epoch)")]),
        ]
        guard let monitor else { return all }
        all.append(
            FailoverFigure(
                name: "failover_switches", kind: "gauge", help: "How often this gateway took over, as far as is kept.",
                values: [("", "\(monitor.switches)")]))
        guard !monitor.machine.rules.isPrimary else { return all }
        all.append(
            FailoverFigure(
                name: "failover_probe_age_seconds", kind: "gauge", help: "Since the last probe ended.",
                values: monitor.probeAges.map {
                    ("{peer=\"\($0.place)\"}", "\(Double($0.age.inNanoseconds / 1_000_000) / 1000)")
                }))
        all.append(
            FailoverFigure(
                name: "failover_probe_failures", kind: "gauge", help: "Failed probes in a row.",
                values: monitor.failures.enumerated().map { ("{peer=\"\($0)\"}", "\($1)") }))
        guard let report = proofs?.report, report.lastTry != nil else { return all }
        all.append(
            FailoverFigure(
                name: "failover_proof_ok", kind: "gauge",
                help: "1 while model and bots answered when they were last asked.",
                values: [("", report.failure == nil ? "1" : "0")]))
        if let good = report.lastSuccess {
            let age = max(0, clock.wall.milliseconds - good.milliseconds)
            all.append(
                FailoverFigure(
                    name: "failover_proof_age_seconds", kind: "gauge", help: "Since they last did.",
                    values: [("", "\(Double(age) / 1000)")]))
        }
        return all
    }

    /// For people, in a chat.
    var lines: [String] {
        guard settings != nil else { return [] }
        let announcement = announcement
        var lines = ["This gateway: \(announcement.role.rawValue), \(monitor?.machine.word.rawValue ?? "running")."]
        if let last = monitor?.machine.history.last {
            lines.append("Last change: \(last.to.rawValue), \(last.reason).")
        }
        for peer in monitor?.peerLines ?? [] { lines.append(peer) }
        if let failure = proofs?.report.failure { lines.append("It could not answer if it had to: \(failure).") }
        return lines
    }
}
