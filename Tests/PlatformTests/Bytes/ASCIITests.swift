import Testing

@testable import Platform

@Suite struct ASCIITests {
    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let digits = "0123456789"

    /// Each class against the characters that its standard lists, over all 256 bytes.
    @Test(arguments: [
        ("token", letters + digits + "!#$%&'*+-.^_`|~", { @Sendable byte in ASCII.isToken(byte) }),
        ("unreserved", letters + digits + "-._~", { @Sendable byte in ASCII.isUnreserved(byte) }),
        ("host", letters + digits + "-._~%!$&'()*+,;=", { @Sendable byte in ASCII.isHostName(byte) }),
        ("path", letters + digits + "-._~!$&'()*+,;=:@/", { @Sendable byte in ASCII.isPath(byte) }),
        ("letter", letters, { @Sendable byte in ASCII.isLetter(byte) }),
        ("digit", digits, { @Sendable byte in ASCII.isDigit(byte) }),
        ("hexadecimal", digits + "abcdefABCDEF", { @Sendable byte in ASCII.hexValue(byte) != nil }),
    ])
    func aClassHoldsWhatItsStandardLists(name: String, members: String, holds: @Sendable (UInt8) -> Bool) {
        let expected = Set(members.utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(holds(byte) == expected.contains(byte), "\(name): \(byte)")
        }
    }

    @Test func digitsAndValuesFitEachOther() {
        for value in UInt8(0)..<16 {
            #expect(ASCII.hexValue(ASCII.hexDigit(value)) == value)
            #expect(ASCII.hexValue(ASCII.upperHexDigit(value)) == value)
        }
        #expect(String(decoding: (10..<16).map(ASCII.hexDigit), as: UTF8.self) == "abcdef")
        #expect(String(decoding: (10..<16).map(ASCII.upperHexDigit), as: UTF8.self) == "ABCDEF")
    }

    /// Every byte at every place of a text around the eight bytes that are looked at together.
    @Test func theFirstControlIsFoundWhereverItStands() {
        for count in 0...17 {
            for place in 0..<count {
                for byte in UInt8.min...UInt8.max {
                    var text = [UInt8](repeating: ASCII.lowerE, count: count)
                    text[place] = byte
                    let expected = ASCII.isFieldContent(byte) ? count : place
                    #expect(text.span.indexOfControl(from: 0) == expected, "\(byte) at \(place) of \(count)")
                    #expect(text.span.indexOfControl(from: place + 1) == count)
                }
            }
        }
    }

    @Test func aTabBeforeAControlDoesNotHideIt() {
        let text = Array("\ta\t\tbc\tdefgh\u{e9}\t\r\n".utf8)
        #expect(text.span.indexOfControl(from: 0) == text.count - 2)
    }
}
