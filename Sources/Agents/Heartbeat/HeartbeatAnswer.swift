import Platform

/// What an agent's words at a heartbeat come to.
package enum HeartbeatAnswer: Equatable, Sendable {
    /// It said nothing at all.
    case empty
    /// It acknowledged, and nobody is to hear of it.
    case quiet
    /// Somebody is to read this.
    case alert(String)

    package static let token = "HEARTBEAT_OK"
    /// Another word of agents that have nothing to say.
    private static let silent = "NO_REPLY"
    /// Signs that models put around the token.
    private static let ornaments: Set<Character> = [
        "*", "_", "`", "~", "\"", "'", ".", "!", ":", "-", "#", ">", "<", "(", ")",
    ]

    /// The token counts at the beginning and at the end. What is said beside it is dropped up to `limit` characters.
    package init(_ text: String, limit: Int) {
        var words = text.withoutOuterSpace
        guard !words.isEmpty else {
            self = .empty
            return
        }
        guard words.lowercased() != Self.silent.lowercased() else {
            self = .quiet
            return
        }
        var isAcknowledged = false
        while let rest = Self.withoutToken(words) {
            isAcknowledged = true
            words = rest.withoutOuterSpace
        }
        guard isAcknowledged else {
            self = .alert(words)
            return
        }
        self = words.count <= limit ? .quiet : .alert(words)
    }

    private static func withoutToken(_ text: String) -> String? {
        let start = text.drop { ornaments.contains($0) || $0.isWhitespace }
        if start.hasPrefix(token) {
            let rest = start.dropFirst(token.count)
            guard !(rest.first?.isWordly ?? false) else { return nil }
            return String(rest.drop { ornaments.contains($0) && $0 != "-" && $0 != "#" || $0.isWhitespace })
        }
        var end = text[...]
        while let last = end.last, ornaments.contains(last) || last.isWhitespace { end.removeLast() }
        guard end.hasSuffix(token), !(end.dropLast(token.count).last?.isWordly ?? false) else { return nil }
        return String(end.dropLast(token.count))
    }
}

extension Character {
    fileprivate var isWordly: Bool { isLetter || isNumber }
}
