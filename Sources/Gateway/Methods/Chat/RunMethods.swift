import Agents
import Contract
import Models
import Platform

/// `chat.send`.
struct ChatSendMethod: WaitingMethod {
    static let contract = MethodContract.chatSend
    let intake: MessageIntake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let key = try intake.key(params, Self.contract)
        if let answer = intake.stop(params["message"]?.string ?? "", in: key) { return .json(answer) }
        let id = params["idempotencyKey"]?.string ?? ""
        let run = try intake.request(params, key, id: id, by: request.client)
        return .json(try await intake.send(run, by: request.client))
    }
}

/// `chat.abort`.
struct ChatAbortMethod: PromptMethod {
    static let contract = MethodContract.chatAbort
    let intake: MessageIntake

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        let key = try intake.key(params, Self.contract)
        let id = params["runId"]?.string
        let runs = intake.agents.runs
        if let id, let other = runs.active().first(where: { $0.id == id }), other.sessionKey != key {
            throw .invalid("runId does not match sessionKey")
        }
        let ended = runs.abort(id, in: key, reason: "rpc")
        return .object(
            ("ok", true), ("aborted", .bool(!ended.isEmpty)), ("runIds", .array(ended.map { .string($0) })))
    }
}

/// `chat.inject`.
struct ChatInjectMethod: WaitingMethod {
    static let contract = MethodContract.chatInject
    static let labelBytes = 100

    let intake: MessageIntake
    let clock: any Clock

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let key = try intake.key(params, Self.contract)
        var text = params["message"]?.string ?? ""
        if let label = params["label"]?.string, !label.isEmpty {
            guard label.utf8.count <= Self.labelBytes else {
                throw .invalid("invalid chat.inject params: at /label: must be at most \(Self.labelBytes) bytes")
            }
            text = "[\(label)]\n\n\(text)"
        }
        let id = UUIDText.random()
        let entry = TranscriptEntry(id: id, time: clock.wall, .assistant(AssistantEntry([.text(text)])))
        do throws(SessionError) {
            _ = try await intake.agents.sessions.open(key)
            try await intake.agents.sessions.append([entry], to: key)
        } catch {
            throw RPCError(error)
        }
        intake.agents.broadcast.injected(id, key, text)
        return .object(("ok", true), ("messageId", .string(id)))
    }
}

/// `sessions.send`.
struct SessionsSendMethod: WaitingMethod {
    static let contract = MethodContract.sessionsSend
    let intake: MessageIntake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let key = try intake.key(params, Self.contract, named: "key")
        if let answer = intake.stop(params["message"]?.string ?? "", in: key) { return .json(answer) }
        let id = params["idempotencyKey"]?.string ?? UUIDText.random()
        let run = try intake.request(params, key, id: id, by: request.client)
        return .json(try await intake.send(run, by: request.client))
    }
}

/// `sessions.steer`.
struct SessionsSteerMethod: WaitingMethod {
    static let contract = MethodContract.sessionsSteer
    let intake: MessageIntake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let key = try intake.key(params, Self.contract, named: "key")
        let id = params["idempotencyKey"]?.string ?? UUIDText.random()
        var run = try intake.request(params, key, id: id, by: request.client)
        run.options.queueMode = QueueMode.steer.rawValue
        return .json(try await intake.send(run, by: request.client))
    }
}

/// `sessions.abort`.
struct SessionsAbortMethod: PromptMethod {
    static let contract = MethodContract.sessionsAbort
    let intake: MessageIntake

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        let id = params["runId"]?.string
        var key: SessionKey?
        if params["key"] != nil || id == nil { key = try intake.key(params, Self.contract, named: "key") }
        let ended = intake.agents.runs.abort(id, in: key, reason: "rpc")
        return .object(
            ("ok", true), ("abortedRunId", ended.first.map { .string($0) } ?? .null),
            ("status", ended.isEmpty ? "no-active-run" : "aborted"))
    }
}

/// `sessions.create`.
struct SessionsCreateMethod: WaitingMethod {
    static let contract = MethodContract.sessionsCreate
    let intake: MessageIntake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let agents = intake.agents
        let key: SessionKey
        if params["key"] != nil {
            key = try intake.key(params, Self.contract, named: "key")
        } else {
            let agent = try agents.roster.meant(params, Self.contract)
            key = SessionKey(agentID: agent.id, rest: "dashboard:\(UUIDText.random())")
        }
        var model: ModelReference?
        if let name = params["model"]?.string, !name.isEmpty {
            guard let reference = agents.models.configuration.resolve(name) else {
                let near = agents.models.configuration.nearest(to: name)
                throw .invalid("unknown model \"\(name.cut(to: 100))\"" + (near.map { "; did you mean \($0)?" } ?? ""))
            }
            model = reference
        }
        let (label, parent, chosen) = (params["label"]?.string, params["parentSessionKey"]?.string, model)
        let record: SessionRecord
        do throws(SessionError) {
            _ = try await agents.sessions.open(key)
            record = try await agents.sessions.update(key) { record in
                if let label, !label.isEmpty { record.choices.label = label }
                if let parent, !parent.isEmpty { record.choices.spawnedBy = parent }
                if let chosen { record.choices.model = chosen }
            }
        } catch {
            throw RPCError(error)
        }
        var answer: JSON = [
            "ok": true, "key": .string("\(key)"), "sessionId": .string(record.sessionID), "runStarted": false,
        ]
        let text = params["message"]?.string ?? params["task"]?.string ?? ""
        guard !text.isEmpty else { return .json(answer) }
        var message = params
        message["message"] = .string(text)
        do throws(RPCError) {
            let run = try intake.request(message, key, id: UUIDText.random(), by: request.client)
            _ = try intake.start(run, by: request.client, observer: nil)
            answer["runStarted"] = true
            answer["runId"] = .string(run.id)
            answer["status"] = "started"
        } catch {
            // The session is there all the same.
            answer["runError"] = .string(error.message)
        }
        return .json(answer)
    }
}
