package import Models
import Platform

/// `read`: a text by lines, a picture, or what a directory holds.
package struct ReadTool: WorkingTool {
    static let lineLimit = 2000
    static let entryLimit = 500

    package let definition = ToolDefinition(
        "read",
        "Reads a file of the workspace: a text by lines, or a picture. Of a directory it lists what is in it.",
        .required("path", .text, "the file, relative to the workspace"),
        .optional("offset", .integer(1...10_000_000), "the first line to read, counted from 1"),
        .optional("limit", .integer(1...lineLimit), "how many lines"))
    package let group = "fs"

    /// Where skills are read from, by the path `skill:NAME`; nil where there are none.
    private let skills: PromptBuilder?

    package init(skills: PromptBuilder? = nil) { self.skills = skills }

    /// What was found, on the way from the pool.
    private enum Found: Sendable {
        case bytes([UInt8])
        case directory([SafeDirectory.Entry])
    }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let files = WorkspaceFiles(root: call.context.workspace)
        let text = try arguments.word("path")
        let first = try arguments.integer("offset", 1...10_000_000) ?? 1
        let count = try arguments.integer("limit", 1...Self.lineLimit) ?? Self.lineLimit
        if text.hasPrefix("skill:") {
            return try Self.contents(text, try await skill(text, call.context), first, count)
        }
        let path = try files.path(text)
        let found = try await inPool { () throws(FileError) -> Found in
            guard let path else { return .directory(try SafeDirectory(files.root).entries()) }
            if try files.entry(path)?.kind == .directory {
                return .directory(try SafeDirectory(files.root).entries(in: path))
            }
            return .bytes(try files.read(path))
        }
        let name = path?.description ?? "."
        switch found {
        case .directory(let entries): return Self.listing(name, entries)
        case .bytes(let bytes): return try Self.contents(name, bytes, first, count)
        }
    }

    /// A skill may lie outside of the workspace; only what it brings along is read there.
    private func skill(_ path: String, _ context: ToolContext) async throws(ToolProblem) -> [UInt8] {
        let parts = path.dropFirst(6).split(separator: "/", maxSplits: 1).map(String.init)
        guard let name = parts.first, let skills else {
            throw .said("there is no skill \"\(ToolText.head(path, 80))\"")
        }
        let shelf = skills.shelf(agentID: context.agentID, workspace: context.workspace)
        let bytes = try await inPool { () throws(FileError) -> [UInt8]? in
            guard let skill = shelf.contents().rows.first(where: { $0.isEligible && $0.skill.name == name })?.skill
            else {
                return nil
            }
            return try shelf.read(skill, parts.count > 1 ? parts[1] : nil)
        }
        guard let bytes else { throw .said("there is no skill \"\(ToolText.head(name, 64))\"") }
        return bytes
    }

    private static func listing(_ name: String, _ entries: [SafeDirectory.Entry]) -> ToolOutput {
        let rows = entries.prefix(entryLimit).map { entry in
            switch entry.kind {
            case .directory: "\(entry.name)/"
            case .file: "\(entry.name)  \(entry.size) bytes"
            case .link: "\(entry.name)  (a link; not followed)"
            case .other: "\(entry.name)  (no regular file)"
            }
        }
        let rest = entries.count > entryLimit ? ["… and \(entries.count - entryLimit) more"] : []
        let text = entries.isEmpty ? "\(name) is an empty directory" : (rows + rest).joined(separator: "\n")
        return ToolOutput(text, details: ["path": .string(name), "entries": JSON(entries.count)])
    }

    static func contents(_ name: String, _ bytes: [UInt8], _ first: Int, _ count: Int) throws(ToolProblem) -> ToolOutput
    {
        if let type = ImageFormat.mediaType(bytes) {
            guard bytes.count <= ImageFormat.limit else {
                throw .said("\(name) is a picture of \(bytes.count) bytes; at most \(ImageFormat.limit) can be shown")
            }
            return ToolOutput(
                [
                    .text("\(name): \(type), \(bytes.count) bytes"),
                    .image(ImagePart(mediaType: type, base64: Base64.standard.encode(bytes))),
                ],
                details: ["path": .string(name), "bytes": JSON(bytes.count), "mediaType": .string(type)])
        }
        guard ToolText.isText(bytes) else {
            throw .said("\(name) is a binary file of \(bytes.count) bytes; it cannot be read as text")
        }
        return page(name, bytes, first, count)
    }

    /// Lines from `first` on, as many as fit.
    private static func page(_ name: String, _ bytes: [UInt8], _ first: Int, _ count: Int) -> ToolOutput {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        var details: JSON = ["path": .string(name), "lines": JSON(lines.count), "bytes": JSON(bytes.count)]
        guard first <= lines.count else {
            let text =
                lines.isEmpty ? "\(name) is empty" : "\(name) has \(lines.count) lines; line \(first) is behind its end"
            return ToolOutput(text, details: details)
        }
        var text: [UInt8] = []
        var last = first - 1
        for line in lines[(first - 1)...].prefix(count) {
            guard text.count + line.count + 1 <= ToolText.limit || last < first else { break }
            text += ToolText.head(Array(line), ToolText.limit)
            text.append(UInt8(ascii: "\n"))
            last += 1
        }
        details["from"] = JSON(first)
        details["to"] = JSON(last)
        var shown = String(decoding: text, as: UTF8.self)
        if last < lines.count {
            details["truncated"] = true
            shown += "[lines \(first) to \(last) of \(lines.count); go on with offset \(last + 1)]"
        }
        return ToolOutput(shown, details: details)
    }
}
