package import Models
import Platform

/// `edit`: one place of a file, named by what stands there.
package struct EditTool: WorkingTool {
    package let definition = ToolDefinition(
        "edit",
        "Replaces one place in a file of the workspace. `oldText` must stand in it exactly once, letter for letter; "
            + "give enough of what is around it.",
        .required("path", .text, "the file, relative to the workspace"),
        .required("oldText", .text, "what stands there now"),
        .required("newText", .text, "what is to stand there"))
    package let group = "fs"
    package let isForOwners = true

    package init() {}

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let files = WorkspaceFiles(root: call.context.workspace)
        let file = try files.file(try arguments.word("path"))
        let old = Array(try Self.text("oldText", "old_string", arguments).utf8)
        let new = Array(try Self.text("newText", "new_string", arguments).utf8)
        guard !old.isEmpty else { throw .said("`oldText` of edit is empty; use write for a new file") }
        let bytes = try await inPool { () throws(FileError) in try files.read(file) }
        guard ToolText.isText(bytes) else { throw .said("\(file) is a binary file; edit changes texts only") }
        let (edited, line) = try Self.edited(bytes, old, new, "\(file)")
        try await inPool { () throws(FileError) in try files.write(edited, to: file) }
        return ToolOutput("changed \(file) at line \(line)", details: ["path": .string("\(file)"), "line": JSON(line)])
    }

    /// Models mix up the names of this and of similar tools.
    private static func text(
        _ name: String, _ other: String, _ arguments: ToolArguments
    ) throws(ToolProblem) -> String {
        if arguments[name] == nil, let text = try arguments.optionalText(other) { return text }
        return try arguments.text(name)
    }

    /// The contents with the one place replaced, and its line.
    static func edited(
        _ bytes: [UInt8], _ old: [UInt8], _ new: [UInt8], _ name: String
    ) throws(ToolProblem) -> ([UInt8], line: Int) {
        let places = ByteSearch.places(of: old, in: bytes, limit: 2)
        guard let place = places.first else {
            let hasReturns = bytes.contains(0x0d) && !old.contains(0x0d) && old.contains(0x0a)
            let hint =
                hasReturns ? "; its lines end with carriage returns, which must be part of it" : "; read the file again"
            throw .said("`oldText` does not stand in \(name)\(hint)")
        }
        guard places.count == 1 else {
            throw .said(
                "`oldText` stands in \(name) more than once; give more of what is around the place that is meant")
        }
        var edited = bytes
        edited.replaceSubrange(place..<(place + old.count), with: new)
        return (edited, 1 + bytes[..<place].count { $0 == 0x0a })
    }
}

/// Finds bytes in bytes.
enum ByteSearch {
    /// Where `pattern` begins, places that overlap included.
    static func places(of pattern: [UInt8], in bytes: [UInt8], limit: Int) -> [Int] {
        guard let first = pattern.first, pattern.count <= bytes.count else { return [] }
        var places: [Int] = []
        for start in 0...(bytes.count - pattern.count) where bytes[start] == first {
            guard bytes[start..<(start + pattern.count)].elementsEqual(pattern) else { continue }
            places.append(start)
            if places.count == limit { break }
        }
        return places
    }
}
