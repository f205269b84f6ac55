import Platform

/// What a line may look like where it is shown.
struct TextStyle: Hashable, Sendable {
    /// Narrower terminals get lines for this width, which they break themselves.
    static let narrowest = 40
    /// Wider ones get no longer lines: they are hard to read.
    static let widest = 80

    let width: Int
    let isTerminal: Bool
    let isColoured: Bool
    let isUnicode: Bool

    init(width: Int, isTerminal: Bool = false, isColoured: Bool = false, isUnicode: Bool = true) {
        self.width = min(max(width, Self.narrowest), Self.widest)
        self.isTerminal = isTerminal
        self.isColoured = isColoured
        self.isUnicode = isUnicode
    }

    var uncoloured: TextStyle {
        TextStyle(width: width, isTerminal: isTerminal, isColoured: false, isUnicode: isUnicode)
    }

    static func of(_ stream: StandardStream, _ environment: Environment, noColor: Bool) -> TextStyle {
        let isTerminal = stream.isTerminal
        let isColoured =
            if case .pretty(true) = ConsoleStyle.chosen(isTerminal: isTerminal, environment: environment) {
                !noColor
            } else {
                false
            }
        return TextStyle(
            width: (isTerminal ? stream.columns : nil) ?? widest, isTerminal: isTerminal, isColoured: isColoured,
            isUnicode: isUTF8(environment))
    }

    /// The locale's character set, as setlocale would take it from the environment (POSIX.1-2024, 8.2).
    static func isUTF8(_ environment: Environment) -> Bool {
        let locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? ""
        let name = locale.lowercased()
        return name.hasSuffix("utf-8") || name.hasSuffix("utf8")
    }

    // MARK: Colours and symbols

    enum Colour: Int, Sendable { case red = 31, green, yellow }

    func paint(_ text: String, _ colour: Colour?) -> String {
        guard isColoured, let colour else { return text }
        return "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m"
    }

    func bold(_ text: String) -> String { isColoured ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    /// Between facts of one line.
    var dot: String { isUnicode ? "·" : "-" }

    /// `text` for a terminal that shows ASCII only: our own signs have a form there, others become question marks.
    func plain(_ text: String) -> String {
        guard !isUnicode, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "·": result += "-"
            case "…": result += "..."
            case "●": result += "*"
            case "▲": result += "!"
            case "✗": result += "x"
            case "✓": result += "+"
            case "–", "—": result += "-"
            default: result.unicodeScalars.append(scalar.isASCII ? scalar : "?")
            }
        }
        return result
    }
}

extension String {
    /// A text from outside on one line: control characters must not steer the terminal that shows them.
    var shown: String {
        var result = ""
        for scalar in unicodeScalars {
            if scalar.steersTerminal {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A JSON text that says the same without a character that steers a terminal. Those below the space are escaped in
    /// JSON anyway, but for the line feeds between its parts.
    var shownJSON: String {
        guard unicodeScalars.contains(where: { $0.value >= 0x7f && $0.steersTerminal }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.value >= 0x7f, scalar.steersTerminal {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// One word for a shell, in a command that is to be pasted: what is in it came from elsewhere and must not run.
    var shellWord: String {
        "'" + shown.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    var withoutTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }

    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension Unicode.Scalar {
    fileprivate var steersTerminal: Bool {
        if value < 0x20 || (0x7f..<0xa0).contains(value) { return true }
        // Marks that turn the direction of what follows.
        return (0x202a...0x202e).contains(value) || (0x2066...0x2069).contains(value)
    }
}
