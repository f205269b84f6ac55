package import Models
package import Platform
import Store

/// The scheduler, for those that were put together before the store was open.
@LoopActor
package final class CronDoor {
    package var scheduler: CronScheduler?

    package nonisolated init() {}
}

/// `cron`: jobs at set times, for owners only.
package struct CronTool: WorkingTool {
    private enum Action: String, CaseIterable {
        case status, list, get, add, update, remove, run, runs
    }

    package let definition = ToolDefinition(
        "cron",
        "Jobs at set times, reminders too. add takes `job`: {name?, schedule, payload, sessionTarget?, delivery?}. schedule: "
            + "{kind: \"at\", at: ISO time} | {kind: \"every\", everyMs} | {kind: \"cron\", expr, tz?}. payload: {kind: "
            + "\"agentTurn\", message}, run in a conversation of its own and answered in this chat, or {kind: "
            + "\"systemEvent\", text}, told to the main conversation. update takes `id` and `patch`.",
        .required("action", .choice(Action.allCases.map(\.rawValue)), "what to do"),
        .optional("job", .object, "add: the job"),
        .optional("id", .text, "get, update, remove, run, runs: which job"),
        .optional("patch", .object, "update: the members that change; null takes one away"),
        .optional("limit", .integer(1...100), "runs: how many; 10 unless given"))
    package let group = "automation"
    package let isForOwners = true
    private let door: CronDoor
    private let clock: any Clock

    package init(_ door: CronDoor, clock: any Clock) {
        self.door = door
        self.clock = clock
    }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        guard call.context.isOwner else { throw .said("only an owner's conversation may use the cron tool") }
        guard let action = try arguments.choice("action", Action.self) else {
            throw .said("cron needs `action`: \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let scheduler = door.scheduler else { throw .said("the gateway is starting; try again shortly") }
        let answer: JSON
        switch action {
        case .status:
            answer = [
                "enabled": .bool(scheduler.settings.isEnabled), "jobs": JSON(scheduler.book.count),
                "next": scheduler.nextWake.map { .string(CalendarDate($0).text()) } ?? .null,
                "now": .string(CalendarDate(clock.wall).text()),
            ]
        case .list: answer = .array(scheduler.book.inOrder.prefix(100).map { Self.short($0) })
        case .get:
            let id = try arguments.word("id")
            guard let record = scheduler.book.record(id) else { throw Self.unknown(id) }
            answer = Self.json(record, scheduler)
        case .add: answer = try await add(arguments["job"], call.context, scheduler)
        case .update: answer = try await update(try arguments.word("id"), arguments["patch"], scheduler)
        case .remove:
            let id = try arguments.word("id")
            let isGone = try await stored { () throws(StoreError) in try await scheduler.book.remove(id) }
            guard isGone else { throw Self.unknown(id) }
            answer = ["removed": true]
        case .run: answer = try await run(try arguments.word("id"), scheduler)
        case .runs:
            var query = CronQuery()
            query.jobID = try arguments.word("id")
            query.limit = try arguments.integer("limit", 1...100) ?? 10
            let found = query
            let runs = try await stored { () throws(StoreError) in try await scheduler.book.runs(found) }
            answer = .array(runs.entries)
        }
        return ToolOutput(ToolText.head("\(answer)", ToolText.limit), details: answer)
    }

    private func add(_ job: JSON?, _ context: ToolContext, _ scheduler: CronScheduler) async throws(ToolProblem) -> JSON
    {
        guard var document = job?.object else { throw .said("add needs `job`, an object") }
        guard scheduler.book.count < CronBook.limit else {
            throw .said("there are \(CronBook.limit) jobs already; remove some first")
        }
        if document["agentId"] == nil { document["agentId"] = .string(context.agentID) }
        // The answer comes to the chat in which it was asked for.
        let origin = context.origin
        if document["delivery"] == nil, let to = origin.to, document["payload"]?["kind"]?.string != "systemEvent" {
            var delivery = JSONObject([
                ("mode", "announce"), ("channel", .string(origin.channel)), ("to", .string(to)),
            ])
            delivery["accountId"] = origin.accountID.map { .string($0) }
            delivery["threadId"] = origin.threadID.map { .string($0) }
            document["delivery"] = .object(delivery)
        }
        let new: CronJob
        do throws(CronProblem) {
            new = try CronJob(
                new: document, id: UUIDText.random(), at: clock.wall, sessionKey: "\(context.sessionKey)",
                zones: scheduler.book.zones)
        } catch {
            throw .said("the job is none: \(error)")
        }
        let now = clock.wall
        let record = try await stored { () throws(StoreError) in try await scheduler.book.add(new, at: now) }
        return Self.json(record, scheduler)
    }

    private func update(_ id: String, _ patch: JSON?, _ scheduler: CronScheduler) async throws(ToolProblem) -> JSON {
        guard let patch = patch?.object else { throw .said("update needs `patch`, an object") }
        let now = clock.wall
        switch try await stored({ () throws(StoreError) in try await scheduler.book.change(id, by: patch, at: now) }) {
        case .done(let record): return Self.json(record, scheduler)
        case .missing: throw Self.unknown(id)
        case .refused(let problem): throw .said("the change is refused: \(problem)")
        }
    }

    private func run(_ id: String, _ scheduler: CronScheduler) async throws(ToolProblem) -> JSON {
        switch await scheduler.run(id) {
        case .begun(let run): return ["runId": .string(run), "begun": true]
        case .unknown: throw Self.unknown(id)
        case .notDue: throw .said("it is not due")
        case .alreadyRunning: throw .said("it runs already")
        case .invalid(let problem): throw .said("it cannot run: \(problem)")
        case .refused(let reason): throw .said(reason)
        }
    }

    private func stored<Value: Sendable>(
        _ work: @LoopActor () async throws(StoreError) -> Value
    ) async throws(ToolProblem) -> Value {
        do throws(StoreError) { return try await work() } catch { throw .said("the store does not take it: \(error)") }
    }

    private static func unknown(_ id: String) -> ToolProblem {
        .said("there is no job \"\(ToolText.head(id, 100))\"; cron list names them")
    }

    private static func json(_ record: CronRecord, _ scheduler: CronScheduler) -> JSON {
        record.job.json(state: record.stateJSON(runningSince: scheduler.runningSince(record.job.id)))
    }

    private static func short(_ record: CronRecord) -> JSON {
        var json: JSON = [
            "id": .string(record.job.id), "name": .string(record.job.name), "enabled": .bool(record.job.isEnabled),
        ]
        json["next"] = record.due.map { .string(CalendarDate($0).text()) }
        json["last"] = record.state.lastOutcome.map { .string($0.rawValue) }
        json["problem"] = record.job.problem.map { .string($0) }
        return json
    }
}
