import Agents
import Models
import Platform

/// What a request of Chat Completions or Responses asks of an agent, in no API's words.
struct RunAsk: Sendable {
    var model: String?
    var user: String?
    var isStreamed = false
    /// Texts of system, developer and `instructions`.
    var system: [String] = []
    /// What was said before, as the client tells it.
    var history: [ModelMessage] = []
    /// What is to be answered now.
    var message: [MessagePart] = []
    var tools: [ToolDefinition] = []
    var toolChoice = ToolChoice.auto
    var limits = ModelLimits()
    var thinking: ThinkingLevel?
    var isRecorded = true

    /// Whether an answer that calls no tool is none.
    var needsTool: Bool {
        switch toolChoice {
        case .auto, .none: false
        case .required, .named: true
        }
    }

    @LoopActor
    func request(id: String, for target: AgentTarget, calls: CallMemory) -> RunRequest {
        let message = calls.completed(message)
        let history = history.map { one in
            var one = one
            one.parts = calls.completed(one.parts)
            return one
        }
        var request = RunRequest(
            id: id, sessionKey: target.key, message: message, origin: target.origin, isOwner: target.isOwner)
        request.options.model = target.model
        request.options.thinking = thinking
        // Without wishes of the client's those of the configuration hold.
        request.options.limits = limits == ModelLimits() ? nil : limits
        request.options.extraSystemPrompt = system.isEmpty ? nil : system.joined(separator: "\n\n")
        // Who comes back to a conversation with the newest message alone wants it remembered; who brings the
        // conversation along is taken at his word, and nothing is told to the model twice.
        request.options.history = target.isStable && history.isEmpty ? nil : history
        request.options.clientTools = tools
        request.options.toolChoice = toolChoice
        request.options.isRecorded = isRecorded
        // Each request has an answer of its own, whatever else its conversation is busy with.
        request.options.queueMode = "followup"
        // Programs tell a failure by its status; the gateway's own words would pass for the model's.
        request.options.fallsBackOnOperator = false
        return request
    }
}

extension ThinkingLevel {
    /// `reasoning_effort`, `reasoning.effort`.
    init?(effort: String) {
        if effort == "none" { self = .off } else { self.init(rawValue: effort) }
    }

    static let efforts = ["none", "minimal", "low", "medium", "high", "xhigh"]
}
