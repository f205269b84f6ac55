package import Platform

/// The files of a workspace that a model is told at the start of each run, and how a new workspace is made.
package struct WorkspaceDocuments: Sendable {
    /// Bytes that one file may take of the prompt, and all together.
    package static let fileLimit = 20_000
    package static let totalLimit = 100_000
    /// What is read at all; more than this of a file counts as cut unread.
    static let readLimit = 1 << 20

    let root: String
    let fileLimit: Int
    let totalLimit: Int

    package init(root: String, fileLimit: Int = fileLimit, totalLimit: Int = totalLimit) {
        self.root = root
        self.fileLimit = fileLimit
        self.totalLimit = totalLimit
    }

    /// One of them, as it goes into the prompt.
    struct Document: Equatable, Sendable {
        let name: String
        /// Nil when there is no such file, or it cannot be read.
        let text: String?
        let sourceBytes: Int?
        var isCut = false
        /// Why it could not be read, when it is there.
        let problem: String?
    }

    /// Makes a workspace where there is none, or an empty directory. What is there is never written over; files of chats
    /// may have come before the first conversation. Blocks.
    package func seed() throws(FileError) -> Bool {
        try PrivateDirectory.create(root)
        let directory = try SafeDirectory(root)
        guard try directory.entries().allSatisfy({ $0.name.hasPrefix(".") || $0.name == "media" }) else { return false }
        for (name, text) in WorkspaceTemplates.files {
            let file = try SafePath(name)
            guard try directory.entry(file) == nil else { continue }
            try directory.write(Array(text.utf8), to: file)
        }
        return true
    }

    /// In this order, until the room is used up. Blocks.
    func read(_ names: [String]) -> [Document] {
        var left = totalLimit
        return names.map { name in
            let document = read(name, limit: min(fileLimit, left))
            left -= document.text?.utf8.count ?? 0
            return document
        }
    }

    private func read(_ name: String, limit: Int) -> Document {
        do throws(FileError) {
            let bytes = try SafeDirectory(root).read(try SafePath(name), limit: Self.readLimit)
            guard ToolText.isText(bytes) else {
                return Document(name: name, text: nil, sourceBytes: bytes.count, problem: "it is no text")
            }
            let text = Self.cut(bytes, to: limit, name)
            return Document(
                name: name, text: text, sourceBytes: bytes.count, isCut: bytes.count > limit, problem: nil)
        } catch {
            return Document(name: name, text: nil, sourceBytes: nil, problem: error.isMissing ? nil : "\(error)")
        }
    }

    /// The beginning and the end, and what is missing between; never more than `limit`.
    static func cut(_ bytes: [UInt8], to limit: Int, _ name: String) -> String {
        guard bytes.count > limit else { return String(decoding: bytes, as: UTF8.self) }
        let note = "\n[… \(name) has \(bytes.count) bytes; the middle is left out here. Read the file for it. …]\n"
        let room = limit - note.utf8.count
        guard room > 200 else { return ToolText.head("[\(name) is left out: there is no room]", limit) }
        let head = ToolText.head(bytes, room * 3 / 4)
        let tail = ToolText.tail(bytes, room / 4)
        return String(decoding: head, as: UTF8.self) + note + String(decoding: tail, as: UTF8.self)
    }
}
