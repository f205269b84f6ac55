import Platform

/// An agent's workspace as its tools see it: no path, link or rename leads out of it.
struct WorkspaceFiles: Sendable {
    /// Bytes of a file that a tool reads or leaves behind.
    static let fileLimit = 8 << 20

    let root: String

    /// A path as models write it: relative, or absolute within the workspace. Nil means the workspace itself.
    func path(_ text: String) throws(ToolProblem) -> SafePath? {
        var rest = text[...]
        if rest == root || rest == root + "/" { return nil }
        if rest.hasPrefix(root + "/") { rest = rest.dropFirst(root.count + 1) }
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        if rest == "." || rest.isEmpty { return nil }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.hasPrefix("~") else {
            throw .said(
                "\"\(ToolText.head(text, 128))\" leads to a home directory; only paths within the workspace are allowed"
            )
        }
        do throws(FileError) {
            return try SafePath(String(rest))
        } catch {
            throw ToolProblem(error)
        }
    }

    /// A path that must name something within.
    func file(_ text: String) throws(ToolProblem) -> SafePath {
        guard let path = try path(text) else { throw .said("the path names the workspace itself, not a file in it") }
        return path
    }

    func read(_ file: SafePath) throws(FileError) -> [UInt8] {
        try SafeDirectory(root).read(file, limit: Self.fileLimit)
    }

    func entry(_ path: SafePath) throws(FileError) -> SafeDirectory.Entry? {
        do throws(FileError) {
            return try SafeDirectory(root).entry(path)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Makes what is missing of the directories on the way.
    func write(_ bytes: [UInt8], to file: SafePath) throws(FileError) {
        guard bytes.count <= Self.fileLimit else {
            throw .tooLarge(path: file.description, limit: Self.fileLimit)
        }
        try PrivateDirectory.create(root)
        let directory = try SafeDirectory(root)
        try directory.makeParents(of: file)
        try directory.write(bytes, to: file, permission: .kept(otherwise: AtomicFile.privateMode))
    }

    func remove(_ file: SafePath) throws(FileError) { try SafeDirectory(root).remove(file) }
}

/// Pictures that models take, told by their first bytes.
enum ImageFormat {
    /// Bytes of a picture that is sent to a model.
    static let limit = 5 << 20

    static func mediaType(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return "image/png" }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return "image/jpeg" }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return "image/gif" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
        return nil
    }
}
