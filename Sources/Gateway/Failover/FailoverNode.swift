import Contract
import Failover
import Platform

/// Whatever has a part in failover: a gateway, or the monitor alone beside one.
@LoopActor
protocol FailoverNode: AnyObject {
    /// Nil where failover is off.
    var pair: FailoverSettings? { get }
    /// Nil where none runs in here.
    var monitor: FailoverMonitor? { get }
    var copies: FailoverCopies? { get }
    var proofs: StandbyProofs? { get }
    /// Where the monitor runs beside it: whether that one has it act.
    var isActing: Bool { get }
    /// As people and the others know it.
    var name: String { get }
}

extension FailoverNode {
    /// What this node knows of the pair.
    var status: JSON {
        guard let pair else { return ["enabled": false, "role": "single", "state": "alone"] }
        var json: JSON = ["enabled": true, "mode": .string(pair.mode.rawValue)]
        let word = isActing ? "active" : "standby"
        let beside: JSON = [
            "role": .string(word), "state": .string(isActing ? word : "held"), "monitor": "beside this gateway",
        ]
        let rest = monitor?.status ?? beside
        for member in rest.object?.members ?? [] { json[member.key] = member.value }
        json["node"] = .string(name)
        json["workspace"] = copies?.workspace
        json["proof"] = proofs?.json
        json["channels"] = pair.channels.isEmpty ? nil : .string(pair.channels.joined(separator: ", "))
        json["cron"] = .bool(pair.role == .primary || pair.runsCron)
        return json
    }

    func history(limit: Int?) -> JSON {
        ["entries": monitor?.history(limit: limit ?? FailoverMachine.historyLimit) ?? []]
    }

    func obey(_ command: FailoverCommand) async throws(RPCError) -> JSON {
        guard let monitor else {
            throw pair == nil
                ? .invalid("failover is off in this gateway (failover.enabled)")
                : .invalid("the monitor beside this gateway decides: openclaw failover run")
        }
        if let refusal = await monitor.order(command) { throw .invalid(refusal.text) }
        return ["ok": true, "state": .string(monitor.machine.word.rawValue)]
    }
}
