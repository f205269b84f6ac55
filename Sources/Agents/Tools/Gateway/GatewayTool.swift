package import Models
package import Platform

/// What of the gateway an owner's agent may look at and change. The gateway implements it.
@LoopActor
package protocol GatewayControlling: AnyObject, Sendable {
    func status() async throws(ToolProblem) -> JSON
    /// A setting, or all of them, without secrets.
    func config(at setting: String?) async throws(ToolProblem) -> JSON
    /// Changes settings, as a JSON merge patch.
    func patch(_ change: JSON) async throws(ToolProblem) -> JSON
    /// Asks for a restart; an operator has agreed already.
    func restart(reason: String) async throws(ToolProblem) -> JSON
    /// Another profile that this one watches: `config`, `logs`, `status`.
    func watched(_ what: String) async throws(ToolProblem) -> JSON
}

/// `gateway`: for owners only. What an agent may write is a list of settings, and everything else is refused: a setting
/// that is new tomorrow is not writable by accident.
package struct GatewayTool: WorkingTool {
    package enum Action: String, CaseIterable, Sendable {
        case status
        case configGet = "config.get"
        case configPatch = "config.patch"
        case restart
        case rescueRead = "rescue.read"
    }

    package let definition = ToolDefinition(
        "gateway",
        "The gateway itself: status, config.get (without secrets), config.patch (a few settings), restart (after an "
            + "operator agreed), rescue.read (config, logs or status of the profile that this one watches).",
        .required("action", .choice(Action.allCases.map(\.rawValue)), "what to do"),
        .optional("path", .text, "config.get: a setting, such as agents.defaults.model"),
        .optional("patch", .object, "config.patch: the settings to change, as a JSON merge patch"),
        .optional("what", .choice(["config", "logs", "status"]), "rescue.read: of what"),
        .optional("reason", .text, "why"))
    package let group = "automation"
    package let isForOwners = true

    private let control: any GatewayControlling
    private let approvals: any ExecApproving

    package init(_ control: any GatewayControlling, approvals: any ExecApproving) {
        self.control = control
        self.approvals = approvals
    }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        guard call.context.isOwner else { throw .said("only an owner's conversation may use the gateway tool") }
        guard let action = try arguments.choice("action", Action.self) else {
            throw .said("gateway needs `action`: \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let answer: JSON
        switch action {
        case .status: answer = try await control.status()
        case .configGet: answer = try await control.config(at: try arguments.optionalText("path"))
        case .configPatch:
            guard let patch = arguments["patch"], patch.object?.isEmpty == false else {
                throw .said("config.patch needs `patch`, an object of settings")
            }
            try WritableSettings.check(patch)
            answer = try await control.patch(patch)
        case .restart:
            let reason = ToolText.head(try arguments.optionalText("reason") ?? "an agent asks for it", 300)
            try await agreed("openclaw gateway restart", reason, call.context)
            answer = try await control.restart(reason: reason)
        case .rescueRead: answer = try await control.watched(try arguments.optionalText("what") ?? "status")
        }
        return ToolOutput(ToolText.head("\(answer)", ToolText.limit), details: answer)
    }

    private func agreed(_ command: String, _ reason: String, _ context: ToolContext) async throws(ToolProblem) {
        let question = ExecQuestion(
            command: command, words: nil, directory: context.workspace, resolvedPath: nil, security: .full,
            ask: .always,
            agentID: context.agentID, sessionKey: "\(context.sessionKey)", warning: reason)
        switch try await approvals.ask(question) {
        case .allowOnce, .allowAlways: return
        case .denied: throw .said("an operator refused the restart")
        case .nobody: throw .said("no operator answered in time; nothing was restarted")
        }
    }
}

/// The settings that an agent may write. Never what decides who comes in, what runs, or what agents may do.
package enum WritableSettings {
    /// A setting stands for all below it.
    package static let paths = [
        "agents.defaults.model", "agents.defaults.thinkingDefault", "agents.defaults.verboseDefault",
        "agents.defaults.timeFormat", "agents.defaults.userTimezone", "agents.defaults.heartbeat.every",
        "agents.defaults.heartbeat.activeHours", "agents.defaults.compaction.mode", "agents.defaults.contextPruning",
        "logging.level", "logging.consoleLevel", "messages.queue", "messages.ackReaction", "session.reset",
        "session.idleMinutes", "ui",
    ]

    package static func allows(_ pointer: JSONPointer) -> Bool {
        paths.contains { path in
            let allowed = path.split(separator: ".").map(String.init)
            return pointer.tokens.starts(with: allowed)
        }
    }

    /// Every value of the patch must stand in a place that may be written; what it takes away as well.
    static func check(_ patch: JSON) throws(ToolProblem) {
        guard !readsElsewhere(patch) else {
            throw .said(
                "an agent may not write $include or ${…}: they bring other files and variables into the configuration")
        }
        var refused: [String] = []
        collect(patch, [], &refused)
        guard refused.isEmpty else {
            throw .said(
                "an agent may not write \(refused.prefix(5).joined(separator: ", ")); it may write "
                    + "\(paths.joined(separator: ", ")). An operator can: openclaw config set")
        }
    }

    /// Whether something in it would be replaced by what stands elsewhere.
    private static func readsElsewhere(_ value: JSON) -> Bool {
        switch value {
        case .string(let text): text.contains("${")
        case .array(let values): values.contains { readsElsewhere($0) }
        case .object(let object):
            object.members.contains { $0.key.hasPrefix("$") || readsElsewhere($0.value) }
        default: false
        }
    }

    private static func collect(_ value: JSON, _ tokens: [String], _ refused: inout [String]) {
        if !tokens.isEmpty, allows(JSONPointer(tokens)) { return }
        guard let object = value.object, !object.isEmpty else {
            refused.append(ToolText.head(tokens.joined(separator: "."), 100))
            return
        }
        for member in object.members { collect(member.value, tokens + [member.key], &refused) }
    }
}
