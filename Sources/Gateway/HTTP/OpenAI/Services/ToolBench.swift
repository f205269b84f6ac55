import Agents
import Models
import Platform

/// Runs one tool for an HTTP client, within what the configuration leaves to HTTP.
@LoopActor
final class ToolBench: ToolInvoking {
    private let tools: ToolSet
    private let roster: AgentRoster

    init(_ tools: ToolSet, roster: AgentRoster) {
        self.tools = tools
        self.roster = roster
    }

    func invoke(_ request: ToolInvokeRequest) async -> ToolInvokeOutcome {
        let agent = request.sessionKey.agentID
        let id = request.idempotencyKey ?? "http-\(UUIDText.random())"
        let context = ToolContext(
            agentID: agent, sessionKey: request.sessionKey, runID: id, workspace: roster.workspace(of: agent),
            isOwner: request.isOwner, origin: request.origin)
        guard let tool = tools.tool(request.tool, for: context, through: .http) else { return .notAvailable }
        var arguments = request.arguments
        let hasAction = tool.definition.parameters["properties"]?["action"] != nil
        if let action = request.action, hasAction, arguments["action"] == nil { arguments["action"] = .string(action) }
        if request.isDryRun {
            return .done(["dryRun": true, "tool": .string(tool.name), "args": .object(arguments)])
        }
        do throws(CancellationError) {
            let output = try await tool.run(ToolInvocation(id: id, arguments: arguments, context: context))
            let text = output.parts.compactMap(\.text).joined(separator: "\n")
            return output.isError ? .failed(text) : .done(Self.json(output))
        } catch {
            return .failed("the tool was stopped")
        }
    }

    /// As tools of OpenClaw answer.
    private static func json(_ output: ToolOutput) -> JSON {
        let content = output.parts.compactMap { part -> JSON? in
            switch part {
            case .text(let text): ["type": "text", "text": .string(text)]
            case .image(let image):
                ["type": "image", "data": .string(image.base64), "mimeType": .string(image.mediaType)]
            case .thinking, .toolCall, .toolResult: nil
            }
        }
        var result: JSON = ["content": .array(content)]
        result["details"] = output.details
        return result
    }
}
