import Platform

/// HEARTBEAT.md of a workspace: what an agent is to look at now and then.
package enum HeartbeatDocument: Equatable, Sendable {
    package static let name = "HEARTBEAT.md"

    case missing
    /// It is there, and asks for nothing.
    case empty
    case asks
    /// It is there and cannot be read; the agent is told so in its prompt.
    case unreadable

    /// Blocks.
    package static func look(in workspace: String) -> HeartbeatDocument {
        do throws(FileError) {
            // A workspace that nobody has used yet asks for nothing; the first run fills it.
            guard FileReading.exists(workspace) else { return .empty }
            let bytes = try SafeDirectory(workspace).read(try SafePath(name), limit: 1 << 20)
            return isEmpty(String(decoding: bytes, as: UTF8.self)) ? .empty : .asks
        } catch {
            return error.isMissing ? .missing : .unreadable
        }
    }

    /// Whether nothing but headings, comments, fences, bare list signs and the words of a new workspace stands there.
    package static func isEmpty(_ text: String) -> Bool {
        var isComment = false
        let usual = Set(
            (WorkspaceTemplates.files.first { $0.0 == name }?.1 ?? "").split(separator: "\n").map { String($0) })
        for line in text.split(whereSeparator: \.isNewline) {
            var rest = String(line).withoutOuterSpace
            if usual.contains(rest) { continue }
            rest = withoutComments(rest, &isComment).withoutOuterSpace
            if rest.isEmpty || rest.hasPrefix("```") || rest.hasPrefix("~~~") { continue }
            if rest.hasPrefix("#"), rest.drop(while: { $0 == "#" }).first?.isWhitespace ?? true { continue }
            if bare.contains(rest) { continue }
            return false
        }
        return true
    }

    private static let bare: Set<String> = ["-", "*", "+", "- [ ]", "* [ ]", "+ [ ]", "[ ]", "---", "***"]

    private static func withoutComments(_ line: String, _ isComment: inout Bool) -> String {
        var (kept, rest) = ("", line[...])
        while !rest.isEmpty {
            let mark = isComment ? "-->" : "<!--"
            guard let place = rest.indices.first(where: { rest[$0...].hasPrefix(mark) }) else {
                return isComment ? kept : kept + rest
            }
            if !isComment { kept += rest[..<place] }
            rest = rest[rest.index(place, offsetBy: mark.count)...]
            isComment.toggle()
        }
        return kept
    }
}
