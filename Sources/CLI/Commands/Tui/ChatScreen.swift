import Platform

/// What is shown: text that scrolls away above, and below it a few rows that are drawn anew each time. Everything goes
/// out through here; what comes from outside is made harmless before.
struct ChatScreen {
    /// Rows of the line being written that are shown at once.
    static let inputRows = 6
    static let prompt = "> "

    private let style: TextStyle
    private var width: Int
    /// The end of an answer that is coming, which is not yet a full row.
    private var tail = ""
    private var isStreaming = false
    /// Rows that were drawn below, and the one of them with the cursor.
    private var drawn = 0
    private var cursorRow = 0
    /// What is to be written with the next frame.
    private var above: [String] = []

    init(_ style: TextStyle, width: Int) {
        self.style = style
        self.width = max(width, 10)
    }

    mutating func resize(_ width: Int) { self.width = max(width, 10) }

    // MARK: Above

    mutating func print(_ text: String, prefix: String = "", isDim: Bool = false) {
        closeAnswer()
        for line in text.harmless.split(separator: "\n", omittingEmptySubsequences: false) {
            for row in ColumnWidth.rows(prefix + line, width: width) {
                above.append(isDim && style.isColoured ? "\u{1b}[2m\(row)\u{1b}[0m" : row)
            }
        }
    }

    /// A piece of an answer.
    mutating func stream(_ piece: String) {
        isStreaming = true
        var lines = (tail + piece.harmless).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let last = lines.removeLast()
        for line in lines { above += ColumnWidth.rows(line, width: width) }
        var rows = ColumnWidth.rows(last, width: width)
        tail = rows.removeLast()
        above += rows
    }

    mutating func closeAnswer() {
        guard isStreaming else { return }
        isStreaming = false
        if !tail.isEmpty { above.append(tail) }
        tail = ""
    }

    // MARK: Frames

    /// The bytes that bring the terminal up to date.
    mutating func frame(_ editor: LineEditor, status: String) -> String {
        var text = erased()
        for row in above { text += row + "\r\n" }
        above = []
        var rows = isStreaming ? [tail] : []
        if !status.isEmpty {
            let row = ColumnWidth.rows(status.shown, width: width)[0]
            rows.append(style.isColoured ? "\u{1b}[2m\(row)\u{1b}[0m" : row)
        }
        let (input, row, column) = self.input(editor)
        cursorRow = rows.count + row
        rows += input
        text += rows.joined(separator: "\r\n")
        let up = rows.count - 1 - cursorRow
        if up > 0 { text += "\u{1b}[\(up)A" }
        text += "\r" + (column > 0 ? "\u{1b}[\(column)C" : "")
        drawn = rows.count
        return style.plain(text)
    }

    /// Takes the rows below away, for the end.
    mutating func last() -> String {
        closeAnswer()
        var text = erased()
        for row in above { text += row + "\r\n" }
        above = []
        drawn = 0
        return style.plain(text)
    }

    private func erased() -> String {
        guard drawn > 0 else { return "" }
        return (cursorRow > 0 ? "\u{1b}[\(cursorRow)A" : "") + "\r\u{1b}[J"
    }

    /// The rows of the line being written, and where in them the cursor stands.
    private func input(_ editor: LineEditor) -> (rows: [String], row: Int, column: Int) {
        var rows = [""]
        var columns = 0
        var cursor = (row: 0, column: 0)
        let room = width - Self.prompt.count - 1
        for (number, character) in (editor.text + [" "]).enumerated() {
            let sign = Self.visible(character, style)
            let count = ColumnWidth.of(sign)
            if columns + count > room {
                rows.append("")
                columns = 0
            }
            if number == editor.cursor { cursor = (rows.count - 1, columns) }
            if number < editor.text.count {
                rows[rows.count - 1] += sign
                columns += count
            }
        }
        let first = min(max(0, cursor.row - Self.inputRows + 1), max(0, rows.count - Self.inputRows))
        let shown = rows[first..<min(rows.count, first + Self.inputRows)].enumerated().map { number, row in
            (number == 0 ? Self.prompt : "  ") + row
        }
        return (Array(shown), cursor.row - first, cursor.column + Self.prompt.count)
    }

    private static func visible(_ character: Character, _ style: TextStyle) -> String {
        switch character {
        case "\n": style.isUnicode ? "⏎" : "\\n"
        case "\t": "    "
        default: String(character).shown
        }
    }
}
