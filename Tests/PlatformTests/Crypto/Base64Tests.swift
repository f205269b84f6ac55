import Platform
import Support
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func theExamplesOfTheStandardGoBothWays(plain: String, encoded: String) {
        let bytes = Array(plain.utf8)
        #expect(Base64.standard.encode(bytes) == encoded)
        #expect(Base64.standard.decode(encoded) == bytes)
        let bare = encoded.filter { $0 != "=" }
        #expect(Base64.url.encode(bytes) == bare)
        #expect(Base64.url.decode(bare) == bytes)
    }

    @Test func theTwoAlphabetsDifferInTheirLastLetters() {
        #expect(Base64.standard.encode([0xfb, 0xff]) == "+/8=")
        #expect(Base64.url.encode([0xfb, 0xff]) == "-_8")
        #expect(Base64.standard.decode("-_8=") == nil)
        #expect(Base64.url.decode("+/8") == nil)
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Z", "Z===", "====", "=", "Zm9v=", "Zm9v====", "Zg==Zg==", "Zm9\n", "Zm 9", "Zm9v\n",
        "Zh==", "Zm9=", "Zm\u{e9}=", "Zg=A", "\0\0\0\0",
    ])
    func anythingButTheOneSpellingIsRefused(text: String) {
        #expect(Base64.standard.decode(text) == nil)
    }

    @Test(arguments: ["Zg==", "Z", "Zh", "Zm9=", "Zm9v ", "Zm9vZ"])
    func theURLFormTakesNoPaddingAndNoStrayBits(text: String) {
        #expect(Base64.url.decode(text) == nil)
    }

    @Test func randomBytesComeBack() {
        var random = SeededRandom(seed: 11)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base64.standard.decode(Base64.standard.encode(bytes)) == bytes)
            #expect(Base64.url.decode(Base64.url.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    @Test func hexTakesBothCasesAndNothingElse() {
        #expect(Hex.encode([0x00, 0x7f, 0xab]) == "007fab")
        #expect(Hex.decode("007fAB") == [0x00, 0x7f, 0xab])
        #expect(Hex.decode("") == [])
        for text in ["0", "0g", "0x", " 00", "00 ", "٠٠"] { #expect(Hex.decode(text) == nil) }
    }
}
