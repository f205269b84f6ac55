import Contract
import Platform
import Testing

@Suite struct FrameWriterTests {
    private func text(_ write: (inout FrameWriter) -> Void) -> String {
        var writer = FrameWriter()
        write(&writer)
        return writer.withSpan { String(decoding: Array(copying: $0), as: UTF8.self) }
    }

    @Test func absentFieldsAreLeftOut() {
        #expect(text { $0.response("1", nil) } == #"{"type":"res","id":"1","ok":true}"#)
        #expect(text { $0.response("1", ["a": nil]) } == #"{"type":"res","id":"1","ok":true,"payload":{"a":null}}"#)
        #expect(
            text { $0.failure("1", .invalid("no")) }
                == #"{"type":"res","id":"1","ok":false,"error":{"code":"INVALID_REQUEST","message":"no"}}"#)
        let payload = Array("[1]".utf8)
        #expect(text { $0.event("tick", encoded: payload.span) } == #"{"type":"event","event":"tick","payload":[1]}"#)
        #expect(text { $0.response("1", encoded: payload.span) } == #"{"type":"res","id":"1","ok":true,"payload":[1]}"#)
    }

    @Test func allFieldsAreWritten() {
        var error = RPCError(.unavailable, "later", details: ["a": 1], retryAfter: .milliseconds(500))
        error.payload = ["runId": "r"]
        #expect(
            text { $0.failure("1", error) }
                == #"{"type":"res","id":"1","ok":false,"payload":{"runId":"r"},"error":{"code":"UNAVAILABLE","#
                + #""message":"later","details":{"a":1},"retryable":true,"retryAfterMs":500}}"#)
        let payload = Array("{}".utf8)
        #expect(
            text {
                $0.event("presence", encoded: payload.span, seq: 9, stateVersion: StateVersion(presence: 2, health: 3))
            }
                == #"{"type":"event","event":"presence","payload":{},"seq":9,"#
                + #""stateVersion":{"presence":2,"health":3}}"#)
    }

    @Test func aKeptWriterBeginsAnew() {
        var writer = FrameWriter()
        writer.response("1", ["long": .string(String(repeating: "x", count: 2000))])
        writer.response("2", nil)
        #expect(
            writer.withSpan { String(decoding: Array(copying: $0), as: UTF8.self) }
                == #"{"type":"res","id":"2","ok":true}"#)
    }

    @Test func clientsOfOursReadWhatIsWritten() throws {
        var writer = FrameWriter()
        var error = RPCError(.forbidden, "missing scope: operator.read", details: ["code": "MISSING_SCOPE"])
        error.payload = ["runId": "r"]
        writer.failure("1", error)
        guard case .response("1", .failure(let read))? = writer.withSpan({ try? ReceivedFrame.parse($0) }) ?? nil
        else {
            Issue.record("not a failure")
            return
        }
        #expect(read == error)
        let payload = Array("{\"ts\":1}".utf8)
        writer.event("tick", encoded: payload.span, seq: 4)
        guard case .event("tick", let got, 4)? = writer.withSpan({ try? ReceivedFrame.parse($0) }) ?? nil else {
            Issue.record("not an event")
            return
        }
        #expect(got == ["ts": 1])
    }
}
