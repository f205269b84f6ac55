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
            try params.field("limit").ifPresent?.integer()
        }
        return .json(failover.history(limit: limit))
    }
}

/// `failover.promote`, `demote`, `switchover`, `resume` and `drill`.
struct FailoverOrderMethod<Order: FailoverOrder>: WaitingMethod {
    static var contract: MethodContract { Order.contract }
    let failover: FailoverServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        .json(try await failover.obey(Order.command))
    }
}

/// `failover.pause`.
struct FailoverPauseMethod: WaitingMethod {
    static let contract = MethodContract.failoverPause
    let failover: FailoverServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let time = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("forMs").ifPresent?.integer()
        }
        return .json(try await failover.obey(.pause(time.map { Milliseconds($0) })))
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
