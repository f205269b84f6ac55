import Models
import Platform
import Support
import Testing

@testable import Agents

/// A workspace of its own, and calls of tools in it.
@LoopActor
final class ToolBench {
    let scratch = ScratchDirectory()
    var isOwner = true
    var origin = RunOrigin(channel: "webchat")
    var key = SessionKey.main("main")
    private var calls = 0

    init() {
        scratch.makeDirectory("workspace")
        scratch.makeDirectory("state")
    }

    nonisolated var workspace: String { scratch.path("workspace") }
    nonisolated var state: String { scratch.path("state") }

    var context: ToolContext {
        ToolContext(
            agentID: key.agentID, sessionKey: key, runID: "run", workspace: workspace, isOwner: isOwner, origin: origin)
    }

    func run(_ tool: any Tool, _ arguments: JSON) async throws -> ToolOutput {
        calls += 1
        return try await tool.run(
            ToolInvocation(id: "call\(calls)", arguments: arguments.object ?? JSONObject(), context: context))
    }

    /// What a tool says that does its work.
    func good(_ tool: any Tool, _ arguments: JSON, _ location: SourceLocation = #_sourceLocation) async throws -> String
    {
        let output = try await run(tool, arguments)
        #expect(!output.isError, "\(output.text)", sourceLocation: location)
        return output.text
    }

    /// What a tool says that does not.
    func refused(_ tool: any Tool, _ arguments: JSON, _ location: SourceLocation = #_sourceLocation) async throws
        -> String
    {
        let output = try await run(tool, arguments)
        #expect(output.isError, "\(output.text)", sourceLocation: location)
        return output.text
    }

    nonisolated func write(_ text: String, to name: String) { scratch.write(text, to: "workspace/" + name) }
    nonisolated func read(_ name: String) -> String? { scratch.read("workspace/" + name) }
    nonisolated func makeDirectory(_ name: String) { scratch.makeDirectory("workspace/" + name) }
    nonisolated func link(_ name: String, to target: String) { scratch.link("workspace/" + name, to: target) }
}

extension ToolOutput {
    var text: String { parts.compactMap(\.text).joined(separator: "\n") }
}
