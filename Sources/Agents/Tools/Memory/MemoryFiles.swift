import Platform

/// The Markdown that an agent keeps: MEMORY.md and all below memory/.
struct MemoryFiles: Sendable {
    /// Files beyond it are left out, and told of.
    static let fileLimit = 2000
    static let byteLimit = 1 << 20
    static let depthLimit = 4
    /// Bytes of one piece that is found by itself.
    static let chunkBytes = 1200

    let root: String

    /// A file and what tells whether it changed.
    struct File: Hashable, Sendable {
        let path: SafePath
        let stamp: String
    }

    /// A piece of a file.
    struct Chunk: Hashable, Sendable {
        let first: Int
        let last: Int
        let text: String
    }

    /// Links are not followed. Blocks.
    func list() throws(FileError) -> (files: [File], isCut: Bool) {
        let directory: SafeDirectory
        do throws(FileError) { directory = try SafeDirectory(root) } catch {
            if error.isMissing { return ([], false) }
            throw error
        }
        var files: [File] = []
        for entry in try directory.entries() where entry.kind == .file && entry.name == "MEMORY.md" {
            add(entry, "MEMORY.md", &files)
        }
        try walk("memory", directory, depth: 1, &files)
        return (Array(files.prefix(Self.fileLimit)), files.count > Self.fileLimit)
    }

    private func walk(
        _ path: String, _ directory: SafeDirectory, depth: Int, _ files: inout [File]
    ) throws(FileError) {
        guard depth <= Self.depthLimit, files.count <= Self.fileLimit, let place = try? SafePath(path) else { return }
        let entries: [SafeDirectory.Entry]
        do throws(FileError) { entries = try directory.entries(in: place) } catch {
            // Not there, or no directory: a link is neither.
            return
        }
        for entry in entries {
            switch entry.kind {
            case .file: if entry.name.lowercased().hasSuffix(".md") { add(entry, "\(path)/\(entry.name)", &files) }
            case .directory: try walk("\(path)/\(entry.name)", directory, depth: depth + 1, &files)
            case .link, .other: break
            }
        }
    }

    private func add(_ entry: SafeDirectory.Entry, _ path: String, _ files: inout [File]) {
        guard entry.size <= Self.byteLimit, files.count <= Self.fileLimit, let path = try? SafePath(path) else {
            return
        }
        files.append(File(path: path, stamp: "\(entry.size):\(entry.modifiedNanoseconds)"))
    }

    /// Blocks.
    func read(_ file: SafePath) throws(FileError) -> String {
        String(decoding: try SafeDirectory(root).read(file, limit: Self.byteLimit), as: UTF8.self)
    }

    static func isMemory(_ file: SafePath) -> Bool {
        let name = file.parts[file.parts.count - 1]
        return file.description == "MEMORY.md"
            || (file.parts.count > 1 && file.parts[0] == "memory" && name.lowercased().hasSuffix(".md"))
    }

    /// Whole lines; a heading begins a piece of its own when there is something before it.
    static func chunks(_ text: String) -> [Chunk] {
        var chunks: [Chunk] = []
        var lines: [Substring] = []
        var bytes = 0
        var first = 1
        func close(_ last: Int) {
            let text = lines.joined(separator: "\n")
            if text.utf8.contains(where: { $0 > 0x20 }) { chunks.append(Chunk(first: first, last: last, text: text)) }
            lines = []
            bytes = 0
            first = last + 1
        }
        // By bytes: a carriage return and a line feed are one character.
        let rows = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { Substring($0) }
        for (number, line) in rows.enumerated() {
            if !lines.isEmpty, bytes + line.utf8.count > chunkBytes || (line.hasPrefix("#") && bytes > chunkBytes / 4) {
                close(number)
            }
            lines.append(line)
            bytes += line.utf8.count + 1
        }
        close(first + lines.count - 1)
        return chunks
    }
}
