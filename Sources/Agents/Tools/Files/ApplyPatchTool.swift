package import Models
import Platform

/// `apply_patch`: several files at once, or none of them.
package struct ApplyPatchTool: WorkingTool {
    package let definition = ToolDefinition(
        "apply_patch",
        "Changes files of the workspace by a patch: all of it, or nothing when one part does not fit. Its form: "
            + "*** Begin Patch, then for each file *** Add File: PATH with + lines, *** Delete File: PATH, or "
            + "*** Update File: PATH (and *** Move to: PATH) with changes of lines that begin with a blank (stays), - or "
            + "+, set apart by @@ LINE BEFORE; then *** End Patch.",
        .required("input", .text, "the patch"))
    package let group = "fs"
    package let isForOwners = true

    package init() {}

    /// One step on the disk. `old` undoes it.
    private struct Step: Sendable {
        let file: SafePath
        /// Nil: the file goes.
        let new: [UInt8]?
        let old: [UInt8]?
        let said: String
    }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let text = try arguments["input"] == nil ? arguments.word("patch") : arguments.word("input")
        let patch = try PatchParser.parse(text)
        let files = WorkspaceFiles(root: call.context.workspace)
        var named: Set<SafePath> = []
        var steps: [Step] = []
        for change in patch.changes {
            for step in try await plan(change, files) {
                guard named.insert(step.file).inserted else {
                    throw .said("the patch names \(step.file) twice; nothing was changed")
                }
                steps.append(step)
            }
        }
        try await Self.carryOut(steps, files)
        return ToolOutput(
            steps.map(\.said).filter { !$0.isEmpty }.joined(separator: "\n"),
            details: ["files": .array(steps.map { .string("\($0.file)") })])
    }

    private func plan(_ change: Patch.Change, _ files: WorkspaceFiles) async throws(ToolProblem) -> [Step] {
        let file = try files.file(change.path)
        switch change {
        case .add(_, let lines):
            guard try await !Self.exists(file, files) else {
                throw .said("\(file) is there already; use *** Update File:. Nothing was changed.")
            }
            let text = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
            return [Step(file: file, new: Array(text.utf8), old: nil, said: "added \(file)")]
        case .delete:
            return [Step(file: file, new: nil, old: try await Self.text(file, files), said: "deleted \(file)")]
        case .update(_, let moveTo, let hunks):
            let old = try await Self.text(file, files)
            var patched = PatchedText(old, name: "\(file)")
            for (number, hunk) in hunks.enumerated() { try patched.apply(hunk, number: number + 1) }
            guard let moveTo else {
                return [Step(file: file, new: patched.bytes, old: old, said: "changed \(file)")]
            }
            let target = try files.file(moveTo)
            guard try await !Self.exists(target, files) else {
                throw .said("\(target) is there already, so \(file) cannot become it; nothing was changed")
            }
            return [
                Step(file: target, new: patched.bytes, old: nil, said: "moved \(file) to \(target)"),
                Step(file: file, new: nil, old: old, said: ""),
            ]
        }
    }

    private static func exists(_ file: SafePath, _ files: WorkspaceFiles) async throws(ToolProblem) -> Bool {
        try await inPool { () throws(FileError) in try files.entry(file) != nil }
    }

    private static func text(_ file: SafePath, _ files: WorkspaceFiles) async throws(ToolProblem) -> [UInt8] {
        let bytes = try await inPool { () throws(FileError) in try files.read(file) }
        guard ToolText.isText(bytes) else { throw .said("\(file) is a binary file; nothing was changed") }
        return bytes
    }

    /// What is done is undone when a later step fails, a full disk for one.
    private static func carryOut(_ steps: [Step], _ files: WorkspaceFiles) async throws(ToolProblem) {
        try await inPool { () throws(FileError) in
            var done: [Step] = []
            do throws(FileError) {
                for step in steps {
                    if let new = step.new { try files.write(new, to: step.file) } else { try files.remove(step.file) }
                    done.append(step)
                }
            } catch {
                for step in done.reversed() {
                    if let old = step.old { try? files.write(old, to: step.file) } else { try? files.remove(step.file) }
                }
                throw error
            }
        }
    }
}
