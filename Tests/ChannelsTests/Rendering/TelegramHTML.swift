/// A strict reader of the HTML that Telegram's Bot API takes: what it refuses would cost a whole message.
struct TelegramHTML {
    enum Refusal: Error, Equatable {
        case unknownTag(String)
        case unmatched(String)
        case open([String])
        case bareSign(Character)
        case nesting(String, within: String)
    }

    /// The text without tags.
    private(set) var text = ""
    private var open: [String] = []

    init(_ html: String) throws(Refusal) {
        var rest = html[...]
        while let next = rest.first {
            switch next {
            case "<":
                guard let end = rest.firstIndex(of: ">") else { throw .bareSign("<") }
                try read(tag: String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            case ">": throw .bareSign(">")
            case "&":
                guard
                    let entity = ["&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": "\""].first(where: {
                        rest.hasPrefix($0.key)
                    })
                else { throw .bareSign("&") }
                text += entity.value
                rest = rest.dropFirst(entity.key.count)
            default:
                text.append(next)
                rest = rest.dropFirst()
            }
        }
        guard open.isEmpty else { throw .open(open) }
    }

    private mutating func read(tag: String) throws(Refusal) {
        if tag.hasPrefix("/") {
            guard open.last == String(tag.dropFirst()) else { throw .unmatched(tag) }
            open.removeLast()
            return
        }
        let name = try Self.name(of: tag, within: open.last)
        let outer = open.last ?? ""
        // Nothing is within code, and quotes are not within anything.
        guard outer != "code", outer != "pre" || name == "code" else { throw .nesting(name, within: outer) }
        if ["pre", "blockquote"].contains(name), !open.isEmpty { throw .nesting(name, within: outer) }
        if name == "code", !open.allSatisfy({ $0 == "pre" || $0 == "blockquote" }) {
            throw .nesting(name, within: outer)
        }
        if name == "a", open.contains("a") { throw .nesting(name, within: outer) }
        open.append(name)
    }

    private static func name(of tag: String, within outer: String?) throws(Refusal) -> String {
        if ["b", "i", "s", "code", "pre", "blockquote"].contains(tag) { return tag }
        if tag.hasPrefix("a href=\""), tag.hasSuffix("\""),
            !tag.dropFirst(8).dropLast().contains(where: { "\"<>".contains($0) })
        {
            return "a"
        }
        if outer == "pre", tag.hasPrefix("code class=\"language-"), tag.hasSuffix("\"") { return "code" }
        throw .unknownTag(tag)
    }
}
