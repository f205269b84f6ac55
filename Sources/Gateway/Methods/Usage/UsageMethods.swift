import Contract
import Platform

/// `usage.status`.
struct UsageStatusMethod: PromptMethod {
    static let contract = MethodContract.usageStatus
    let clock: any Clock

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(("updatedAt", .int(clock.wall.milliseconds)), ("providers", []))
    }
}
