import Agents
import Contract
import Platform
import Store

/// `cron.add`.
struct CronAddMethod: WaitingMethod {
    static let contract = MethodContract.cronAdd
    let cron: CronServices
    let roster: AgentRoster
    let clock: any Clock

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let book = try cron.opened().book
        guard book.count < CronBook.limit else {
            throw .invalid("there are \(CronBook.limit) jobs already; remove some: openclaw cron rm <id>")
        }
        let params = request.params.object
        if let agent = params["agentId"]?.string, !agent.isEmpty, roster.agent(agent) == nil {
            throw .invalid("unknown agent id \"\(agent.cut(to: 100))\"")
        }
        let job: CronJob
        do throws(CronProblem) {
            job = try CronJob(new: params, id: UUIDText.random(), at: clock.wall, zones: cron.zones)
        } catch {
            throw .invalid("invalid cron.add params: \(error)")
        }
        do throws(StoreError) {
            return .json(cron.json(try await book.add(job, at: clock.wall)))
        } catch {
            throw .unavailable("the job is not kept: \(error)")
        }
    }
}

/// `cron.update`.
struct CronUpdateMethod: WaitingMethod {
    static let contract = MethodContract.cronUpdate
    let cron: CronServices
    let roster: AgentRoster
    let clock: any Clock

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try CronServices.id(request, Self.contract)
        let patch = request.params.object["patch"]?.object ?? JSONObject()
        if let agent = patch["agentId"]?.string, !agent.isEmpty, roster.agent(agent) == nil {
            throw .invalid("unknown agent id \"\(agent.cut(to: 100))\"")
        }
        let book = try cron.opened().book
        let change: CronBook.Change
        do throws(StoreError) {
            change = try await book.change(id, by: patch, at: clock.wall)
        } catch {
            throw .unavailable("the change is not kept: \(error)")
        }
        switch change {
        case .done(let record): return .json(cron.json(record))
        case .missing: throw CronServices.unknown(id)
        case .refused(let problem): throw .invalid("invalid cron.update params: \(problem)")
        }
    }
}

/// `cron.remove`. That a job is not there is an error in the newer protocol alone.
struct CronRemoveMethod: WaitingMethod {
    static let contract = MethodContract.cronRemove
    let cron: CronServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try CronServices.id(request, Self.contract)
        let book = try cron.opened().book
        let isRemoved: Bool
        do throws(StoreError) {
            isRemoved = try await book.remove(id)
        } catch {
            throw .unavailable("the job is not removed: \(error)")
        }
        if !isRemoved, request.client.generation >= 4 { throw CronServices.unknown(id) }
        return .object(("ok", true), ("removed", .bool(isRemoved)))
    }
}

/// `cron.run`. It is answered when the run began; `cron.runs` and the event `cron` tell how it ended.
struct CronRunMethod: WaitingMethod {
    static let contract = MethodContract.cronRun
    let cron: CronServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = try CronServices.id(request, Self.contract)
        let mode = request.params.object["mode"]?.string ?? "force"
        let scheduler = try cron.opened()
        if mode == "if-enabled", scheduler.book.record(id)?.job.isEnabled == false { return Self.not("disabled") }
        switch await scheduler.run(id, onlyIfDue: mode == "due") {
        case .begun(let runID):
            return .object(("ok", true), ("ran", true), ("enqueued", true), ("runId", .string(runID)))
        case .unknown: throw CronServices.unknown(id)
        case .notDue: return Self.not("not-due")
        case .alreadyRunning: return Self.not("already-running")
        case .invalid: return Self.not("invalid-spec")
        case .refused(let reason): throw .unavailable(reason)
        }
    }

    private static func not(_ reason: String) -> Reply {
        .object(("ok", true), ("ran", false), ("reason", .string(reason)))
    }
}
