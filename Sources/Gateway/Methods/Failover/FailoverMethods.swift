import Contract
import Failover
import Platform

/// `failover.status`.
struct FailoverStatusMethod: PromptMethod {
    static let contract = MethodContract.failoverStatus
    let failover: FailoverServices

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .json(failover.status) }
}

/// `failover.history`.
struct FailoverHistoryMethod: PromptMethod {
    static let contract = MethodContract.failoverHistory
    let failover: FailoverServices

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let limit = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("limit").ifPresent?.integer() ?? FailoverMachine.historyLimit
        }
        return .object(("entries", failover.monitor?.history(limit: limit) ?? []))
    }
}

/// `failover.promote`, `demote`, `switchover`, `resume` and `drill`.
struct FailoverOrderMethod<Order: FailoverOrder>: PromptMethod {
    static var contract: MethodContract { Order.contract }
    let failover: FailoverServices

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { try failover.obey(Order.command) }
}

/// `failover.pause`.
struct FailoverPauseMethod: PromptMethod {
    static let contract = MethodContract.failoverPause
    let failover: FailoverServices

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let time = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("forMs").ifPresent?.integer()
        }
        return try failover.obey(.pause(time.map { Milliseconds($0) }))
    }
}

/// An order without anything to say about it.
protocol FailoverOrder {
    static var contract: MethodContract { get }
    static var command: FailoverCommand { get }
}

/// `failover.promote`.
enum FailoverPromotion: FailoverOrder {
    static let contract = MethodContract.failoverPromote
    static let command = FailoverCommand.promote
}

/// `failover.demote`.
enum FailoverDemotion: FailoverOrder {
    static let contract = MethodContract.failoverDemote
    static let command = FailoverCommand.demote
}

/// `failover.switchover`.
enum FailoverSwitchover: FailoverOrder {
    static let contract = MethodContract.failoverSwitchover
    static let command = FailoverCommand.switchover
}

/// `failover.resume`.
enum FailoverResumption: FailoverOrder {
    static let contract = MethodContract.failoverResume
    static let command = FailoverCommand.resume
}

/// `failover.drill`.
enum FailoverDrill: FailoverOrder {
    static let contract = MethodContract.failoverDrill
    static let command = FailoverCommand.drill
}

extension FailoverServices {
    func obey(_ command: FailoverCommand) throws(RPCError) -> Reply {
        guard let monitor else {
            throw part == .started
                ? .invalid("the monitor beside this gateway decides: openclaw failover run")
                : .invalid("failover is off in this gateway (failover.enabled)")
        }
        if let refusal = monitor.order(command) { throw .invalid(refusal.text) }
        return .object(("ok", true), ("state", .string(monitor.machine.word.rawValue)))
    }

    /// What this node knows of the pair.
    var status: JSON {
        guard let settings else { return ["enabled": false, "role": "single", "state": "alone"] }
        var json: JSON = ["enabled": true, "mode": .string(settings.mode.rawValue)]
        let rest: JSON = monitor?.status ?? ["role": "active", "state": "active", "monitor": "beside this gateway"]
        for member in rest.object?.members ?? [] { json[member.key] = member.value }
        json["node"] = .string(name)
        json["workspace"] = copies?.workspace
        json["channels"] = settings.channels.isEmpty ? nil : .string(settings.channels.joined(separator: ", "))
        json["cron"] = .bool(settings.role == .primary || settings.runsCron)
        return json
    }
}
