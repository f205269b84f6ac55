import Platform
import Testing
import Wire

@Suite struct WebSocketCloseTests {
    private func close(_ payload: [UInt8]) throws(WebSocketError) -> WebSocketClose {
        try WebSocketClose(payload: payload.span)
    }

    private func payload(_ code: Int) -> [UInt8] { [UInt8(code >> 8), UInt8(code & 0xff)] }

    @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func codesThatMayBeSentAreTaken(code: Int) throws {
        #expect(try close(payload(code)) == WebSocketClose(.init(rawValue: UInt16(code))))
    }

    @Test(arguments: [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    func codesThatMustNotBeSentAreRefused(code: Int) {
        #expect(throws: WebSocketError.closeCodeInvalid(UInt16(code))) { try close(payload(code)) }
    }

    @Test func nothingStandsForNoStatusAndOneByteForNothing() throws {
        #expect(try close([]) == WebSocketClose(.noStatus))
        #expect(throws: WebSocketError.closePayloadTooShort) { try close([3]) }
    }

    @Test func aReasonIsText() throws {
        #expect(try close(payload(1000) + Array("genug ✓".utf8)) == WebSocketClose(.normal, "genug ✓"))
        #expect(throws: WebSocketError.closeReasonNotUTF8) { try close(payload(1000) + [0xce, 0xba, 0xe1]) }
        #expect(WebSocketError.closeReasonNotUTF8.closeCode == .invalidPayload)
    }

    @Test func aReasonIsCutBetweenCharacters() throws {
        for (ending, kept) in [("", 122), ("x", 123), ("xy", 123), ("é", 122), ("aé", 123), ("€", 122), ("😀", 122)] {
            let close = WebSocketClose(.normal, String(repeating: "a", count: 122) + ending)
            #expect(close.wireReason.count == kept, "\(ending)")
        }
        let limit = WebSocketClose(.normal, String(repeating: "a", count: 121) + "é")
        #expect(limit.wireReason.count == 123)
        #expect(String(WebSocketClose(.normal, String(repeating: "€", count: 99)).wireReason)?.count == 41)
    }
}
