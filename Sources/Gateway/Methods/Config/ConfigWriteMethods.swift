import Contract
import Platform
import Settings

/// `config.set`.
struct ConfigSetMethod: WaitingMethod {
    static let contract = MethodContract.configSet
    let configuration: LiveConfiguration

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let outcome = try await configuration.change(.raw(params["raw"]?.string ?? ""), params)
        return .json(outcome.answer)
    }
}

/// `config.patch`.
struct ConfigPatchMethod: WaitingMethod {
    static let contract = MethodContract.configPatch
    let configuration: LiveConfiguration
    let writes: ControlWrites

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        try writes.admit(Self.contract.name, request.client)
        let params = request.params.object
        let replacing = (params["replacePaths"]?.array ?? []).compactMap(\.string)
        let outcome = try await configuration.change(
            .patch(params["raw"]?.string ?? "", replacing: replacing), params)
        return .json(outcome.answer(kind: "config-patch", params["note"]?.string, at: configuration.clock.wall))
    }
}

/// `config.apply`.
struct ConfigApplyMethod: WaitingMethod {
    static let contract = MethodContract.configApply
    let configuration: LiveConfiguration
    let writes: ControlWrites

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        try writes.admit(Self.contract.name, request.client)
        let params = request.params.object
        let outcome = try await configuration.change(.raw(params["raw"]?.string ?? ""), params)
        return .json(outcome.answer(kind: "config-apply", params["note"]?.string, at: configuration.clock.wall))
    }
}

extension LiveConfiguration {
    /// Writes, with the errors in the words of protocol.md section 7.
    fileprivate func change(_ change: ConfigChange, _ params: JSONObject) async throws(RPCError) -> Outcome {
        do throws(ConfigWriteError) {
            return try await write(change, baseHash: params["baseHash"]?.string)
        } catch {
            throw RPCError(error)
        }
    }
}

extension RPCError {
    init(_ error: ConfigWriteError) {
        switch error {
        case .invalid(let refusal, let kept):
            var details: JSON = ["issues": .issues(of: refusal)]
            details["kept"] = kept.map { .string($0) }
            self = .invalid("invalid config", details: details)
        case .unreadable(let refusal):
            self = .invalid("invalid config; fix it before changing it", details: ["issues": .issues(of: refusal)])
        case .baseHashRequired, .changedMeanwhile, .cannotEdit, .dropsMode, .losesTooMuch, .included:
            self = .invalid("\(error)")
        case .shrinksLists(let lists):
            self = .invalid("\(error)", details: ["replacePaths": .array(lists.map { .string($0) })])
        case .busy: self = RPCError(.unavailable, "\(error)", retryAfter: .seconds(1))
        case .file: self = .unavailable("\(error)")
        }
    }
}

extension LiveConfiguration.Outcome {
    var answer: JSON {
        var answer: JSON = ["ok": true, "path": .string(snapshot.path), "config": snapshot.redacted]
        answer["hash"] = snapshot.hash.map { .string($0) }
        if isSame { answer["noop"] = true }
        answer["taken"] = .array(taken.map { .string($0) })
        answer["needsRestart"] = .array(left.map { .string($0) })
        answer["warnings"] = .issues(snapshot.warnings)
        if let refusal { answer["issues"] = .issues(of: refusal) }
        return answer
    }

    /// The running gateway is not restarted; what of the change waits for a restart is named.
    func answer(kind: String, _ note: String?, at time: WallTime) -> JSON {
        var answer = answer
        let reason =
            if refusal != nil {
                "the running gateway keeps its configuration: issues says why"
            } else if left.isEmpty {
                "nothing waits for a restart"
            } else {
                "restart to take over \(left.joined(separator: ", ")): openclaw gateway restart"
            }
        answer["restart"] = [
            "ok": false, "pid": .int(Int64(HostFacts.processID)), "signal": "none", "delayMs": 0,
            "reason": .string(reason), "mode": "none",
        ]
        var payload: JSON = ["kind": .string(kind), "status": "ok", "ts": .int(time.milliseconds)]
        payload["message"] = note.map { .string($0) }
        // Nothing is left behind for the next start, so there is no file to name.
        answer["sentinel"] = ["path": "", "payload": payload]
        return answer
    }
}
