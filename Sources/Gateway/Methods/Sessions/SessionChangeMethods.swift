import Agents
import Contract
import Models
import Platform

/// `sessions.patch`.
struct SessionsPatchMethod: WaitingMethod {
    static let contract = MethodContract.sessionsPatch
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        if SessionPatch.adminFields.contains(where: { params[$0] != nil }) {
            guard request.client.granted.includes(.admin) else { throw .missing(.admin) }
        }
        let shelf = try sessions.opened()
        let key = try sessions.keyOfAnAgent(params)
        let patch = try SessionPatch(params, key, sessions)
        let record: SessionRecord
        do throws(SessionError) {
            _ = try await shelf.open(key)
            record = try await shelf.update(key, as: .patch) { (record) throws(SessionError) in
                patch.apply(to: &record.choices)
            }
        } catch {
            throw RPCError(error)
        }
        var resolved = JSONObject()
        if let model = sessions.model(of: record) {
            resolved["modelProvider"] = .string(model.provider)
            resolved["model"] = .string(model.model)
        }
        return .object(
            ("ok", true), ("path", .string(sessions.path)), ("key", .string("\(key)")),
            ("entry", sessions.row(record)), ("resolved", .object(resolved)))
    }
}

/// `sessions.reset`.
struct SessionsResetMethod: WaitingMethod {
    static let contract = MethodContract.sessionsReset
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let shelf = try sessions.opened()
        let key = try sessions.keyOfAnAgent(request.params.object)
        sessions.endRuns(in: key)
        do throws(SessionError) {
            let record = try await shelf.reset(key)
            return .object(("ok", true), ("key", .string("\(key)")), ("entry", sessions.row(record)))
        } catch {
            throw RPCError(error)
        }
    }
}

/// `sessions.delete`.
struct SessionsDeleteMethod: WaitingMethod {
    static let contract = MethodContract.sessionsDelete
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let shelf = try sessions.opened()
        let key = try sessions.key(params)
        guard !key.isMain else { throw RPCError(.main("\(key)")) }
        guard shelf.record(key) != nil else { return answer(key, deleted: false, []) }
        sessions.endRuns(in: key)
        do throws(SessionError) {
            let archive = try await shelf.delete(key)
            // Without the wish to delete it, the transcript counts as left alone; it has the same new name.
            let isTold = params["deleteTranscript"]?.bool ?? true
            return answer(key, deleted: true, isTold ? [archive].compactMap { $0 } : [])
        } catch .unknown {
            return answer(key, deleted: false, [])
        } catch {
            throw RPCError(error)
        }
    }

    private func answer(_ key: SessionKey, deleted: Bool, _ archived: [String]) -> Reply {
        .object(
            ("ok", true), ("key", .string("\(key)")), ("deleted", .bool(deleted)),
            ("archived", .array(archived.map { .string($0) })))
    }
}

/// `sessions.compact`. Without `maxLines` an older client means so many lines, a newer one a summary by a model.
struct SessionsCompactMethod: WaitingMethod {
    static let contract = MethodContract.sessionsCompact
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let shelf = try sessions.opened()
        let key = try sessions.key(params)
        var answer = JSONObject([("ok", true), ("key", .string("\(key)")), ("compacted", false)])
        guard shelf.record(key) != nil else {
            answer["reason"] = "no sessionId"
            return .json(.object(answer))
        }
        guard let lines = params["maxLines"]?.int ?? Self.usualLines(request.client) else {
            return .json(.object(try await summarize(key, answer)))
        }
        sessions.endRuns(in: key)
        do throws(SessionError) {
            if let outcome = try await shelf.compact(key, keeping: lines) {
                answer["compacted"] = true
                answer["kept"] = JSON(outcome.kept)
                answer["archived"] = JSON.string(outcome.archive)
            } else {
                answer["reason"] = .string("no more than \(lines) entries")
            }
            return .json(.object(answer))
        } catch {
            throw RPCError(error)
        }
    }

    private static func usualLines(_ client: Client) -> Int? {
        client.generation < 4 ? SessionShelf.compactLines : nil
    }

    private func summarize(_ key: SessionKey, _ empty: JSONObject) async throws(RPCError) -> JSONObject {
        guard let summarize = sessions.summarize else {
            throw .unavailable("no model can tell the conversation in short here; give maxLines to keep its end")
        }
        let operation = UUIDText.random()
        tell(key, operation, JSONObject([("phase", "start")]))
        var answer = empty
        do throws(RPCError) {
            let isDone = try await summarize(key)
            answer["compacted"] = .bool(isDone)
            if !isDone { answer["reason"] = "nothing to compact" }
            tell(key, operation, JSONObject([("phase", "end"), ("completed", .bool(isDone))]))
        } catch {
            tell(
                key, operation,
                JSONObject([("phase", "end"), ("completed", false), ("reason", .string(error.message))]))
            throw error
        }
        return answer
    }

    private func tell(_ key: SessionKey, _ operation: String, _ what: JSONObject) {
        var payload = what
        payload["operationId"] = .string(operation)
        payload["operation"] = "compact"
        payload["sessionKey"] = .string("\(key)")
        payload["agentId"] = .string(key.agentID)
        payload["ts"] = .int(sessions.clock.wall.milliseconds)
        sessions.tell(.sessionOperation, .object(payload), of: key)
    }
}

/// `sessions.cleanup`.
struct SessionsCleanupMethod: WaitingMethod {
    static let contract = MethodContract.sessionsCleanup
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let shelf = try sessions.opened()
        let agent = params["allAgents"]?.bool == true ? nil : params["agent"]?.string?.lowercased()
        var active: SessionKey?
        if params["activeKey"] != nil { active = try sessions.key(params, named: "activeKey") }
        let outcome: SessionShelf.Maintenance
        do throws(SessionError) {
            outcome = try await shelf.maintain(
                agent: agent, force: params["enforce"]?.bool ?? false, dryRun: params["dryRun"]?.bool ?? false,
                keeping: active)
        } catch {
            throw RPCError(error)
        }
        let isEnforced = shelf.settings.maintenance.isEnforced
        return .object(
            ("ok", true), ("mode", isEnforced ? "enforce" : "warn"), ("applied", .bool(outcome.isApplied)),
            ("beforeCount", JSON(outcome.before)), ("afterCount", JSON(shelf.count)),
            ("removed", .array(outcome.removed.map { .string("\($0)") })),
            ("archived", .array(outcome.archived.map { .string("\($0)") })),
            ("files", JSON(outcome.files.count)), ("freedBytes", JSON(outcome.freedBytes)))
    }
}
