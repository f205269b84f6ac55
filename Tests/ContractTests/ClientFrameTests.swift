import Contract
import Platform
import Testing

@Suite struct ClientFrameTests {
    private func parse(_ text: String) throws -> ClientFrame { try ClientFrame.parse(Array(text.utf8).span) }

    private func request(_ text: String) throws -> RequestFrame {
        guard case .request(let frame) = try parse(text) else { throw Unexpected(text) }
        return frame
    }

    private func reason(_ text: String) throws -> String {
        guard case .invalid(let id, let reason) = try parse(text) else { throw Unexpected(text) }
        return "\(id ?? "-") \(reason)"
    }

    struct Unexpected: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    @Test func aRequestIsRead() throws {
        let frame = try request(#"{"type":"req","id":"1","method":"health","params":{"probe":true},"traceparent":"t"}"#)
        #expect((frame.id, frame.method) == ("1", "health"))
        #expect(frame.params == ["probe": true])
        if let params = try request(#"{"method":"m","id":"2","type":"req"}"#).params {
            Issue.record("there were none: \(params)")
        }
        #expect(try request(#"{"method":"m","id":"2","type":"req","params":null}"#).params?.isNull == true)
    }

    @Test func whatWeWriteIsReadBack() throws {
        let frame = RequestFrame(id: "ä\"", method: "m", params: [1, nil])
        let read = try ClientFrame.parse(frame.bytes.span)
        guard case .request(let again) = read else { throw Unexpected("\(read)") }
        #expect((again.id, again.method) == ("ä\"", "m"))
        #expect(again.params == [1, nil])
    }

    @Test func aCancelIsRead() throws {
        guard case .cancel(id: "7") = try parse(#"{"type":"cancel","id":"7"}"#) else { throw Unexpected("cancel") }
    }

    @Test(arguments: [
        (#"[]"#, "- at root: must be object"), (#""x""#, "- at root: must be object"),
        (#"{"type":"req","method":"m"}"#, "- at /id: must be a string of 1 to 256 bytes"),
        (#"{"type":"req","id":1,"method":"m"}"#, "- at /id: must be a string of 1 to 256 bytes"),
        (#"{"type":"req","id":"","method":"m"}"#, "- at /id: must be a string of 1 to 256 bytes"),
        (#"{"id":"1","method":"m"}"#, #"1 at /type: must be "req" or "cancel""#),
        (#"{"type":"res","id":"1","ok":true}"#, #"1 at /type: must be "req" or "cancel""#),
        (#"{"type":"req","id":"1"}"#, "1 at /method: must be a string of 1 to 128 bytes"),
        (#"{"type":"req","id":"1","method":""}"#, "1 at /method: must be a string of 1 to 128 bytes"),
        (#"{"type":"req","id":"1","method":"m","extra":1}"#, "1 at root: unexpected property 'extra'"),
        (
            #"{"type":"req","id":"1","method":"m","traceparent":1}"#,
            "1 at /traceparent: must be a string of at most 128 bytes"
        ),
    ])
    func whatIsNoRequestIsTold(text: String, reason: String) throws {
        #expect(try self.reason(text) == reason)
    }

    @Test func idMethodAndTraceHaveLimits() throws {
        func frame(id: Int = 1, method: Int = 1, trace: Int = 0) -> String {
            let letters = { String(repeating: "x", count: $0) }
            return
                #"{"type":"req","id":"\#(letters(id))","method":"\#(letters(method))","traceparent":"\#(letters(trace))"}"#
        }
        for length in [WireFacts.requestIDBytes - 1, WireFacts.requestIDBytes] { _ = try request(frame(id: length)) }
        #expect(try reason(frame(id: WireFacts.requestIDBytes + 1)).contains("/id"))
        for length in [WireFacts.methodNameBytes - 1, WireFacts.methodNameBytes] {
            _ = try request(frame(method: length))
        }
        #expect(try reason(frame(method: WireFacts.methodNameBytes + 1)).contains("/method"))
        for length in [WireFacts.traceBytes - 1, WireFacts.traceBytes] { _ = try request(frame(trace: length)) }
        #expect(try reason(frame(trace: WireFacts.traceBytes + 1)).contains("/traceparent"))
    }

    @Test func nestingHasALimit() throws {
        /// The frame itself is one level, `params` the next.
        func frame(_ depth: Int) -> String {
            #"{"type":"req","id":"1","method":"m","params":"#
                + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        _ = try request(frame(WireFacts.frameDepth - 1))
        _ = try request(frame(WireFacts.frameDepth))
        #expect(throws: JSONError.self) { try parse(frame(WireFacts.frameDepth + 1)) }
    }
}
