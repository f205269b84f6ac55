import Platform

/// Finds out whether a command may run, asking an operator where the rules say so.
@LoopActor
struct ExecGate {
    let settings: ExecSettings
    let approvals: any ExecApproving
    let home: String

    /// A command that may run.
    struct Pass: Sendable {
        /// What is run: the program's own words, or a shell with the line.
        let arguments: [String]
        let isShell: Bool
    }

    /// The session's own wishes, which only take away.
    struct SessionWishes: Sendable {
        var security: String?
        var ask: String?
    }

    func pass(
        _ command: String, in directory: String, environment: [String: String], _ context: ToolContext,
        _ wishes: SessionWishes
    ) async throws(ToolProblem) -> Pass {
        let rules = try await approvals.rules(of: context.agentID)
        let policy = ExecPolicy(
            security: settings.security, ask: settings.ask, rules: rules, sessionSecurity: wishes.security,
            sessionAsk: wishes.ask)
        let plain = PlainCommand(command)
        let program = await find(plain, directory, environment)
        let allowlist = ExecAllowlist(
            entries: rules.allowlist, safeBins: settings.safeBins, home: home, workspace: context.workspace)
        let isAllowed = program.map { allowlist.allows($0, plain.words ?? []) } ?? false
        var verdict = policy.verdict(isAllowed: isAllowed)
        if verdict == .ask {
            let question = ExecQuestion(
                command: command, words: plain.words, directory: directory, resolvedPath: program?.path,
                security: policy.security, ask: policy.ask, agentID: context.agentID,
                sessionKey: "\(context.sessionKey)", warning: Self.warning(plain, program, context))
            let answer = try await approvals.ask(question)
            if answer == .allowAlways, let program, let words = plain.words {
                let mark = ExecRules.argumentMark(words)
                try await approvals.remember(
                    ExecRules.Entry(pattern: program.path, argPattern: mark), for: context.agentID)
            }
            verdict = policy.verdict(answer, isAllowed: isAllowed)
        }
        if case .refuse(let reason) = verdict {
            throw .detailed("not run: \(reason)", ["status": "denied", "security": .string(policy.security.rawValue)])
        }
        // What was checked is what runs: the file by its path, its words without a shell in between.
        if let program, let words = plain.words {
            return Pass(arguments: [program.path] + words.dropFirst(), isShell: false)
        }
        guard policy.security != .allowlist || verdict == .run else { throw .said("not run") }
        return Pass(arguments: ["/bin/sh", "-c", command], isShell: true)
    }

    /// The file that the first word means; nil for a line that needs a shell, or when there is none.
    private func find(
        _ plain: PlainCommand, _ directory: String, _ environment: [String: String]
    ) async -> ExecAllowlist.Program? {
        guard let words = plain.words else { return nil }
        let request = ProcessRequest(words, environment: environment, directory: directory, deadline: .seconds(1))
        return await BlockingPool.shared.run { () -> ExecAllowlist.Program? in
            guard let path = try? request.programPath(), let real = FileFacts.realPath(path) else { return nil }
            return ExecAllowlist.Program(name: words[0], path: PathText.normalized(path), realPath: real)
        }
    }

    private static func warning(
        _ plain: PlainCommand, _ program: ExecAllowlist.Program?, _ context: ToolContext
    ) -> String? {
        if case .shell(let reason) = plain { return "a shell runs this: it has \(reason)" }
        guard let program else { return "no such program was found; a shell would look for it" }
        if program.realPath.hasPrefix(context.workspace + "/") {
            return "the program lies in the agent's own workspace"
        }
        return nil
    }
}
