import Contract
import Platform

/// `gateway.restart.request`.
struct RestartRequestMethod: WaitingMethod {
    static let contract = MethodContract.restartRequest
    let restarts: RestartDesk
    let writes: ControlWrites

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let wish: RestartRequest
        let target: String?
        do throws(JSONDecodingError) {
            let params = request.params
            target = try params.field("runId").ifPresent?.string()
            let reason = try params.field("reason").ifPresent?.string()
            let mode = try params.field("mode").ifPresent?.string()
            wish = RestartRequest(
                reason: reason.map { $0.cut(to: 200) } ?? "a client asked for it",
                patience: mode == "safe" ? .whenIdle : mode == "force" ? .atOnce : .now,
                drainTime: try params.field("drainMs").ifPresent?.integer().drainTime,
                delay: .milliseconds(try params.field("delayMs").ifPresent?.integer() ?? 0))
        } catch {
            throw Self.contract.refusal(error)
        }
        // Who asked for the gateway before this one has what he wanted.
        if let target, target != restarts.runID { return answer("done") }
        if !restarts.isPending { try writes.admit(Self.contract.name, request.client) }
        do throws(RestartRefusal) {
            switch try await restarts.ask(wish) {
            case .begun: return answer("scheduled")
            case .coalesced: return answer("coalesced")
            case .waits(let time):
                var reply = fields("deferred")
                reply["activeRuns"] = .int(Int64(restarts.work()))
                reply["deferralMs"] = time.map { .int($0.inNanoseconds / 1_000_000) } ?? .null
                return .json(reply)
            }
        } catch {
            throw .invalid("\(error)")
        }
    }

    private func answer(_ status: String) -> Reply { .json(fields(status)) }

    private func fields(_ status: String) -> JSON {
        [
            "ok": true, "status": .string(status), "runId": .string(restarts.runID),
            "pid": .int(Int64(HostFacts.processID)), "mode": .string(restarts.means?.word ?? "none"),
        ]
    }
}

extension Int {
    /// Milliseconds; 0 is without end.
    fileprivate var drainTime: Duration { self == 0 ? .seconds(366 * 86_400) : .milliseconds(self) }
}

/// `gateway.restart.preflight`.
struct RestartPreflightMethod: WaitingMethod {
    static let contract = MethodContract.restartPreflight
    let restarts: RestartDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let runs = restarts.work()
        let refusal = await restarts.obstacle()
        var answer: JSON = [
            "ok": .bool(refusal == nil && restarts.means != nil), "safe": .bool(runs == 0),
            "activeRuns": .int(Int64(runs)), "pending": .bool(restarts.isPending),
            "mode": .string(restarts.means?.word ?? "none"),
        ]
        answer["reason"] = refusal.map { .string("\($0)") }
        return .json(answer)
    }
}
