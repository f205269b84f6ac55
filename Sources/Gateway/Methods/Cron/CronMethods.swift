import Contract
import Platform

/// `cron.list`.
struct CronListMethod: PromptMethod {
    static let contract = MethodContract.cronList

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("jobs", []), ("total", 0), ("offset", request.params.object["offset"] ?? 0), ("hasMore", false))
    }
}

/// `cron.status`. Nothing runs jobs, so it is not on.
struct CronStatusMethod: PromptMethod {
    static let contract = MethodContract.cronStatus
    let facts: GatewayFacts

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("enabled", false), ("storePath", .string(facts.databasePath)), ("jobs", 0), ("nextWakeAtMs", nil))
    }
}

/// `cron.runs`.
struct CronRunsMethod: PromptMethod {
    static let contract = MethodContract.cronRuns

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        guard params["id"] != nil || params["jobId"] != nil || params["scope"]?.string == "all" else {
            throw .invalid("invalid cron.runs params: missing id")
        }
        return .object(("entries", []), ("total", 0), ("hasMore", false))
    }
}
