import Agents
import Contract
import Platform
import Store

/// `cron.list`.
struct CronListMethod: PromptMethod {
    static let contract = MethodContract.cronList
    let cron: CronServices
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        var records = (cron.scheduler?.book.inOrder ?? []).filter { matches($0, params) }
        sort(&records, params)
        let offset = min(params["offset"]?.int ?? 0, records.count)
        let limit = min(params["limit"]?.int ?? .max, records.count)
        let page = records[offset...].prefix(limit)
        let isCompact = params["compact"]?.bool ?? false
        let jobs = page.map { isCompact ? compact($0) : cron.json($0) }
        return .page("jobs", jobs, from: offset, limit, of: records.count)
    }

    private func matches(_ record: CronRecord, _ params: JSONObject) -> Bool {
        let job = record.job
        switch params["enabled"] {
        case .bool(let wanted)?: if job.isEnabled != wanted { return false }
        case .string("enabled")?: if !job.isEnabled { return false }
        case .string("disabled")?: if job.isEnabled { return false }
        case .string("all")?: break
        default: if !job.isEnabled, params["includeDisabled"]?.bool != true { return false }
        }
        if let agent = text("agentId", params), agent != job.agentID ?? roster.defaultID { return false }
        if let kind = text("scheduleKind", params), kind != "all", kind != job.schedule?.kind { return false }
        if let status = text("lastRunStatus", params), status != "all",
            status != record.state.lastOutcome?.status ?? "unknown"
        {
            return false
        }
        guard let query = text("query", params)?.lowercased() else { return true }
        return [job.id, job.name, job.document["description"]?.string ?? ""].contains {
            $0.lowercased().contains(query)
        }
    }

    private func text(_ name: String, _ params: JSONObject) -> String? {
        params[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func sort(_ records: inout [CronRecord], _ params: JSONObject) {
        switch params["sortBy"]?.string {
        case "name": records.sort { $0.job.name.lowercased() < $1.job.name.lowercased() }
        case "updatedAtMs": records.sort { $0.job.updatedAt < $1.job.updatedAt }
        default: break
        }
        if params["sortDir"]?.string == "desc" { records.reverse() }
    }

    private func compact(_ record: CronRecord) -> JSON {
        var json = JSONObject([
            ("id", .string(record.job.id)), ("name", .string(record.job.name)),
            ("enabled", .bool(record.job.isEnabled)),
        ])
        json["nextRunAtMs"] = cron.scheduler?.book.due(record.job.id).map { .int($0.milliseconds) }
        json["scheduleKind"] = record.job.schedule.map { .string($0.kind) }
        json["lastRunStatus"] = record.state.lastOutcome.map { .string($0.status) }
        return .object(json)
    }
}

/// `cron.status`.
struct CronStatusMethod: PromptMethod {
    static let contract = MethodContract.cronStatus
    let cron: CronServices
    let facts: GatewayFacts

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let next = cron.scheduler?.nextWake.map { max(0, $0.milliseconds) }
        return .object(
            ("enabled", .bool(cron.isEnabled && cron.scheduler != nil)), ("storePath", .string(facts.databasePath)),
            ("jobs", JSON(cron.scheduler?.book.count ?? 0)), ("nextWakeAtMs", next.map { .int($0) } ?? .null))
    }
}

/// `cron.get`.
struct CronGetMethod: PromptMethod {
    static let contract = MethodContract.cronGet
    let cron: CronServices

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let id = try CronServices.id(request, Self.contract)
        guard let record = try cron.opened().book.record(id) else { throw CronServices.unknown(id) }
        return .json(cron.json(record))
    }
}

/// `cron.runs`. The older protocol has the newest last.
struct CronRunsMethod: WaitingMethod {
    static let contract = MethodContract.cronRuns
    nonisolated static let limit = 500
    let cron: CronServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        var query = CronQuery()
        if params["scope"]?.string != "all" { query.jobID = try CronServices.id(request, Self.contract) }
        query.runID = params["runId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        query.limit = min(params["limit"]?.int ?? query.limit, Self.limit)
        query.offset = params["offset"]?.int ?? 0
        query.statuses = (params["statuses"]?.array ?? []).compactMap(\.string)
        if let status = params["status"]?.string, status != "all" { query.statuses.append(status) }
        query.isOldestFirst = params["sortDir"]?.string == "asc"
        guard let book = cron.scheduler?.book else {
            return .object(("entries", []), ("total", 0), ("hasMore", false))
        }
        let found: (entries: [JSON], total: Int)
        do throws(StoreError) { found = try await book.runs(query) } catch { throw .unavailable("\(error)") }
        let isOlder = request.client.generation < 4 && params["sortDir"] == nil
        return .page(
            "entries", isOlder ? found.entries.reversed() : found.entries, from: query.offset, query.limit,
            of: found.total)
    }
}

extension Reply {
    /// A part of a list, and where the next one begins.
    fileprivate static func page(
        _ name: String, _ items: [JSON], from offset: Int, _ limit: Int, of total: Int
    ) -> Reply {
        let end = offset + items.count
        var page = JSONObject([
            (name, .array(items)), ("total", JSON(total)), ("offset", JSON(offset)), ("limit", JSON(limit)),
            ("hasMore", .bool(end < total)),
        ])
        if end < total { page["nextOffset"] = JSON(end) }
        return .json(.object(page))
    }
}

extension CronServices {
    /// The job that is meant.
    static func id(_ request: MethodRequest, _ contract: MethodContract) throws(RPCError) -> String {
        let params = request.params.object
        guard let id = params["id"]?.string ?? params["jobId"]?.string, !id.isEmpty else {
            throw .invalid("invalid \(contract.name) params: missing id")
        }
        return id
    }

    static func unknown(_ id: String) -> RPCError { .invalid("unknown cron job id: \(id.cut(to: 100))") }
}
