import Contract
import Platform

/// `health`.
struct HealthMethod: PromptMethod {
    static let contract = MethodContract.health
    let report: HealthReport

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        if request.params.field("probe").value?.bool == true { report.refresh() }
        return .encoded(report.current())
    }
}

/// `system-presence`.
struct SystemPresenceMethod: PromptMethod {
    static let contract = MethodContract.systemPresence
    let presence: Presence

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .json(presence.json) }
}
