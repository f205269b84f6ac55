import Agents
import Contract
import Models
import Platform

/// What a client wants changed of a session's choices, read and checked as a whole before any of it is done.
@LoopActor
struct SessionPatch {
    nonisolated static let labelChars = 64

    /// What concerns programs, sending and descent is not for everyone who may write.
    nonisolated static let adminFields = [
        "elevatedLevel", "execHost", "execSecurity", "execAsk", "execNode", "sendPolicy", "groupActivation",
        "spawnedBy",
    ]

    private let params: JSONObject
    private let key: SessionKey
    private var changes: [@Sendable (inout SessionChoices) -> Void] = []

    init(_ params: JSONObject, _ key: SessionKey, _ sessions: GatewaySessions) throws(RPCError) {
        self.params = params
        self.key = key
        try readLabel(sessions)
        try readModel(sessions)
        try read("thinkingLevel") { (word) throws(RPCError) in
            let level = try Self.thinking(word)
            return { $0.thinking = level }
        } clear: {
            $0.thinking = nil
        }
        try read("verboseLevel", ["on", "off", "full"]) { $0.verbose = $1 }
        try read("reasoningLevel", ["on", "off", "stream"]) { $0.reasoning = $1 }
        try read("responseUsage", ["off", "tokens", "full", "on"]) { $0.responseUsage = $1 == "on" ? "tokens" : $1 }
        try read("elevatedLevel", ["on", "off", "ask", "full"]) { $0.elevated = $1 }
        try read("execHost", ["sandbox", "gateway", "node"]) { $0.execHost = $1 }
        try read("execSecurity", ["deny", "allowlist", "full"]) { $0.execSecurity = $1 }
        try read("execAsk", ["off", "on-miss", "always"]) { $0.execAsk = $1 }
        try read("execNode", nil) { $0.execNode = $1 }
        try read("sendPolicy", ["allow", "deny"]) { $0.sendPolicy = $1 }
        try read("groupActivation", ["mention", "always"]) { $0.groupActivation = $1 }
        try readParent(sessions)
        if let flag = params["archived"]?.bool { changes.append { $0.isArchived = flag } }
        if let flag = params["pinned"]?.bool { changes.append { $0.isPinned = flag } }
    }

    func apply(to choices: inout SessionChoices) {
        for change in changes { change(&choices) }
    }

    private mutating func read(
        _ name: String, _ value: (String) throws(RPCError) -> @Sendable (inout SessionChoices) -> Void,
        clear: @escaping @Sendable (inout SessionChoices) -> Void
    ) throws(RPCError) {
        switch params[name] {
        case .null?: changes.append(clear)
        case .string(let text)?: changes.append(try value(text))
        default: break
        }
    }

    /// One of `words`, in either case; nil for any text.
    private mutating func read(
        _ name: String, _ words: [String]?, _ set: @escaping @Sendable (inout SessionChoices, String?) -> Void
    ) throws(RPCError) {
        try read(name) { (text) throws(RPCError) in
            let word = words == nil ? text : text.lowercased()
            if let words, !words.contains(word) {
                throw .invalid("invalid \(name) (use \(words.joined(separator: "|")))")
            }
            return { set(&$0, word) }
        } clear: {
            set(&$0, nil)
        }
    }

    private static func thinking(_ word: String) throws(RPCError) -> ThinkingLevel {
        if let level = ThinkingLevel(rawValue: word.lowercased()) { return level }
        // What older clients say when they only mean that it should think.
        if word.lowercased() == "on" { return .low }
        throw .invalid(
            "invalid thinkingLevel (use \(ThinkingLevel.allCases.map(\.rawValue).joined(separator: "|")))")
    }

    private mutating func readLabel(_ sessions: GatewaySessions) throws(RPCError) {
        let key = key
        try read("label") { (text) throws(RPCError) in
            guard text.count <= Self.labelChars else {
                throw .invalid("invalid label: too long (max \(Self.labelChars))")
            }
            let taken = try sessions.opened().find(label: text, agent: key.agentID).contains { $0.key != key }
            if taken { throw .invalid("label already in use: \(text)") }
            return { $0.label = text }
        } clear: {
            $0.label = nil
        }
    }

    private mutating func readModel(_ sessions: GatewaySessions) throws(RPCError) {
        let models = sessions.agents.models.configuration
        try read("model") { (text) throws(RPCError) in
            guard let reference = models.resolve(text) else {
                let near = models.nearest(to: text).map { "; did you mean \($0)?" } ?? ""
                throw .invalid("unknown model \"\(text.cut(to: 100))\"\(near)")
            }
            return { $0.model = reference }
        } clear: {
            $0.model = nil
        }
    }

    private mutating func readParent(_ sessions: GatewaySessions) throws(RPCError) {
        guard let asked = params["spawnedBy"] else { return }
        let present = try sessions.opened().record(key)?.choices.spawnedBy
        if asked.isNull, present == nil { return }
        guard asked.string != nil else { throw .invalid("spawnedBy cannot be cleared once set") }
        guard key.kind == .subagent else { throw .invalid("spawnedBy is only supported for subagent:* sessions") }
        let parent = "\(try sessions.key(params, named: "spawnedBy"))"
        if let present, present != parent { throw .invalid("spawnedBy cannot be changed once set") }
        changes.append { $0.spawnedBy = parent }
    }
}
