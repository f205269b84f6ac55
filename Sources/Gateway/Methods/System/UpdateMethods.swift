import Contract
package import Platform

/// What is known of the program that runs: its version, its file, and how that file is replaced.
package struct InstalledProgram: Sendable {
    package let version: String
    package let program: RunningProgram?

    package init(version: String, program: RunningProgram?) {
        self.version = version
        self.program = program
    }

    /// Where a program of one file comes from shows in its path.
    package var kind: String {
        guard let path = program?.path else { return "unknown" }
        if path.contains("/.build") { return "build" }
        if path.hasPrefix("/nix/store/") { return "nix" }
        if path.contains("/Cellar/") || path.hasPrefix("/opt/homebrew/") { return "brew" }
        return "file"
    }

    package var isReplaced: Bool { program?.isReplaced ?? false }

    /// What to do next, in words.
    package var next: String {
        let path = program?.path ?? "the program's file"
        if isReplaced { return "\(path) is another file by now: openclaw gateway restart" }
        let replace =
            switch kind {
            case "build": "build it anew from its sources"
            case "nix": "update the Nix profile that it is part of"
            case "brew": "run: brew upgrade openclaw"
            default: "put the new file in the place of \(path)"
            }
        return "\(replace), then: openclaw gateway restart"
    }
}

/// `update.status`.
struct UpdateStatusMethod: PromptMethod {
    static let contract = MethodContract.updateStatus
    let version: String

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let installed = InstalledProgram(version: version, program: .current)
        var answer: JSON = [
            "currentVersion": .string(version), "installKind": .string(installed.kind),
            "replaced": .bool(installed.isReplaced), "next": .string(installed.next),
        ]
        answer["path"] = installed.program.map { .string($0.path) }
        return .json(answer)
    }
}

/// `update.run`. Nothing is fetched: whoever installed the program replaces it.
struct UpdateRunMethod: PromptMethod {
    static let contract = MethodContract.updateRun
    let version: String
    let writes: ControlWrites

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        try writes.admit(Self.contract.name, request.client)
        let installed = InstalledProgram(version: version, program: .current)
        let told: JSON = ["version": .string(version)]
        return .object(
            ("ok", true),
            (
                "result",
                [
                    "status": "skipped", "mode": .string(installed.kind), "reason": .string(installed.next),
                    "before": told, "after": told, "steps": [], "durationMs": 0,
                ]
            ))
    }
}
