import Platform

/// What Slack's markup says as plain text: entities and addresses are what a person reads, names of people stay.
enum SlackText {
    static func plain(_ text: String) -> String {
        var output = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "<") {
            output += unescaped(rest[..<start])
            let inner = rest[rest.index(after: start)...]
            guard let end = inner.firstIndex(where: { $0 == ">" || $0 == "<" }), inner[end] == ">" else {
                output += "<"
                rest = inner
                continue
            }
            output += words(of: inner[..<end])
            rest = inner[inner.index(after: end)...]
        }
        return output + unescaped(rest)
    }

    /// Whom a text names.
    static func people(in text: String) -> [String] {
        text.split(separator: "<").compactMap { part in
            guard part.first == "@", let end = part.firstIndex(where: { $0 == ">" || $0 == "|" }) else { return nil }
            let id = String(part[part.index(after: part.startIndex)..<end])
            return SlackID.isValid(id) ? id : nil
        }
    }

    /// Slack escapes three characters and no others.
    static func unescaped(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        var output = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            output += rest[..<start]
            rest = rest[start...]
            if let (entity, sign) = entities.first(where: { rest.hasPrefix($0.0) }) {
                output += sign
                rest = rest.dropFirst(entity.count)
            } else {
                output += "&"
                rest = rest.dropFirst()
            }
        }
        return output + rest
    }

    private static let entities = [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]

    /// What stands between angle brackets.
    private static func words(of inner: Substring) -> String {
        let parts = inner.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        guard let target = parts.first else { return "<>" }
        let label = parts.count == 2 && !parts[1].isEmpty ? unescaped(parts[1]) : nil
        switch target.first {
        case "@": return "<\(target)>"
        case "#": return label.map { "#\($0)" } ?? "<\(target)>"
        case "!":
            if let label { return label }
            return target == "!here" || target == "!channel" || target == "!everyone"
                ? "@\(target.dropFirst())" : "<\(target)>"
        default: break
        }
        let address = unescaped(target)
        // Slack's links have a scheme; what has none was never one.
        guard address.contains(":") else { return "<\(unescaped(inner))>" }
        let bare = ["mailto:", "tel:", "https://", "http://"].first { address.hasPrefix($0) }
            .map { String(address.dropFirst($0.count)) }
        guard let label else { return address.hasPrefix("mailto:") ? bare ?? address : address }
        return label == address || label == bare ? label : "\(label) (\(address))"
    }
}

/// Emoji as Slack calls them.
enum SlackEmoji {
    static let longest = 100

    /// A sign or a name, with or without colons, as a name. Nil for what cannot be one.
    static func name(_ emoji: String) -> String? {
        let bare = emoji.unicodeScalars.filter { $0.value != 0xfe0f }
        if let known = names[String(String.UnicodeScalarView(bare))] { return known }
        var name = Substring(emoji)
        if name.hasPrefix(":"), name.hasSuffix(":"), name.count > 2 { name = name.dropFirst().dropLast() }
        // A name may have more than one part: `+1::skin-tone-2`.
        let isName = name.utf8.allSatisfy { ASCII.isLetterOrDigit($0) || "_-+':.".utf8.contains($0) }
        return isName && !name.isEmpty && name.utf8.count <= longest ? String(name) : nil
    }

    private static let names = [
        "👀": "eyes", "✅": "white_check_mark", "✔": "heavy_check_mark", "❌": "x", "👍": "+1", "👎": "-1", "❤": "heart",
        "🎉": "tada", "🔥": "fire", "🙏": "pray", "😂": "joy", "🤔": "thinking_face", "⏳": "hourglass_flowing_sand",
        "⌛": "hourglass", "🚀": "rocket", "💯": "100", "👋": "wave", "👏": "clap", "⚡": "zap", "🦞": "lobster",
        "😱": "scream", "🥱": "yawning_face", "✍": "writing_hand", "🔧": "wrench", "🧠": "brain", "💬": "speech_balloon",
        "⚠": "warning", "🛠": "hammer_and_wrench", "💻": "computer", "🌐": "globe_with_meridians", "📎": "paperclip",
        "🤖": "robot_face", "😀": "grinning", "😄": "smile", "😢": "cry", "😎": "sunglasses", "🙌": "raised_hands",
        "💡": "bulb", "🔍": "mag", "📝": "memo", "⭐": "star", "🛑": "octagonal_sign", "👌": "ok_hand", "🫡": "saluting_face",
    ]
}
