package import Models
import Platform

/// `image`: shows the model a picture of the workspace.
package struct ImageTool: WorkingTool {
    package let definition = ToolDefinition(
        "image", "Shows you a picture of the workspace (PNG, JPEG, GIF, WebP).",
        .required("path", .text, "the picture, relative to the workspace"),
        .optional("prompt", .text, "what to look for in it"))
    package let group = "media"

    package init() {}

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let files = WorkspaceFiles(root: call.context.workspace)
        let text = try arguments["path"] == nil ? arguments.word("image") : arguments.word("path")
        let file = try files.file(text)
        let bytes = try await inPool { () throws(FileError) in try files.read(file) }
        guard ImageFormat.mediaType(bytes) != nil else {
            throw .said("\(file) is no PNG, JPEG, GIF or WebP picture")
        }
        var output = try ReadTool.contents("\(file)", bytes, 1, 1)
        if let prompt = try arguments.optionalText("prompt") { output.parts.append(.text(prompt)) }
        return output
    }
}
