import Agents
import Contract
import Models
import Platform

/// Messages of connected clients on their way to agents.
@LoopActor
struct MessageIntake {
    /// Bytes of one picture, as `hello-ok` says.
    nonisolated static let imageBytes = WireFacts.imageBytes
    /// Bytes of one text file, which goes to the model as it is.
    nonisolated static let textFileBytes = 256 << 10
    /// What ends a run when it is all that a message says.
    nonisolated static let stopWords = ["/stop", "stop", "esc", "abort", "wait", "exit", "interrupt"]

    let agents: AgentServices

    /// The session that parameters mean, by its key or as an agent's main session.
    func key(_ params: JSONObject, _ contract: MethodContract, named name: String = "sessionKey") throws(RPCError)
        -> SessionKey
    {
        let text = params[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let agentID = params["agentId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        guard let text, text != agents.roster.mainKey else {
            let id = agentID ?? agents.roster.defaultID
            guard agents.roster.agent(id) != nil else { throw .invalid("unknown agent id \"\(id.cut(to: 100))\"") }
            return .main(id)
        }
        let key = try agents.roster.checkedKey(text)
        if let agentID, !key.agentID.hasSameBytes(as: agentID) {
            throw .invalid(
                "invalid \(contract.name) params: agent \"\(agentID)\" does not match session key agent "
                    + "\"\(key.agentID)\"")
        }
        guard agents.roster.agent(key.agentID) != nil else {
            throw .invalid("unknown agent id \"\(key.agentID.cut(to: 100))\"")
        }
        return key
    }

    func request(
        _ params: JSONObject, _ key: SessionKey, id: String, by client: Client
    ) throws(RPCError) -> RunRequest {
        let text = params["message"]?.string ?? ""
        var parts: [MessagePart] = text.isEmpty ? [] : [.text(text)]
        for attachment in params["attachments"]?.array ?? [] { parts.append(try Self.part(attachment)) }
        guard parts.contains(where: { $0.text.map { !$0.withoutOuterSpace.isEmpty } ?? true }) else {
            throw .invalid("message or attachment required")
        }
        var request = RunRequest(
            id: id, sessionKey: key, message: parts,
            origin: RunOrigin(channel: "webchat"), isOwner: client.granted.includes(.admin))
        if let word = params["thinking"]?.string, !word.isEmpty {
            guard let level = ThinkingLevel(rawValue: word.lowercased()) else {
                let words = ThinkingLevel.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("invalid thinking level \"\(word.cut(to: 40))\"; one of \(words)")
            }
            request.options.thinking = level
        }
        if let milliseconds = params["timeoutMs"]?.int, milliseconds > 0 {
            request.options.timeout = .milliseconds(milliseconds)
        }
        request.options.queueMode = params["queueMode"]?.string
        return request
    }

    private static func part(_ attachment: JSON) throws(RPCError) -> MessagePart {
        let name = (attachment["fileName"]?.string ?? "attachment").cut(to: 120)
        let content = attachment["content"]?.string ?? ""
        let type = (attachment["mimeType"]?.string ?? "").lowercased()
        guard let bytes = Base64.standard.decode(Self.withoutHead(content)) else {
            throw .invalid("attachment \(name): content must be base64")
        }
        if type.hasPrefix("image/") {
            guard bytes.count <= imageBytes else {
                throw .invalid("attachment \(name): exceeds size limit (\(bytes.count) > \(imageBytes) bytes)")
            }
            return .image(ImagePart(mediaType: type, base64: Base64.standard.encode(bytes)))
        }
        guard type.hasPrefix("text/") || type == "application/json", let text = bytes.span.text else {
            throw .invalid(
                "attachment \(name): only pictures and texts can be taken (image/*, text/*, application/json)")
        }
        guard bytes.count <= textFileBytes else {
            throw .invalid("attachment \(name): exceeds size limit (\(bytes.count) > \(textFileBytes) bytes)")
        }
        return .text("[File \(name)]\n\(text)")
    }

    /// Some clients send a whole data URL.
    private static func withoutHead(_ text: String) -> String {
        guard text.hasPrefix("data:"), let comma = text.firstIndex(of: ",") else { return text }
        return String(text[text.index(after: comma)...])
    }

    /// Takes the message, and says how far it is: `started`, `in_flight`, `ok`, or how it failed.
    func send(_ request: RunRequest, by client: Client) async throws(RPCError) -> JSON {
        let id = request.id
        let ticket = try start(request, by: client, observer: nil)
        guard ticket.isRepeat else { return ["runId": .string(id), "status": "started"] }
        guard let result = await agents.runs.result(of: id, within: .zero) else {
            return ["runId": .string(id), "status": "in_flight"]
        }
        if case .failed(let failure) = result.ending {
            var error = RPCError.unavailable("\(failure)")
            error.payload = ["runId": .string(id), "status": "error", "summary": .string("\(failure)")]
            throw error
        }
        return ["runId": .string(id), "status": "ok"]
    }

    func start(
        _ request: RunRequest, by client: Client, observer: (any RunObserver)?
    ) throws(RPCError) -> RunTicket {
        do throws(RunRefusal) {
            let ticket = try agents.runs.start(request, observer: observer)
            agents.broadcast.join(client, request.id)
            return ticket
        } catch {
            throw RPCError(error)
        }
    }

    /// What a message is answered that says no more than to stop; nil for any other.
    func stop(_ text: String, in key: SessionKey) -> JSON? {
        let word = text.withoutOuterSpace.lowercased()
        guard Self.stopWords.contains(word) else { return nil }
        let ended = agents.runs.abort(nil, in: key, reason: "stop")
        return ["ok": true, "aborted": .bool(!ended.isEmpty), "runIds": .array(ended.map { .string($0) })]
    }
}

extension AgentRoster {
    /// The key that a client writes.
    func checkedKey(_ text: String) throws(RPCError) -> SessionKey {
        do throws(SessionError) { return try key(text) } catch { throw RPCError(error) }
    }
}

extension RPCError {
    init(_ refusal: RunRefusal) {
        switch refusal {
        case .unknownAgent, .blocked: self = .invalid("\(refusal)")
        case .queueFull: self = RPCError(.unavailable, "\(refusal)", retryAfter: .seconds(5))
        case .notReady: self = RPCError(.unavailable, "\(refusal)", retryAfter: .seconds(1))
        }
    }

    init(_ error: SessionError) {
        switch error {
        case .unknown, .badKey, .blocked, .main, .tooLarge, .badChoice: self = .invalid("\(error)")
        case .notStored, .unreadable: self = .unavailable("\(error)")
        }
    }
}
