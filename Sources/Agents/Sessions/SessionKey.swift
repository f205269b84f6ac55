/// The name under which a conversation is kept, as OpenClaw writes it: `agent:<id>:<rest>`. Always lower case but for
/// what a platform's ids need.
package struct SessionKey: Hashable, Sendable, CustomStringConvertible {
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
