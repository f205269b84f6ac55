import Agents
import Contract
import Models
import Platform

/// `usage.cost`.
struct UsageCostMethod: WaitingMethod {
    static let contract = MethodContract.usageCost
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let range = try UsageRange(params, now: sessions.clock.wall)
        let agent = params["agentId"]?.string?.lowercased()
        let used = await sessionsUsed(try sessions.usage(), range, agent)
        let sum = UsageSum(used, range)
        return .object(
            ("updatedAt", .int(sessions.clock.wall.milliseconds)), ("days", JSON(range.days)),
            (
                "daily",
                .array(
                    sum.days.sorted { $0.key < $1.key }.map { day, used in
                        var row = used.totals.members
                        row["date"] = .string(day)
                        return .object(row)
                    })
            ), ("totals", .object(sum.all.totals.members)))
    }

    private func sessionsUsed(
        _ ledger: UsageLedger, _ range: UsageRange, _ agent: String?
    ) async -> [UsageLedger.Session] {
        await ledger.sessions(since: range.start, offset: range.offset) { agent == nil || $0.key.agentID == agent }
    }
}

/// The use of several sessions within a range of days, summed up.
@LoopActor
struct UsageSum {
    private(set) var all = UsageDay()
    private(set) var days: [String: UsageDay] = [:]
    private(set) var agents: [String: UsageTotals] = [:]
    private(set) var channels: [String: UsageTotals] = [:]

    init(_ sessions: [UsageLedger.Session], _ range: UsageRange) {
        for session in sessions {
            let own = Self.day(of: session, range)
            all += own
            agents[session.record.key.agentID, default: UsageTotals()] += own.totals
            if let channel = session.record.key.channel ?? session.record.origin?.channel {
                channels[channel, default: UsageTotals()] += own.totals
            }
            for (day, used) in session.days where range.contains(day) { days[day, default: UsageDay()] += used }
        }
    }

    /// One session's, all days of the range together.
    static func day(of session: UsageLedger.Session, _ range: UsageRange) -> UsageDay {
        var sum = UsageDay()
        for (day, used) in session.days where range.contains(day) { sum += used }
        return sum
    }

    var aggregates: JSON {
        [
            "messages": all.messages.json, "tools": all.toolsJSON, "byModel": .array(all.modelRows),
            "byProvider": .array(all.providerRows),
            "byAgent": .array(
                agents.sorted { $0.key < $1.key }.map {
                    ["agentId": .string($0), "totals": .object($1.members)]
                }),
            "byChannel": .array(
                channels.sorted { $0.key < $1.key }.map {
                    ["channel": .string($0), "totals": .object($1.members)]
                }),
            "daily": .array(
                days.sorted { $0.key < $1.key }.map { day, used in
                    [
                        "date": .string(day), "tokens": JSON(used.totals.usage.total),
                        "cost": .double(used.totals.cost), "messages": JSON(used.messages.total),
                        "toolCalls": JSON(used.messages.toolCalls), "errors": JSON(used.messages.errors),
                    ]
                }),
        ]
    }
}

extension UsageDay {
    var toolsJSON: JSON {
        let sorted = tools.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return [
            "totalCalls": JSON(messages.toolCalls), "uniqueTools": JSON(tools.count),
            "tools": .array(sorted.map { ["name": .string($0.key), "count": JSON($0.value)] }),
        ]
    }

    var modelRows: [JSON] {
        models.sorted { $0.key < $1.key }.map { name, used in
            var row: JSON = ["count": JSON(used.count), "totals": .object(used.totals.members)]
            row["provider"] = ModelReference(name).map { .string($0.provider) }
            row["model"] = ModelReference(name).map { .string($0.model) }
            return row
        }
    }

    var providerRows: [JSON] {
        var providers: [String: (count: Int, totals: UsageTotals)] = [:]
        for (name, used) in models {
            let provider = ModelReference(name)?.provider ?? name
            providers[provider, default: (0, UsageTotals())].count += used.count
            providers[provider, default: (0, UsageTotals())].totals += used.totals
        }
        return providers.sorted { $0.key < $1.key }.map {
            ["provider": .string($0), "count": JSON($1.count), "totals": .object($1.totals.members)]
        }
    }
}

/// `sessions.usage`.
struct SessionsUsageMethod: WaitingMethod {
    static let contract = MethodContract.sessionsUsage
    static let defaultRows = 50
    static let rowLimit = 1000

    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let range = try UsageRange(params, now: sessions.clock.wall)
        var key: SessionKey?
        if params["key"] != nil { key = try sessions.key(params) }
        let agent = params["agentId"]?.string?.lowercased()
        let used = try await sessions.usage().sessions(since: range.start, offset: range.offset) { record in
            (key == nil || record.key == key) && (agent == nil || record.key.agentID == agent)
        }
        let sum = UsageSum(used, range)
        let limit = min(params["limit"]?.int ?? Self.defaultRows, Self.rowLimit)
        return .object(
            ("updatedAt", .int(sessions.clock.wall.milliseconds)), ("startDate", .string(range.firstDay)),
            ("endDate", .string(range.lastDay)), ("sessions", .array(used.prefix(limit).map { row($0, range) })),
            ("totals", .object(sum.all.totals.members)), ("aggregates", sum.aggregates),
            (
                "overview",
                ["matchedSessions": JSON(used.count), "returnedSessions": JSON(min(limit, used.count))]
            ))
    }

    private func row(_ session: UsageLedger.Session, _ range: UsageRange) -> JSON {
        let day = UsageSum.day(of: session, range)
        var usage = day.totals.members
        usage["sessionId"] = .string(session.record.sessionID)
        usage["firstActivity"] = session.first.map { .int($0.milliseconds) }
        usage["lastActivity"] = session.last.map { .int($0.milliseconds) }
        if let first = session.first, let last = session.last {
            usage["durationMs"] = .int(last.milliseconds - first.milliseconds)
        }
        usage["activityDates"] = .array(session.days.keys.filter(range.contains).sorted().map { .string($0) })
        usage["messageCounts"] = day.messages.json
        usage["toolUsage"] = day.toolsJSON
        usage["modelUsage"] = .array(day.modelRows)
        var row = sessions.row(session.record)
        row["usage"] = .object(usage)
        return row
    }
}

/// `sessions.usage.timeseries`.
struct SessionsUsageSeriesMethod: WaitingMethod {
    static let contract = MethodContract.sessionsUsageSeries
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let (shelf, key) = (try sessions.opened(), try sessions.key(request.params.object))
        let points: [UsagePoint]
        do throws(SessionError) {
            guard let found = try await shelf.usagePoints(key) else { throw .unknown("\(key)") }
            points = found
        } catch {
            throw RPCError(error)
        }
        var tokens = 0
        var cost = 0.0
        let rows = points.map { point -> JSON in
            tokens += point.usage.total
            cost += point.cost
            return [
                "timestamp": .int(point.time.milliseconds), "input": JSON(point.usage.input),
                "output": JSON(point.usage.output), "cacheRead": JSON(point.usage.cacheRead),
                "cacheWrite": JSON(point.usage.cacheWrite), "totalTokens": JSON(point.usage.total),
                "cost": .double(point.cost), "cumulativeTokens": JSON(tokens), "cumulativeCost": .double(cost),
            ]
        }
        var answer = JSONObject([("key", .string("\(key)")), ("points", .array(rows))])
        answer["sessionId"] = shelf.record(key).map { .string($0.sessionID) }
        return .json(.object(answer))
    }
}

/// `sessions.usage.logs`.
struct SessionsUsageLogsMethod: WaitingMethod {
    static let contract = MethodContract.sessionsUsageLogs
    static let defaultRows = 200
    static let chars = 2000

    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let (shelf, key) = (try sessions.opened(), try sessions.key(params))
        do throws(SessionError) {
            guard let log = try await shelf.usageLog(key, limit: params["limit"]?.int ?? Self.defaultRows) else {
                throw .unknown("\(key)")
            }
            return .object(
                ("key", .string("\(key)")), ("logs", .array(log.compactMap { $0.entry.usageRow(Self.chars) })))
        } catch {
            throw RPCError(error)
        }
    }
}
