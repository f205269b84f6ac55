import Testing

@testable import CLI

@Suite struct LineEditorTests {
    private func editor(_ keys: Key...) -> LineEditor {
        var editor = LineEditor()
        for key in keys { _ = editor.take(key) }
        return editor
    }

    @Test func textGoesInAtTheCursor() {
        let editor = editor(.text("helo"), .left, .text("l"), .end, .text("!"))
        #expect(editor.string == "hello!")
    }

    @Test func aCombiningMarkJoinsItsLetter() {
        var editor = editor(.text("e"), .text("\u{301}"))
        #expect(editor.text.count == 1)
        #expect(editor.cursor == 1)
        _ = editor.take(.backspace)
        #expect(editor.isEmpty)
    }

    @Test func wordsAreSteppedOverAndDeleted() {
        #expect(editor(.text("one two  three"), .wordLeft, .wordLeft, .deleteWord).string == "two  three")
        #expect(editor(.text("one two"), .start, .wordRight, .deleteToEnd).string == "one")
        #expect(editor(.text("one two"), .wordLeft, .deleteToStart).string == "two")
    }

    @Test func enterSendsAndBlanksAreNotSent() {
        var editor = LineEditor()
        #expect(editor.take(.enter) == nil)
        _ = editor.take(.text("  "))
        #expect(editor.take(.enter) == nil)
        _ = editor.take(.text("hi"))
        #expect(editor.take(.enter) == "  hi")
        #expect(editor.isEmpty)
    }

    @Test func historyComesBackAndTheDraftIsKept() {
        var editor = LineEditor()
        for line in ["one", "two"] {
            _ = editor.take(.text(line))
            _ = editor.take(.enter)
        }
        _ = editor.take(.text("draft"))
        _ = editor.take(.up)
        #expect(editor.string == "two")
        _ = editor.take(.up)
        _ = editor.take(.up)
        #expect(editor.string == "one")
        _ = editor.take(.down)
        _ = editor.take(.down)
        #expect(editor.string == "draft")
    }

    @Test func historyIsBounded() {
        var editor = LineEditor()
        for number in 0...LineEditor.historyLimit {
            #expect(editor.history.count == min(number, LineEditor.historyLimit))
            _ = editor.take(.text("\(number)"))
            _ = editor.take(.enter)
        }
        #expect(editor.history.count == LineEditor.historyLimit)
        #expect(editor.history.first == "1")
    }

    @Test func aLineIsBounded() {
        for (size, expected) in [
            (LineEditor.byteLimit - 1, LineEditor.byteLimit - 1), (LineEditor.byteLimit, LineEditor.byteLimit),
            (LineEditor.byteLimit + 1, 0),
        ] {
            var editor = LineEditor()
            _ = editor.take(.paste(String(repeating: "a", count: size)))
            #expect(editor.text.count == expected)
        }
    }

    @Test func aPastedLineFeedSendsNothing() {
        var editor = LineEditor()
        #expect(editor.take(.paste("one\ntwo")) == nil)
        #expect(editor.take(.enter) == "one\ntwo")
    }
}
