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

    init(
        _ code: ExitCode, _ reason: String, _ message: String, details: [String] = [], next: [String] = []
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.next = next
    }

    static func usage(_ message: String, hint: String) -> CommandFailure {
        CommandFailure(.usage, "usage", message, next: [hint])
    }

    var json: JSON {
        [
            "ok": false,
            "error": [
                "exitCode": .int(Int64(code.rawValue)), "reason": .string(reason), "message": .string(message),
                "details": .array(details.map(JSON.string)), "next": .array(next.map(JSON.string)),
            ],
        ]
    }

    /// What a person reads. A short way out stands behind the sentence, as for a mistyped name.
    func text(width: Int) -> String {
        let first = "openclaw: \(message)"
        if details.isEmpty, next.count == 1, !message.contains("\n") {
            let line = "\(first)      \(next[0])"
            if line.count <= width { return line + "\n" }
        }
        return ([first] + (details + next).map { "  \($0)" }).joined(separator: "\n") + "\n"
    }
}
