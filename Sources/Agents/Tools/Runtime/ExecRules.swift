package import Platform

/// What commands may run at all.
package enum ExecSecurity: String, CaseIterable, Comparable, Sendable {
    case deny, allowlist, full

    package static func < (a: ExecSecurity, b: ExecSecurity) -> Bool { a.rank < b.rank }

    private var rank: Int { self == .deny ? 0 : self == .allowlist ? 1 : 2 }
}

/// When an operator is asked.
package enum ExecAsk: String, CaseIterable, Comparable, Sendable {
    case off
    case onMiss = "on-miss"
    case always

    /// What asks more is more.
    package static func < (a: ExecAsk, b: ExecAsk) -> Bool { a.rank < b.rank }

    private var rank: Int { self == .off ? 0 : self == .onMiss ? 1 : 2 }
}

/// What is kept of an agent's commands: the part of `exec-approvals.json` that holds for it.
package struct ExecRules: Equatable, Sendable {
    /// A program that may run.
    package struct Entry: Equatable, Sendable {
        /// Its path, where `*` stands for what is within one name and `**` for any names; or a bare name, for what PATH
        /// finds under it.
        package var pattern: String
        /// `sha256:argv:…` when only with these very arguments. Any other form matches nothing.
        package var argPattern: String?

        package init(pattern: String, argPattern: String? = nil) {
            self.pattern = pattern
            self.argPattern = argPattern
        }
    }

    package var security: ExecSecurity?
    package var ask: ExecAsk?
    /// What holds when nobody answers.
    package var askFallback: ExecSecurity
    package var allowlist: [Entry]

    package init(
        security: ExecSecurity? = nil, ask: ExecAsk? = nil, askFallback: ExecSecurity = .deny, allowlist: [Entry] = []
    ) {
        self.security = security
        self.ask = ask
        self.askFallback = askFallback
        self.allowlist = allowlist
    }

    /// From the file's JSON: the agent's own part before `*` before `defaults`; all lists count. A word that is not
    /// known stands for the strictest.
    package init(file: JSON, agentID: String) {
        let agents = file["agents"]
        let parts = [agents?[agentID], agents?["*"], file["defaults"]].compactMap { $0 }
        func first(_ key: String) -> String? { parts.lazy.compactMap { $0[key]?.string }.first }
        security = first("security").map { ExecSecurity(rawValue: $0) ?? .deny }
        ask = first("ask").map { ExecAsk(rawValue: $0) ?? .always }
        askFallback = first("askFallback").flatMap { ExecSecurity(rawValue: $0) } ?? .deny
        allowlist = parts.flatMap { $0["allowlist"]?.array ?? [] }.compactMap { entry in
            guard let pattern = entry["pattern"]?.string, !pattern.isEmpty else { return nil }
            guard let arguments = entry["argPattern"], !arguments.isNull else { return Entry(pattern: pattern) }
            // A pattern of arguments that is no text must not widen the entry.
            return Entry(pattern: pattern, argPattern: arguments.string ?? "")
        }
    }

    /// Names these very arguments.
    package static func argumentMark(_ words: [String]) -> String {
        "sha256:argv:" + Hex.encode(SHA256.hash("\(JSON.array(words.map { .string($0) }))"))
    }
}

/// An operator's word to a command, and who keeps the rules: the gateway.
@LoopActor
package protocol ExecApproving: AnyObject, Sendable {
    func rules(of agentID: String) async throws(ToolProblem) -> ExecRules
    /// Returns when one has decided or the time is up.
    func ask(_ question: ExecQuestion) async throws(ToolProblem) -> ExecAnswer
    /// Adds what was allowed for always.
    func remember(_ entry: ExecRules.Entry, for agentID: String) async throws(ToolProblem)
}

/// What an operator is asked.
package struct ExecQuestion: Equatable, Sendable {
    package var command: String
    package var words: [String]?
    package var directory: String
    package var resolvedPath: String?
    package var security: ExecSecurity
    package var ask: ExecAsk
    package var agentID: String
    package var sessionKey: String
    /// What makes this one worth a second look.
    package var warning: String?
}

/// What came of the question.
package enum ExecAnswer: Equatable, Sendable {
    case allowOnce, allowAlways, denied, nobody
}
