package import Models
package import Platform

/// Something that an agent can have done. A self-describing value in the explicit list of tools (`ToolSet`).
@LoopActor
package protocol Tool: Sendable {
    /// Name, description and parameters, as the model is told them.
    var definition: ToolDefinition { get }
    /// The group that `tools.allow` and `tools.deny` may name in its place, without `group:`: `fs`, `runtime`, `web`, …
    var group: String { get }
    /// Whether only runs that act for an owner have it.
    var isForOwners: Bool { get }
    /// Does it. What went wrong in the tool's own matter is an output that says so, for the model to read; thrown is
    /// only what ends the run: that it was cancelled.
    func run(_ call: ToolInvocation) async throws(CancellationError) -> ToolOutput
}

extension Tool {
    package var isForOwners: Bool { false }
    package var name: String { definition.name }
}

/// One call of a tool.
package struct ToolInvocation: Sendable {
    package let id: String
    package let arguments: JSONObject
    package let context: ToolContext
    /// Says how far it is, to people who look on.
    package let report: @LoopActor @Sendable (JSON) -> Void

    package init(
        id: String, arguments: JSONObject, context: ToolContext,
        report: @escaping @LoopActor @Sendable (JSON) -> Void = { _ in }
    ) {
        self.id = id
        self.arguments = arguments
        self.context = context
        self.report = report
    }
}

/// For whom and where a tool runs.
package struct ToolContext: Sendable {
    package var agentID: String
    package var sessionKey: SessionKey
    package var runID: String
    /// The agent's own directory; file tools never leave it.
    package var workspace: String
    /// Whether the run acts for an owner of this gateway.
    package var isOwner: Bool
    package var origin: RunOrigin

    package init(
        agentID: String, sessionKey: SessionKey, runID: String, workspace: String, isOwner: Bool, origin: RunOrigin
    ) {
        self.agentID = agentID
        self.sessionKey = sessionKey
        self.runID = runID
        self.workspace = workspace
        self.isOwner = isOwner
        self.origin = origin
    }
}

/// What came of a tool's work.
package struct ToolOutput: Equatable, Sendable {
    /// Texts and images, for the model.
    package var parts: [MessagePart]
    package var isError: Bool
    /// The same as data, for programs: the answer of `tools.invoke`, the details of a `tool` event.
    package var details: JSON?

    package init(_ parts: [MessagePart], isError: Bool = false, details: JSON? = nil) {
        self.parts = parts
        self.isError = isError
        self.details = details
    }

    package init(_ text: String, details: JSON? = nil) { self.init([.text(text)], details: details) }

    /// What went wrong, where, and what is allowed.
    package static func failed(_ text: String, details: JSON? = nil) -> ToolOutput {
        ToolOutput([.text(text)], isError: true, details: details)
    }
}
