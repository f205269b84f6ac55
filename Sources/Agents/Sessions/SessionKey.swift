/// The name under which a conversation is kept, as OpenClaw writes it: `agent:<id>:<rest>`. Always lower case but for
/// what a platform's ids need. It never becomes a path: the session's id, which is ours, names the file.
package struct SessionKey: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of a whole key at most.
    package static let limit = 512

    package let agentID: String
    /// `main`, `telegram:direct:42`, `openai:<uuid>`, `cron:<job>`, `hook:<uuid>`, …
    package let rest: String

    package init(agentID: String, rest: String) {
        self.agentID = agentID
        self.rest = rest
    }

    package static func main(_ agentID: String) -> SessionKey { SessionKey(agentID: agentID, rest: "main") }

    package var description: String { "agent:\(agentID):\(rest)" }
    package var isMain: Bool { rest == "main" }
}

extension SessionKey {
    /// Reads what a client writes: a whole key, `main` for the default agent's main session, or any other text, which
    /// then is a session of the default agent.
    package init(_ text: String, defaultAgent: String) throws(SessionError) {
        let text = text.trimmed
        guard let key = SessionKey(canonical: text) ?? SessionKey(short: text, defaultAgent) else {
            throw .badKey(String(text.prefix(128)))
        }
        self = key
    }

    /// Reads a whole key; nil for anything else.
    package init?(canonical text: String) {
        guard text.utf8.count <= Self.limit else { return nil }
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "agent" else { return nil }
        let agentID = parts[1].lowercased()
        guard AgentID.allows(agentID), Self.allows(rest: parts[2]) else { return nil }
        self.init(agentID: agentID, rest: Self.normal(String(parts[2])))
    }

    private init?(short text: String, _ defaultAgent: String) {
        guard !text.lowercased().hasPrefix("agent:") else { return nil }
        self.init(canonical: "agent:\(defaultAgent):\(text)")
    }

    /// No control characters and nothing invisible, nothing empty, no `.` and `..` between colons or slashes, and no
    /// slash at either end: a key is shown in lists, in logs and in addresses of the HTTP API.
    private static func allows(rest: Substring) -> Bool {
        guard !rest.isEmpty, rest.unicodeScalars.allSatisfy({ !$0.isHidden }), rest.first != " ", rest.last != " "
        else { return false }
        let parts = rest.split(omittingEmptySubsequences: false) { ":/\\".contains($0) }
        return parts.allSatisfy { part in part != "." && part != ".." && !part.isEmpty }
    }

    /// Words that we and the platforms' names make are lower case; ids stay as they are.
    private static func normal(_ rest: String) -> String {
        let lowered = rest.lowercased()
        return lowered == "main" || lowered == "global" || lowered == "unknown" ? lowered : rest
    }
}

/// What may be the id of an agent: it names a directory.
package enum AgentID {
    package static let limit = 64

    /// A lower-case letter or digit, then letters, digits, `_` and `-`.
    package static func allows(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= limit, isWord(first) else { return false }
        return bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// Controls, separators of lines, marks of direction: what changes how the text around it is shown.
    fileprivate var isHidden: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        default: false
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while let first = text.first, first == " " { text = text.dropFirst() }
        while let last = text.last, last == " " { text = text.dropLast() }
        return String(text)
    }
}
