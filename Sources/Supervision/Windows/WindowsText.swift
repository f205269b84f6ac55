/// Words of a Windows command line, and of one in a batch file.
enum WindowsText {
    /// The longest line that cmd.exe takes (learn.microsoft.com, "Command prompt line string limitation").
    static let lineLimit = 8191

    /// A word as CommandLineToArgvW and the C library of a started program read it back: backslashes mean something
    /// before a quote alone.
    static func quoted(_ word: String) -> String {
        let needsQuotes = word.isEmpty || word.unicodeScalars.contains { $0.value <= 32 || $0 == "\"" }
        guard needsQuotes else { return word }
        var text = "\""
        var backslashes = 0
        for scalar in word.unicodeScalars {
            if scalar == "\\" {
                backslashes += 1
                continue
            }
            text += String(repeating: "\\", count: scalar == "\"" ? 2 * backslashes + 1 : backslashes)
            backslashes = 0
            text.unicodeScalars.append(scalar)
        }
        return text + String(repeating: "\\", count: 2 * backslashes) + "\""
    }

    static func commandLine(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String.UnicodeScalarView?
        var isQuoted = false
        var backslashes = 0
        for scalar in line.unicodeScalars {
            if scalar == "\\" {
                backslashes += 1
                continue
            }
            let isQuote = scalar == "\""
            let kept = isQuote ? backslashes / 2 : backslashes
            let isEscaped = isQuote && backslashes % 2 == 1
            if backslashes > 0 {
                word = word ?? String.UnicodeScalarView()
                word?.append(contentsOf: repeatElement("\\", count: kept))
            }
            backslashes = 0
            if isQuote, !isEscaped {
                isQuoted.toggle()
                word = word ?? String.UnicodeScalarView()
            } else if !isQuoted, scalar == " " || scalar == "\t" {
                if let ended = word { words.append(String(ended)) }
                word = nil
            } else {
                word = word ?? String.UnicodeScalarView()
                word?.append(scalar)
            }
        }
        if backslashes > 0 {
            word = word ?? String.UnicodeScalarView()
            word?.append(contentsOf: repeatElement("\\", count: backslashes))
        }
        if let ended = word { words.append(String(ended)) }
        return words
    }

    // MARK: Batch files

    /// Arguments in a line of a batch file. Every character that means something to cmd.exe has a caret before it, the
    /// quotes too: so cmd.exe never sees one, and what is between them is not read in another way.
    static func batchArguments(_ words: [String], _ field: String) throws(SupervisionError) -> String {
        var text = ""
        for scalar in commandLine(words).unicodeScalars {
            try checkPrintable(scalar, field)
            if scalar == "%" {
                text += "%%"
            } else {
                if "()!^\"<>&|".unicodeScalars.contains(scalar) { text += "^" }
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// A path or an assignment in quotes that cmd.exe sees. Between them only `%` means something.
    static func batchQuoted(_ word: String, _ field: String) throws(SupervisionError) -> String {
        var text = "\""
        for scalar in word.unicodeScalars {
            try checkPrintable(scalar, field)
            if scalar == "\"" { throw .unwritable(field: field, reason: "a batch file cannot carry a quote in it") }
            if scalar == "%" { text += "%" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }

    private static func checkPrintable(_ scalar: Unicode.Scalar, _ field: String) throws(SupervisionError) {
        guard scalar.value < 32 || scalar.value == 127 else { return }
        throw .unwritable(field: field, reason: "a batch file cannot carry character \(scalar.value) in it")
    }

    /// A line of a batch file as cmd.exe hands it on, where it stands outside of quotes that cmd.exe sees.
    static func unescaped(_ line: Substring) -> String {
        var text = String.UnicodeScalarView()
        var scalars = line.unicodeScalars
        while let scalar = scalars.popFirst() {
            if scalar == "^", let next = scalars.popFirst() {
                text.append(next)
            } else {
                if scalar == "%", scalars.first == "%" { scalars.removeFirst() }
                text.append(scalar)
            }
        }
        return String(text)
    }

    /// The same between quotes that cmd.exe sees, where a caret is a caret.
    static func unescapedQuoted(_ text: Substring) -> String {
        var result = String.UnicodeScalarView()
        var scalars = text.unicodeScalars
        while let scalar = scalars.popFirst() {
            if scalar == "%", scalars.first == "%" { scalars.removeFirst() }
            result.append(scalar)
        }
        return String(result)
    }
}
