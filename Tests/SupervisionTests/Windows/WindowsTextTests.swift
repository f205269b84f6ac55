import Support
import Testing

@testable import Supervision

@Suite struct WindowsTextTests {
    @Test func quotingIsAsProgramsOfWindowsReadIt() {
        // The table of "Parsing C command-line arguments" (learn.microsoft.com/cpp/c-language).
        #expect(WindowsText.words(#""a b c" d e"#) == ["a b c", "d", "e"])
        #expect(WindowsText.words(#""ab\"c" "\\" d"#) == [#"ab"c"#, #"\"#, "d"])
        #expect(WindowsText.words(#"a\\\b d"e f"g h"#) == [#"a\\\b"#, "de fg", "h"])
        #expect(WindowsText.words(#"a\\\"b c d"#) == [#"a\"b"#, "c", "d"])
        #expect(WindowsText.words(#"a\\\\"b c" d e"#) == [#"a\\b c"#, "d", "e"])
        #expect(WindowsText.quoted("plain") == "plain")
        #expect(WindowsText.quoted("") == #""""#)
        #expect(WindowsText.quoted(#"a b\"#) == #""a b\\""#)
        #expect(WindowsText.quoted(#"say "x""#) == #""say \"x\"""#)
        #expect(WindowsText.quoted(#"\\server\a"b"#) == #""\\server\a\"b""#)
    }

    @Test func aBatchFileHasACaretBeforeAllThatMeansSomething() throws {
        #expect(try WindowsText.batchArguments(["a b", "100%", "x&y"], "f") == #"^"a b^" 100%% x^&y"#)
        #expect(try WindowsText.batchArguments([#"^(")<|>!"#], "f") == #"^"^^^(\^"^)^<^|^>^!^""#)
        #expect(try WindowsText.batchQuoted("N=a&b%c^d", "f") == #""N=a&b%%c^d""#)
        for text in ["a\nb", "a\rb", "\u{0}", "\u{7f}"] {
            #expect(throws: SupervisionError.self) { try WindowsText.batchArguments([text], "f") }
            #expect(throws: SupervisionError.self) { try WindowsText.batchQuoted(text, "f") }
        }
        #expect(throws: SupervisionError.self) { try WindowsText.batchQuoted("a\"b", "f") }
    }

    @Test func anyWordIsReadBackAsItWas() throws {
        let seed = UInt64(20_261_127)
        var random = SeededRandom(seed: seed)
        let pieces = [
            "a", " ", "%", "%%", "\"", "'", "\\", "\\\\", "^", "&", "|", "<", ">", "(", ")", "!", "ü", "日", "🦞", "=",
            "\u{301}", ";", ",",
        ]
        for _ in 0..<2000 {
            let words = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
            }
            let line = WindowsText.commandLine(words)
            #expect(WindowsText.words(line) == words, "seed \(seed): \(line)")
            let batch = try WindowsText.batchArguments(words, "f")
            #expect(WindowsText.words(WindowsText.unescaped(Substring(batch))) == words, "seed \(seed): \(batch)")
        }
    }
}
