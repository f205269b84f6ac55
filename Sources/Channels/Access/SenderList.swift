import Platform

/// A list of people as a configuration writes it: ids of one platform, or `*` for everyone.
package struct SenderList: Equatable, Sendable {
    /// Whether the list is open to anybody.
    package let hasEveryone: Bool
    private let ids: Set<String>
    /// Names match as well: only where the configuration says so, because people choose their own.
    private let names: Set<String>

    /// `prefixes` may stand before an id and mean nothing: `telegram:` and `tg:` for Telegram. Empty entries are nobody.
    package init(_ entries: [String], prefixes: [String] = [], matchesNames: Bool = false) {
        let entries = entries.map { Self.normal($0, prefixes) }
        hasEveryone = entries.contains("*")
        ids = Set(entries).subtracting(["*", ""])
        names = matchesNames ? ids : []
    }

    package var isEmpty: Bool { !hasEveryone && ids.isEmpty }

    package func includes(_ sender: InboundMessage.Sender) -> Bool {
        if hasEveryone || ids.contains(sender.id.lowercased()) { return true }
        guard let name = sender.name?.lowercased() else { return false }
        return names.contains(name)
    }

    private static func normal(_ entry: String, _ prefixes: [String]) -> String {
        let entry = entry.withoutOuterSpace.lowercased()
        let prefix = prefixes.first { entry.hasPrefix($0.lowercased() + ":") }
        return String(entry.dropFirst(prefix.map { $0.count + 1 } ?? 0))
    }
}

/// Who owns this gateway: `commands.ownerAllowFrom`, with the channel before the id. Nobody gets on it by being allowed
/// to talk, and `*` means nobody here.
package struct OwnerList: Equatable, Sendable {
    private let entries: Set<String>
    /// As they are written: some platforms tell `U7` and `u7` apart.
    private let written: [String]

    package init(_ entries: [String]) {
        written = entries.map(\.withoutOuterSpace)
        self.entries = Set(written.map { $0.lowercased() })
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// The ids of those on one channel.
    package func people(of channel: String) -> [String] {
        let prefix = "\(channel):"
        var known: Set<String> = []
        return written.filter { $0.lowercased().hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.filter {
            !$0.isEmpty && $0 != "*" && known.insert($0).inserted
        }
    }

    package func includes(_ sender: InboundMessage.Sender, of channel: String) -> Bool {
        !sender.id.isEmpty && entries.contains("\(channel):\(sender.id)".lowercased())
    }
}
