import Platform

/// A command line that is nothing but words, which any shell would read in the same way. Everything that a shell would
/// do something with is not for rules to understand: a command that has any of it is asked for, never guessed at.
enum PlainCommand: Equatable, Sendable {
    case words([String])
    /// What in it only a shell can make sense of.
    case shell(String)

    static let byteLimit = 64 << 10

    init(_ text: String) {
        var reader = Reader(Array(text.utf8))
        self = reader.read()
    }

    var words: [String]? { if case .words(let words) = self { words } else { nil } }

    private struct Reader {
        let bytes: [UInt8]
        var next = 0
        var words: [String] = []
        /// Nil between words; quotes make an empty one.
        var word: [UInt8]?

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func read() -> PlainCommand {
            guard bytes.count <= PlainCommand.byteLimit else {
                return .shell("more than \(PlainCommand.byteLimit) bytes")
            }
            while next < bytes.count {
                let byte = bytes[next]
                next += 1
                if let reason = take(byte) { return .shell(reason) }
            }
            endWord()
            guard let first = words.first, !first.isEmpty else { return .shell("no program") }
            if first.contains("=") { return .shell("a variable before the program") }
            return .words(words)
        }

        /// Returns what makes it no plain command.
        private mutating func take(_ byte: UInt8) -> String? {
            switch byte {
            case 0x20, 0x09: endWord()
            case UInt8(ascii: "'"): return singleQuoted()
            case UInt8(ascii: "\""): return doubleQuoted()
            case UInt8(ascii: "\\"):
                guard next < bytes.count, bytes[next] >= 0x20 else { return "a backslash at the end of a line" }
                add(bytes[next])
                next += 1
            case UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: ";"): return "an operator (| & ;)"
            case UInt8(ascii: "<"), UInt8(ascii: ">"): return "a redirection (< >)"
            case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "}"): return "a group ( ) { }"
            case UInt8(ascii: "$"), UInt8(ascii: "`"): return "a substitution ($ `)"
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "]"):
                return "a pattern (* ? [ ])"
            case UInt8(ascii: "~") where word == nil: return "a home directory (~)"
            case UInt8(ascii: "#") where word == nil: return "a comment (#)"
            case UInt8(ascii: "!"): return "a negation (!)"
            case 0..<0x20, 0x7f: return "a control character or a second line"
            default: add(byte)
            }
            return nil
        }

        private mutating func add(_ byte: UInt8) { word = (word ?? []) + [byte] }

        private mutating func endWord() {
            if let word { words.append(String(decoding: word, as: UTF8.self)) }
            word = nil
        }

        private mutating func singleQuoted() -> String? {
            word = word ?? []
            while next < bytes.count {
                let byte = bytes[next]
                next += 1
                if byte == UInt8(ascii: "'") { return nil }
                guard byte != 0 else { return "a control character or a second line" }
                add(byte)
            }
            return "a quote that is not closed"
        }

        private mutating func doubleQuoted() -> String? {
            word = word ?? []
            while next < bytes.count {
                let byte = bytes[next]
                next += 1
                switch byte {
                case UInt8(ascii: "\""): return nil
                case UInt8(ascii: "$"), UInt8(ascii: "`"): return "a substitution ($ `)"
                case UInt8(ascii: "!"): return "a negation (!)"
                case 0: return "a control character or a second line"
                case UInt8(ascii: "\\"):
                    guard next < bytes.count else { return "a quote that is not closed" }
                    let escaped = bytes[next]
                    next += 1
                    switch escaped {
                    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"): add(escaped)
                    case 0x0a: return "a backslash at the end of a line"
                    default:
                        add(byte)
                        add(escaped)
                    }
                default: add(byte)
                }
            }
            return "a quote that is not closed"
        }
    }
}
