/// Variables that a shell script, a file of variables or a systemd unit sets. The text is read and never run: what a
/// value would be computed from is told, not guessed.
struct ShellVariables: Equatable, Sendable {
    struct Found: Equatable, Sendable {
        let line: Int
        /// Nil when only running the script would tell.
        let value: String?
        /// As it stands there.
        let written: String
    }

    /// The last setting of each name counts.
    private(set) var found: [String: Found] = [:]

    init(_ text: String, names: Set<String>) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            for word in Self.words(line) {
                guard let (name, value) = Self.assignment(word), names.contains(name) else { continue }
                found[name] = Found(line: number + 1, value: value.text, written: value.written)
            }
        }
    }

    // MARK: Words

    /// A word of the shell: what it is for certain, and as it was written.
    struct Word: Equatable {
        /// Nil once something in it is computed.
        var text: String? = ""
        var written = ""
    }

    /// The words of a line, the quotes taken away and `${NAME:-value}` replaced by its value.
    static func words(_ line: Substring) -> [Word] {
        var words: [Word] = []
        var word: Word?
        var quote: Character?
        var rest = line
        func add(_ text: String?, _ written: String) {
            var current = word ?? Word()
            current.text = text.flatMap { text in current.text.map { $0 + text } }
            current.written += written
            word = current
        }
        func end() {
            if let word { words.append(word) }
            word = nil
        }
        while let letter = rest.popFirst() {
            if letter == "$" || letter == "`", quote != "'" {
                let (value, written) = expansion(letter, &rest)
                add(value, written)
            } else if let open = quote {
                if letter == open {
                    quote = nil
                    add("", String(letter))
                } else if letter == "\\", open == "\"", let next = rest.popFirst() {
                    add("\"\\$`".contains(next) ? String(next) : "\\\(next)", "\\\(next)")
                } else {
                    add(String(letter), String(letter))
                }
            } else {
                switch letter {
                case "'", "\"":
                    quote = letter
                    add("", String(letter))
                case "\\": if let next = rest.popFirst() { add(String(next), "\\\(next)") }
                case " ", "\t", ";", "&", "|", "(", ")": end()
                case "#" where word == nil: return words
                default: add(String(letter), String(letter))
                }
            }
        }
        end()
        return words
    }

    /// What follows a dollar sign. A default that is written out counts as the value; all else is computed.
    private static func expansion(_ sign: Character, _ rest: inout Substring) -> (String?, String) {
        guard sign == "$", rest.first == "{" else {
            guard sign == "$", rest.first == "(" else { return (nil, String(sign)) }
            let inner = rest.prefix { $0 != ")" }
            rest = rest.dropFirst(inner.count + 1)
            return (nil, "$\(inner))")
        }
        let inner = rest.dropFirst().prefix { $0 != "}" }
        rest = rest.dropFirst(inner.count + 2)
        let written = "${\(inner)}"
        for mark in [":-", ":=", "-", "="] {
            let name = inner.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            guard !name.isEmpty, inner.dropFirst(name.count).hasPrefix(mark) else { continue }
            let value = inner.dropFirst(name.count + mark.count).filter { $0 != "\"" && $0 != "'" }
            return (value.contains("$") || value.contains("`") ? nil : value, written)
        }
        return (nil, written)
    }

    /// `NAME=value`, `Environment=NAME=value` of a unit, and `${NAME:=value}`.
    private static func assignment(_ word: Word) -> (String, Word)? {
        for prefix in ["Environment=", "-e", ""] where word.written.hasPrefix(prefix) {
            var inner = word
            inner.written = String(word.written.dropFirst(prefix.count))
            inner.text = word.text.map { String($0.dropFirst(prefix.count)) }
            let plain = inner.written.drop { $0 == "\"" || $0 == "'" }
            guard let sign = plain.firstIndex(of: "="), isName(plain[..<sign]) else { continue }
            let name = String(plain[..<sign])
            let value = inner.text.map { String($0.dropFirst(name.count + 1)) }
            return (name, Word(text: value, written: String(plain[plain.index(after: sign)...])))
        }
        let bare = word.written.filter { $0 != "\"" }
        guard bare.hasPrefix("${"), bare.hasSuffix("}") else { return nil }
        let inner = bare.dropFirst(2).dropLast()
        let name = inner.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard isName(name), inner.dropFirst(name.count).hasPrefix(":=") || inner.dropFirst(name.count).hasPrefix("=")
        else { return nil }
        return (String(name), word)
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.first, !first.isNumber else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
