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
            let isControl = scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            // Marks that turn the direction of what follows.
            let isTurning = (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            if isControl || isTurning {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    var withoutTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }

    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
