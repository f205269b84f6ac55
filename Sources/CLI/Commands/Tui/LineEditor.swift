/// The line that is being written, and the lines of before.
struct LineEditor {
    /// Lines of before that are kept.
    static let historyLimit = 500
    /// Bytes of one message.
    static let byteLimit = 1 << 20

    private(set) var text: [Character] = []
    private(set) var cursor = 0
    private(set) var history: [String] = []
    /// The place in `history` that is shown; its end is the line that is being written.
    private var place = 0
    private var draft: [Character] = []

    var string: String { String(text) }
    var isEmpty: Bool { text.isEmpty }

    /// The line, when the key sends it.
    mutating func take(_ key: Key) -> String? {
        switch key {
        case .text(let new), .paste(let new): insert(new)
        case .newline: insert("\n")
        case .enter: return send()
        case .backspace: if cursor > 0 { remove(cursor - 1..<cursor) }
        case .delete, .endOfInput: if cursor < text.count { remove(cursor..<cursor + 1) }
        case .deleteWord: remove(wordStart..<cursor)
        case .deleteToStart: remove(0..<cursor)
        case .deleteToEnd: remove(cursor..<text.count)
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(text.count, cursor + 1)
        case .wordLeft: cursor = wordStart
        case .wordRight: cursor = wordEnd
        case .start: cursor = 0
        case .end: cursor = text.count
        case .up: show(place - 1)
        case .down: show(place + 1)
        case .interrupt, .suspend, .redraw: break
        }
        return nil
    }

    mutating func clear() {
        text = []
        cursor = 0
        place = history.count
    }

    /// Puts a line back that could not be sent.
    mutating func putBack(_ line: String) {
        text = Array(line)
        cursor = text.count
    }

    private mutating func insert(_ new: String) {
        guard string.utf8.count + new.utf8.count <= Self.byteLimit else { return }
        // A combining character joins the one before it: all is put together anew.
        let head = String(text[..<cursor]) + new
        let whole = head + String(text[cursor...])
        text = Array(whole)
        cursor = head.count
    }

    private mutating func remove(_ range: Range<Int>) {
        text.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func send() -> String? {
        let line = string
        guard line.contains(where: { !$0.isWhitespace }) else { return nil }
        if history.last != line { history.append(line) }
        if history.count > Self.historyLimit { history.removeFirst() }
        clear()
        return line
    }

    private mutating func show(_ wanted: Int) {
        guard (0...history.count).contains(wanted), wanted != place else { return }
        if place == history.count { draft = text }
        place = wanted
        text = wanted == history.count ? draft : Array(history[wanted])
        cursor = text.count
    }

    private var wordStart: Int {
        var place = cursor
        while place > 0, text[place - 1].isWhitespace { place -= 1 }
        while place > 0, !text[place - 1].isWhitespace { place -= 1 }
        return place
    }

    private var wordEnd: Int {
        var place = cursor
        while place < text.count, text[place].isWhitespace { place += 1 }
        while place < text.count, !text[place].isWhitespace { place += 1 }
        return place
    }
}
