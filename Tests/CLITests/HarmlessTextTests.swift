import Testing

@testable import CLI

@Test func controlCharactersAreShownAndLayOutNothing() {
    for value in (0..<0x20).map(UInt32.init) + Array(0x7f..<0xa0) where ![9, 10, 13].contains(value) {
        let text = "a\(Unicode.Scalar(value)!)b".harmless
        #expect(!text.unicodeScalars.contains { $0.value == value }, "\(value)")
        #expect(text.hasPrefix("a") && text.hasSuffix("b"))
    }
    #expect("one\r\ntwo\tx".harmless == "one\ntwo    x")
}

@Test func piecesMakeTheSameAsTheWhole() {
    let text = "é\u{1b}[31m日\r\n👍\u{9b}"
    #expect(text.unicodeScalars.map { String($0).harmless }.joined() == text.harmless)
}
