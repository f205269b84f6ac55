import Platform

/// The rows of a question, drawn anew at each key. A terminal that cannot move its cursor gets each row once, and what
/// is typed behind it.
@LoopActor
final class PromptFrame {
    let isRich: Bool
    private let console: any PromptConsole
    private let style: TextStyle
    /// The lines that stand there, before they were broken into rows.
    private var drawn: [String] = []
    /// The row of the cursor, counted from the first.
    private var cursorRow = 0
    /// Without a cursor: what stands behind the question.
    private var echoed: [Character] = []
    private var lastProgress = ""

    init(_ console: any PromptConsole, _ style: TextStyle, isRich: Bool) {
        self.console = console
        self.style = style
        self.isRich = isRich
    }

    /// One column stays free: terminals differ in what they do when the last one is written.
    private var width: Int { max(min(console.columns, TextStyle.widest) - 1, 20) }

    func bold(_ text: String) -> String { style.bold(text) }

    func dim(_ text: String) -> String { style.isColoured ? "\u{1b}[2m\(text)\u{1b}[0m" : text }

    // MARK: Text above

    func print(_ text: String, indent: Int) {
        erase()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let space = String(repeating: " ", count: indent)
            let lead = String(line.prefix { $0 == " " })
            for (number, row) in Self.rows(String(line), width: width - indent).enumerated() {
                put(space + (number == 0 ? "" : lead) + row + "\n")
            }
        }
    }

    /// A line that is written over by the next one.
    func progress(_ text: String) {
        if isRich { return draw([text]) }
        let words = String(text.prefix { !$0.isNumber }).withoutTrailingSpaces
        if words != lastProgress { put(words + "\n") }
        lastProgress = words
    }

    // MARK: The question

    /// Draws lines in the place of those before. The cursor stands at the end of the last one, or before its last
    /// `behind` characters.
    func draw(_ lines: [String], behind: Int = 0) {
        var text = erasure()
        let rows = lines.flatMap { Self.hardRows($0, width: width) }
        text += rows.joined(separator: "\r\n")
        drawn = lines
        cursorRow = rows.count - 1
        if behind > 0, let last = lines.last {
            let before = Self.hardRows(String(last.dropLast(behind)), width: width)
            let tail = Self.hardRows(last, width: width)
            let up = tail.count - before.count
            cursorRow -= up
            let column = ColumnWidth.of(before.last ?? "")
            if up > 0 { text += "\u{1b}[\(up)A" }
            text += "\r" + (column > 0 ? "\u{1b}[\(column)C" : "")
        }
        put(text)
    }

    /// Puts the lines that stay in the place of the question.
    func settle(_ lines: [String]) {
        if isRich {
            put(erasure() + lines.flatMap { Self.hardRows($0, width: width) }.joined(separator: "\r\n") + "\n")
        } else {
            put("\n")
        }
        forget()
    }

    /// Without a cursor: the question once, and then what changes of the line behind it.
    func echo(_ text: [Character]) {
        let same = zip(text, echoed).prefix { $0 == $1 }.count
        let gone = ColumnWidth.of(echoed[same...])
        put(String(repeating: "\u{8} \u{8}", count: gone) + String(text[same...]))
        echoed = text
    }

    func ask(_ lines: [String]) {
        echoed = []
        put(lines.joined(separator: "\n"))
    }

    func erase() {
        put(erasure())
        forget()
    }

    /// Leaves what stands there, and goes on below.
    func leave() {
        put("\n")
        forget()
    }

    private func forget() {
        drawn = []
        cursorRow = 0
        echoed = []
    }

    private func erasure() -> String {
        guard isRich, !drawn.isEmpty else { return "" }
        return (cursorRow > 0 ? "\u{1b}[\(cursorRow)A" : "") + "\r\u{1b}[J"
    }

    private func put(_ text: String) {
        if !text.isEmpty { console.write(style.plain(text)) }
    }

    // MARK: Rows

    /// Between words where that is possible, and nowhere within a sign of two columns.
    private static func rows(_ line: String, width: Int) -> [String] { ColumnWidth.rows(line, width: max(width, 10)) }

    /// Where the columns end. Sequences that paint take none.
    static func hardRows(_ line: String, width: Int) -> [String] {
        var rows = [""]
        var used = 0
        var isSequence = false
        for character in line {
            if character == "\u{1b}" { isSequence = true }
            let columns = isSequence ? 0 : ColumnWidth.of(character)
            if isSequence, character == "m" { isSequence = false }
            if used + columns > width {
                rows.append("")
                used = 0
            }
            rows[rows.count - 1].append(character)
            used += columns
        }
        return rows
    }
}
