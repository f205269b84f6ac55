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
    let restarts: RestartDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        try writes.admit(Self.contract.name, request.client)
        let params = request.params.object
        let replacing = (params["replacePaths"]?.array ?? []).compactMap(\.string)
        let outcome = try await configuration.change(
            .patch(params["raw"]?.string ?? "", replacing: replacing), params)
        return .json(
            ConfigChangeAnswer(outcome, configuration, restarts).json(kind: "config-patch", params["note"]?.string))
    }
}

/// `config.apply`.
struct ConfigApplyMethod: WaitingMethod {
    static let contract = MethodContract.configApply
    let configuration: LiveConfiguration
    let writes: ControlWrites
    let restarts: RestartDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        try writes.admit(Self.contract.name, request.client)
        let params = request.params.object
        let outcome = try await configuration.change(.raw(params["raw"]?.string ?? ""), params)
        return .json(
            ConfigChangeAnswer(outcome, configuration, restarts).json(kind: "config-apply", params["note"]?.string))
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
}

/// What `config.patch` and `config.apply` answer: what became of the change, from the plan by which it was taken over.
@LoopActor
private struct ConfigChangeAnswer {
    private let outcome: LiveConfiguration.Outcome
    private let configuration: LiveConfiguration
    private let restarts: RestartDesk

    init(_ outcome: LiveConfiguration.Outcome, _ configuration: LiveConfiguration, _ restarts: RestartDesk) {
        self.outcome = outcome
        self.configuration = configuration
        self.restarts = restarts
    }

    func json(kind: String, _ note: String?) -> JSON {
        var answer = outcome.answer
        let (mode, reason) = restart
        answer["restart"] = [
            "ok": .bool(mode == "restart"), "pid": .int(Int64(HostFacts.processID)), "signal": "none", "delayMs": 0,
            "reason": .string(reason), "mode": .string(mode),
        ]
        var payload: JSON = [
            "kind": .string(kind), "status": "ok", "ts": .int(configuration.clock.wall.milliseconds),
        ]
        payload["message"] = note.map { .string($0) }
        // Nothing is left behind for the next start, so there is no file to name.
        answer["sentinel"] = ["path": "", "payload": payload]
        return answer
    }

    /// In a word for programs, and why.
    private var restart: (mode: String, reason: String) {
        let left = outcome.left.joined(separator: ", ")
        let command = "\(configuration.instance.program) gateway restart"
        if outcome.refusal != nil { return ("none", "the running gateway keeps its configuration: issues says why") }
        if left.isEmpty {
            return outcome.taken.isEmpty
                ? ("none", "nothing that runs reads what changed") : ("hot", "all that changed is in use")
        }
        guard outcome.restarts else { return ("pending", "these wait for a restart: \(left); \(command)") }
        guard restarts.means != nil else {
            return ("pending", "\(RestartRefusal.noProgram); until then these wait: \(left)")
        }
        return restarts.work() > 0
            ? ("restart", "restarts as soon as no run is under way, for: \(left)")
            : ("restart", "restarts for: \(left)")
    }
}
