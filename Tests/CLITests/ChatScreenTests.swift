import Platform
import Testing

@testable import CLI

@Suite struct ChatScreenTests {
    private func screen(_ width: Int) -> ChatScreen {
        ChatScreen(TextStyle(width: width, isTerminal: true), width: width)
    }

    @Test func nothingThatAModelSaysReachesTheTerminalAsAnOrder() {
        var screen = screen(40)
        let evil = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{1b}P\u{8}\u{202e}x\r\ny"
        screen.stream(evil)
        screen.print(evil)
        let frame = screen.frame(LineEditor(), status: evil)
        // Our own are few: up, column, erase, and the line feeds.
        let allowed = Set("0123456789ACJ[".unicodeScalars)
        var rest = frame.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1b}" {
                let order = rest.prefix(4)
                #expect(order.first == "[" && order.prefix(2).allSatisfy(allowed.contains), "\(order)")
            } else {
                let isControl = scalar.value < 0x20 && scalar != "\r" && scalar != "\n"
                #expect(!isControl && !(0x7f..<0xa0).contains(scalar.value) && scalar != "\u{202e}")
            }
        }
        #expect(!frame.contains("\u{1b}]"))
        #expect(!frame.contains("\u{1b}[2J"))
        #expect(frame.contains("]0;title"))
    }

    @Test func noRowIsWiderThanTheTerminal() {
        for width in [40, 80] {
            var screen = screen(width)
            screen.stream(String(repeating: "word ", count: 60) + String(repeating: "日本", count: 60))
            screen.stream(String(repeating: "x", count: 200))
            var editor = LineEditor()
            _ = editor.take(.text(String(repeating: "日a", count: 50)))
            let frame = screen.frame(editor, status: String(repeating: "status ", count: 20))
            let rows = frame.split(separator: "\r\n").map { row in
                ColumnWidth.of(row.split(separator: "\u{1b}")[0])
            }
            for row in rows { #expect(row <= width) }
        }
    }

    @Test func anAnswerInPiecesIsTheAnswerInOne() {
        let text = "One two three four five six seven eight nine ten eleven twelve.\nAnd a second line of it."
        var whole = screen(40)
        whole.stream(text)
        for size in 1...7 {
            var pieces = screen(40)
            var rest = text[...]
            while !rest.isEmpty {
                pieces.stream(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            var (one, other) = (pieces, whole)
            #expect(one.last() == other.last(), "pieces of \(size)")
        }
    }

    @Test func theCursorStandsWhereTheNextLetterGoes() {
        var screen = screen(40)
        var editor = LineEditor()
        _ = editor.take(.text("日本"))
        #expect(screen.frame(editor, status: "").hasSuffix("\r\u{1b}[6C"))
        _ = editor.take(.left)
        #expect(screen.frame(editor, status: "").hasSuffix("\r\u{1b}[4C"))
    }

    @Test func ofALongLineTheRowsAroundTheCursorAreShown() {
        var screen = screen(40)
        var editor = LineEditor()
        _ = editor.take(.text(String(repeating: "a", count: 1000) + "END"))
        let frame = screen.frame(editor, status: "")
        #expect(frame.contains("END"))
        #expect(frame.split(separator: "\r\n").count == ChatScreen.inputRows)
    }
}

@Suite struct ColumnWidthTests {
    @Test func wideNarrowAndCombiningCharactersAreTold() {
        #expect(ColumnWidth.of("a") == 1)
        #expect(ColumnWidth.of("é") == 1)
        #expect(ColumnWidth.of("e\u{301}") == 1)
        #expect(ColumnWidth.of("日") == 2)
        #expect(ColumnWidth.of("👍") == 2)
        #expect(ColumnWidth.of("👨‍👩‍👧") == 2)
        #expect(ColumnWidth.of("❤️") == 2)
    }

    @Test func rowsBreakBetweenWords() {
        #expect(ColumnWidth.rows("one two three", width: 8) == ["one two", "three"])
        #expect(ColumnWidth.rows("abcdefghij", width: 4) == ["abcd", "efgh", "ij"])
        #expect(ColumnWidth.rows("", width: 4) == [""])
    }
}
