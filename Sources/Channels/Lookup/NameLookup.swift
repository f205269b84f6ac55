package import Platform

/// A name as people write it, and what it came to.
package struct FoundName: Equatable, Sendable {
    package let input: String
    package let entry: DirectoryEntry?
    /// Why there is none, or which others have the name.
    package let note: String?
}

/// Finds the ids that names stand for. A name that several have is not guessed at.
@LoopActor
package struct NameLookup {
    package nonisolated static let mostNames = 50
    /// Others that are named beside.
    private static let mostOthers = 5
    private static let signs: [(String, DirectoryEntry.Kind)] = [
        ("@", .person), ("user:", .person), ("#", .chat), ("!", .chat), ("channel:", .chat), ("group:", .chat),
        ("room:", .chat),
    ]

    private let directory: any Directory
    /// Nil where each name says itself what it is of.
    private let kind: DirectoryEntry.Kind?

    package init(_ directory: any Directory, kind: DirectoryEntry.Kind?) {
        self.directory = directory
        self.kind = kind
    }

    /// One result for each name, in their order.
    package func find(_ names: [String]) async -> [FoundName] {
        var found: [DirectoryEntry] = []
        var lacks: [DirectoryEntry.Kind: String] = [:]
        for kind in DirectoryEntry.Kind.allCases {
            let words = names.filter { kinds(of: $0).contains(kind) }.map(Self.word)
            guard !words.isEmpty else { continue }
            do throws(ConnectorFault) {
                let search = DirectorySearch(words: words, isExact: true)
                let page = kind == .person ? try await directory.people(search) : try await directory.chats(search)
                found += page.entries
                lacks[kind] = page.note
            } catch {
                lacks[kind] = error.sentence
            }
        }
        return names.map { result($0, found, lacks) }
    }

    private func kinds(of name: String) -> [DirectoryEntry.Kind] {
        if let kind { return [kind] }
        // An id on Matrix or Telegram may be of either; one that has a sign is of what the sign says.
        guard let sign = Self.signs.first(where: { name.lowercased().hasPrefix($0.0) }) else {
            return DirectoryEntry.Kind.allCases
        }
        return [sign.1]
    }

    /// Without the words that only say what it is.
    private static func word(_ name: String) -> String {
        for (sign, _) in signs where sign.count > 1 && name.lowercased().hasPrefix(sign) {
            return String(name.dropFirst(sign.count))
        }
        return name
    }

    private func result(
        _ name: String, _ found: [DirectoryEntry], _ lacks: [DirectoryEntry.Kind: String]
    ) -> FoundName {
        let kinds = kinds(of: name)
        let search = DirectorySearch(words: [Self.word(name)], isExact: true)
        let all = found.filter { kinds.contains($0.kind) && search.fits($0) }
        // Of an id and a name that are the same word, the id is meant.
        let exact = all.filter { $0.id == Self.word(name) || $0.target == name }
        let active = all.filter(\.isActive)
        let meant = exact.isEmpty ? (active.isEmpty ? all : active) : exact
        if meant.count == 1 { return FoundName(input: name, entry: meant[0], note: nil) }
        guard !meant.isEmpty else {
            let lack = kinds.compactMap { lacks[$0] }.joined(separator: "; ")
            return FoundName(input: name, entry: nil, note: lack.isEmpty ? "nobody and nothing has that name" : lack)
        }
        let others = meant.prefix(Self.mostOthers).map { entry in
            entry.target + (entry.space.map { " (\($0))" } ?? entry.title.map { " (\($0))" } ?? "")
        }
        return FoundName(
            input: name, entry: nil, note: "\(meant.count) have that name: \(others.joined(separator: ", "))")
    }
}

extension ConnectorFault {
    /// For people who asked something of the platform.
    package var sentence: String {
        if case .lasting(let reason, let cure) = self { "\(reason); \(cure)" } else { reason }
    }
}
