package import Platform

/// The way to a setting, or to all of a kind: `gateway.bind`, `channels.*`, `hooks.mappings[].action`.
package struct SettingPath: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package enum Step: Hashable, Sendable {
        case key(String)
        /// `*`: any key, where keys are names of the user's own.
        case anyKey
        /// `[]`: any element.
        case element
    }

    package let steps: [Step]

    package init(_ text: String) {
        var steps: [Step] = []
        steps.reserveCapacity(Self.usualDepth)
        // Byte by byte, and each once: hundreds of them are read at every start.
        let bytes = text.utf8
        var start = bytes.startIndex
        var place = start
        while place < bytes.endIndex {
            switch bytes[place] {
            case UInt8(ascii: "."), UInt8(ascii: "["):
                if start < place { steps.append(Self.named(text[start..<place])) }
            case UInt8(ascii: "]"): steps.append(.element)
            default:
                bytes.formIndex(after: &place)
                continue
            }
            bytes.formIndex(after: &place)
            start = place
        }
        if start < place { steps.append(Self.named(text[start..<place])) }
        self.steps = steps
    }

    /// As deep as most are.
    private static let usualDepth = 4

    private static func named(_ name: Substring) -> Step {
        name.utf8.count == 1 && name.utf8.first == UInt8(ascii: "*") ? .anyKey : .key(String(name))
    }

    package init(stringLiteral text: String) { self.init(text) }

    init(steps: [Step]) { self.steps = steps }

    package var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let name): text += (text.isEmpty ? "" : ".") + name
            case .anyKey: text += (text.isEmpty ? "" : ".") + "*"
            case .element: text += "[]"
            }
        }
        return text
    }
}

extension JSONPointer {
    /// The way to one setting, as people write it: `gateway.bind`, `agents.list[0].id`, `models["a.b"].alias`; `a.0`
    /// is the same as `a[0]`. Nil for a bracket that is not closed.
    package init?(setting text: String) {
        var tokens: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            if rest.first == "." { rest.removeFirst() }
            if rest.first == "[" {
                guard let (token, after) = Self.bracket(rest) else { return nil }
                tokens.append(token)
                rest = after
            } else {
                let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                guard end > rest.startIndex else { return nil }
                tokens.append(String(rest[..<end]))
                rest = rest[end...]
            }
        }
        self.init(tokens)
    }

    /// What stands in the brackets that `text` begins with: a number, a quoted key, or nothing for any element.
    private static func bracket(_ text: Substring) -> (token: String, rest: Substring)? {
        let inside = text.dropFirst()
        if let quote = inside.first, quote == "\"" || quote == "'" {
            guard let end = inside.dropFirst().range(ofFirst: "\(quote)]") else { return nil }
            return (String(inside.dropFirst()[..<end.lowerBound]), inside[end.upperBound...])
        }
        guard let end = inside.firstIndex(of: "]") else { return nil }
        let token = inside[..<end]
        return (token.isEmpty ? "[]" : String(token), inside[inside.index(after: end)...])
    }

    /// The way as people write it. `value` tells elements of arrays from keys that are numbers.
    package func setting(in value: JSON) -> String {
        var text = ""
        var value: JSON? = value
        for token in tokens {
            if value?.array != nil {
                text += "[\(token)]"
            } else if token.utf8.allSatisfy(Self.isPlain), !token.isEmpty {
                text += (text.isEmpty ? "" : ".") + token
            } else {
                text += "[\(JSON.string(token))]"
            }
            value = value?[JSONPointer([token])]
        }
        return text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "$"),
            UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "+"), 0x80...:
            true
        default: false
        }
    }

    package func starts(with other: JSONPointer) -> Bool { tokens.starts(with: other.tokens) }
}
