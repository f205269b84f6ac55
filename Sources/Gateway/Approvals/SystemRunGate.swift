import Contract
import Platform

/// Makes sure that a node is told "this was approved" only when it was: for this command, on this node, by an approval
/// that its caller asked for. What a caller merely claims is never passed on.
@LoopActor
struct SystemRunGate {
    static let command = "system.run"

    let approvals: ExecApprovals

    /// The parameters as the node may have them.
    func checked(_ params: JSON?, nodeID: String, client: Client) throws(RPCError) -> JSON? {
        guard var params, params.object != nil else { return params }
        let claims = params["approved"]?.bool == true || params["approvalDecision"]?.string != nil
        params["approved"] = nil
        params["approvalDecision"] = nil
        guard claims else { return params }
        guard let id = params["runId"]?.string, let approval = approvals.find(id),
            let decision = approval.decision, decision.allows, !approval.isSpent
        else {
            throw Self.refusal("no approval in force has the id that runId names")
        }
        guard approval.requester == client.approvalIdentity else { throw Self.refusal("another client asked for it") }
        if let node = approval.request["nodeId"]?.string, node != nodeID {
            throw Self.refusal("it was given for another node")
        }
        guard Self.isSame(params, approval) else { throw Self.refusal("it was given for another command") }
        // Once means once; what is approved for always is the node's own rule from now on, and this run is covered too.
        approval.isSpent = true
        if let plan = approval.request["systemRunPlan"] {
            params["command"] = plan["argv"] ?? params["command"]
            params["cwd"] = plan["cwd"] ?? params["cwd"]
        }
        params["approved"] = true
        params["approvalDecision"] = .string(decision.rawValue)
        return params
    }

    /// Whether both speak of the same command in the same place, with the same variables.
    private static func isSame(_ params: JSON, _ approval: ExecApproval) -> Bool {
        let request = approval.request
        let plan = request["systemRunPlan"]
        for key in ["cwd", "agentId", "sessionKey"] {
            guard params[key]?.string == (plan?[key] ?? request[key])?.string else { return false }
        }
        // A variable such as PATH makes another command of it.
        guard isSame(params["env"]?.object, approval.environment), let command = CommandText(params["command"]) else {
            return false
        }
        // A node shows and judges what rawCommand says, and runs `command`.
        if let raw = params["rawCommand"]?.string, !command.isCalled(raw) { return false }
        if let arguments = plan?["argv"] ?? request["commandArgv"] { return params["command"] == arguments }
        return request["command"]?.string.map(command.isCalled) == true
    }

    private static func isSame(_ some: JSONObject?, _ others: JSONObject?) -> Bool {
        let (some, others) = (some ?? JSONObject(), others ?? JSONObject())
        return some.count == others.count && some.members.allSatisfy { others[$0.key] == $0.value }
    }

    private static func refusal(_ why: String) -> RPCError {
        .invalid("approval does not hold: \(why)", details: ["code": "APPROVAL_MISMATCH"])
    }
}

/// The words of a command, and the texts that operators are shown for them.
private struct CommandText {
    private static let shells: Set<String> = ["sh", "bash", "zsh", "dash", "ksh", "ash"]

    let words: [String]

    /// Nil for anything but a list of texts: what a node makes of it nobody here knows.
    init?(_ command: JSON?) {
        guard let list = command?.array, !list.isEmpty else { return nil }
        words = list.compactMap(\.string)
        guard words.count == list.count else { return nil }
    }

    /// Whether `text` says these words and no others: with quotes around what has spaces in it, or as what a shell is
    /// given.
    func isCalled(_ text: String) -> Bool {
        if text == words.map(Self.quoted).joined(separator: " ") { return true }
        return words.last == text && isShell
    }

    /// A shell of the system's own; another program of its name may do anything.
    private var isShell: Bool {
        switch words.count {
        case 3:
            let name = words[0].split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
            return Self.shells.contains(name) && ["", "/bin/", "/usr/bin/"].contains(words[0].dropLast(name.count))
                && ["-c", "-lc"].contains(words[1])
        case 5: return Array(words[..<4]) == ["cmd.exe", "/d", "/s", "/c"]
        default: return false
        }
    }

    private static func quoted(_ word: String) -> String {
        guard word.isEmpty || word.contains(where: { $0.isWhitespace || $0 == "\"" }) else { return word }
        return "\"" + word.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
    }
}
