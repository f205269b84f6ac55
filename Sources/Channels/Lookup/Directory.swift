package import Platform

/// Looks up who and what there is on a platform. A connector that was made for the one question can do it, whether its
/// account receives or not.
@LoopActor
package protocol Directory: AnyObject, Sendable {
    /// People, as far as the platform tells a bot of them.
    func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage

    /// Chats of more than two.
    func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage

    /// Who is in a chat, which is named by its id.
    func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage
}

/// A person or a chat of a platform.
package struct DirectoryEntry: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case person = "user"
        case chat = "group"
    }

    package var kind: Kind
    /// As lists of people and places in the configuration have it.
    package var id: String
    /// As `message send --target` takes it.
    package var target: String
    /// The short name, without the sign before it.
    package var name: String
    /// What people call it, where that is something else.
    package var title: String?
    /// What it is in, where names are good within something only.
    package var space: String?
    /// Whether it can be written to: nobody left, nothing was put away.
    package var isActive = true

    package init(_ kind: Kind, _ id: String, target: String? = nil, name: String, title: String? = nil) {
        self.kind = kind
        self.id = id
        self.target = target ?? id
        self.name = name
        self.title = title.flatMap { $0.isEmpty || $0 == name ? nil : $0 }
    }
}

/// What is looked for.
package struct DirectorySearch: Sendable {
    package nonisolated static let mostEntries = 1000

    /// As somebody wrote them; none of them means everything there is.
    package let words: [String]
    /// Whether a whole name must be a word, or a part of it may.
    package let isExact: Bool
    package let limit: Int

    package init(words: [String] = [], isExact: Bool = false, limit: Int = mostEntries) {
        self.words = words
        self.isExact = isExact
        self.limit = limit
    }

    /// Without the sign that says what it is the name of.
    static func bare(_ word: String) -> String {
        let text = word.hasPrefix("@") || word.hasPrefix("#") ? String(word.dropFirst()) : word
        return text.lowercased()
    }

    func fits(_ entry: DirectoryEntry) -> Bool {
        guard !words.isEmpty else { return true }
        var names = [entry.id, entry.target, entry.name, entry.title ?? entry.name].map(Self.bare)
        if let space = entry.space { names += ["\(space)/\(entry.name)", "\(space)/#\(entry.name)"].map(Self.bare) }
        return words.map(Self.bare).contains { word in
            names.contains { isExact ? $0 == word : $0.contains(word) }
        }
    }
}

/// What was found.
package struct DirectoryPage: Equatable, Sendable {
    package private(set) var entries: [DirectoryEntry] = []
    /// Whether there is more than is told.
    package var isCut = false
    /// What to know about the answer: why it is less than one would expect.
    package var note: String?

    package init() {}

    /// Takes what fits; returns false when there is no room for more.
    package mutating func add(_ entry: DirectoryEntry, _ search: DirectorySearch) -> Bool {
        guard search.fits(entry), !entries.contains(where: { $0.kind == entry.kind && $0.id == entry.id })
        else { return true }
        guard entries.count < search.limit else {
            isCut = true
            return false
        }
        entries.append(entry)
        return true
    }
}
