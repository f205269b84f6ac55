import Testing

@testable import CLI

private func keys(_ parts: [UInt8]...) -> [Key] {
    var reader = KeyReader()
    return parts.flatMap { reader.keys($0) }
}

private func keys(_ text: String) -> [Key] { keys(Array(text.utf8)) }

@Suite struct KeyReaderTests {
    @Test func lettersComeAsText() {
        #expect(keys("hé") == [.text("hé")])
    }

    @Test func aCharacterInTwoPartsIsOne() {
        let bytes = Array("é日👍".utf8)
        for cut in 0...bytes.count {
            let found = keys(Array(bytes[..<cut]), Array(bytes[cut...]))
            let text = found.map { if case .text(let text) = $0 { text } else { "?" } }.joined()
            #expect(text == "é日👍", "cut at \(cut)")
        }
    }

    @Test func sequencesOfCursorKeysAreKeysWhereverTheyAreCut() {
        let bytes = Array("\u{1b}[A\u{1b}OB\u{1b}[3~\u{1b}[1;5D\u{1b}b".utf8)
        for cut in 0...bytes.count {
            #expect(
                keys(Array(bytes[..<cut]), Array(bytes[cut...])) == [.up, .down, .delete, .wordLeft, .wordLeft],
                "cut at \(cut)")
        }
    }

    @Test func aPasteIsOneKeyAndItsLineFeedsSendNothing() {
        let bytes = Array("\u{1b}[200~one\r\ntwo\u{1b}[31m\u{7}three\u{1b}[201~x".utf8)
        for cut in 0...bytes.count {
            #expect(
                keys(Array(bytes[..<cut]), Array(bytes[cut...])) == [.paste("one\ntwo[31mthree"), .text("x")],
                "cut at \(cut)")
        }
    }

    @Test func pastesAreBounded() {
        for size in [KeyReader.pasteLimit - 1, KeyReader.pasteLimit, KeyReader.pasteLimit + 1] {
            var reader = KeyReader()
            _ = reader.keys(Array("\u{1b}[200~".utf8))
            _ = reader.keys([UInt8](repeating: 0x61, count: size))
            let found = reader.keys(Array("\u{1b}[201~".utf8))
            guard case .paste(let text)? = found.first else { return #expect(Bool(false), "no paste") }
            #expect(text.utf8.count == min(size, KeyReader.pasteLimit))
        }
    }

    @Test func anEndlessSequenceIsGivenUp() {
        let endless = [0x1b, 0x5b] + [UInt8](repeating: 0x31, count: KeyReader.sequenceLimit - 2)
        #expect(keys(Array(endless.dropLast()), Array("A".utf8)) == [])
        #expect(keys(endless, Array("ab".utf8)) == [.text("ab")])
    }

    @Test func controlKeysAreNamed() {
        #expect(
            keys([0x03, 0x04, 0x1a, 0x0d, 0x7f, 0x17]) == [
                .interrupt, .endOfInput, .suspend, .enter, .backspace, .deleteWord,
            ])
    }
}
