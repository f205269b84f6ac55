import Platform

/// Why a command did not do what it was told: what is wrong, and the way out.
struct CommandFailure: Error, Equatable {
    let code: ExitCode
    /// A word for programs.
    let reason: String
    let message: String
    /// Further lines: what was tried, what is allowed.
    let details: [String]
    /// Commands that can be pasted.
    let next: [String]
    /// Further members of the error for programs: what the text says in words.
    let facts: JSONObject

    init(
        _ code: ExitCode, _ reason: String, _ message: String, details: [String] = [], next: [String] = [],
        facts: JSONObject = JSONObject()
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.next = next
        self.facts = facts
    }

    static func usage(_ message: String, hint: String) -> CommandFailure {
        CommandFailure(.usage, "usage", message, next: [hint])
    }

    var json: JSON {
        var error: JSON = [
            "exitCode": .int(Int64(code.rawValue)), "reason": .string(reason), "message": .string(message),
            "details": .array(details.map(JSON.string)), "next": .array(next.map(JSON.string)),
        ]
        for fact in facts.members { error[fact.key] = fact.value }
        return ["ok": false, "error": error]
    }

    /// What a person reads. A short way out stands behind the sentence, as for a mistyped name. Only a terminal gets
    /// its lines broken: what is kept in a file is searched for sentences.
    func text(_ style: TextStyle) -> String {
        let first = "openclaw: \(message)"
        if details.isEmpty, next.count == 1, !message.contains("\n") {
            let line = "\(first)      \(next[0])"
            if line.count <= style.width { return line + "\n" }
        }
        var lines = first.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines += details.map { "  \($0)" }
        if style.isTerminal {
            lines = lines.flatMap { TextLayout.wrap($0, width: style.width, indent: 4) }
        }
        // Commands stay whole, to be pasted; a usage line says itself what it is.
        let label = code == .usage ? "  " : "  Next: "
        for (number, command) in next.enumerated() {
            let head = number == 0 ? label : String(repeating: " ", count: label.count)
            lines += number == 0 ? TextLayout.labelled(head, command, style) : [head + command]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
