package import Models
import Platform

/// `write`: a whole file, new or in place of an old one.
package struct WriteTool: WorkingTool {
    package let definition = ToolDefinition(
        "write", "Writes a file of the workspace, with the directories that it needs. What was in it is replaced.",
        .required("path", .text, "the file, relative to the workspace"),
        .required("content", .text, "all that the file is to hold"))
    package let group = "fs"
    package let isForOwners = true

    package init() {}

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let files = WorkspaceFiles(root: call.context.workspace)
        let file = try files.file(try arguments.word("path"))
        let bytes = Array(try arguments.text("content").utf8)
        try await inPool { () throws(FileError) in try files.write(bytes, to: file) }
        return ToolOutput(
            "wrote \(bytes.count) bytes to \(file)", details: ["path": .string("\(file)"), "bytes": JSON(bytes.count)])
    }
}
