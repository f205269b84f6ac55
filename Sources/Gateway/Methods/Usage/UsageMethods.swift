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

/// `usage.cost`.
struct UsageCostMethod: PromptMethod {
    static let contract = MethodContract.usageCost
    static let defaultDays = 30

    let clock: any Clock

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("updatedAt", .int(clock.wall.milliseconds)),
            ("days", request.params.object["days"] ?? JSON(Self.defaultDays)), ("daily", []),
            (
                "totals",
                [
                    "input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0, "totalTokens": 0, "totalCost": 0,
                    "missingCostEntries": 0,
                ]
            ))
    }
}
