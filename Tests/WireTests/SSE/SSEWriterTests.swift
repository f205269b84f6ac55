import Platform
import Testing
import Wire

@Suite struct SSEWriterTests {
    private func written(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    private func written(name: String? = nil, id: String? = nil, _ data: String) -> String {
        written { SSEWriter.write(name: name, id: id, data: Array(data.utf8).span, to: &$0) }
    }

    @Test func eventsAreWritten() {
        #expect(written("hello") == "data: hello\n\n")
        #expect(written("") == "data: \n\n")
        #expect(written(name: "add", id: "7", "x") == "event: add\nid: 7\ndata: x\n\n")
        #expect(written { SSEWriter.writeKeepAlive(to: &$0) } == ":\n\n")
        #expect(written { SSEWriter.writeRetry(milliseconds: 3000, to: &$0) } == "retry: 3000\n\n")
    }

    @Test func eachLineOfDataIsAField() {
        #expect(written("a\nb\r\nc\rd") == "data: a\ndata: b\ndata: c\ndata: d\n\n")
        #expect(written("\n") == "data: \ndata: \n\n")
        #expect(written("a\r\n") == "data: a\ndata: \n\n")
        #expect(written("\n\r") == "data: \ndata: \ndata: \n\n")
    }

    @Test func namesAndIdsCannotBeginAnotherField() {
        #expect(written(name: "a\ndata: b", id: "1\r\n\u{0}2", "x") == "event: adata: b\nid: 12\ndata: x\n\n")
        // Only an id cannot have a NUL.
        #expect(written(name: "a\u{0}", "x") == "event: a\u{0}\ndata: x\n\n")
    }

    @Test func whatIsWrittenIsReadBack() throws {
        for data in ["", " ", "a", "\n", "a\n\nb\n", " leading", ":colon", "é\u{2028}"] {
            var buffer = ByteBuffer()
            SSEWriter.write(name: "n", id: "i", data: Array(data.utf8).span, to: &buffer)
            var parser = SSEParser()
            var offset = 0
            let event = try parser.next(in: buffer.span, from: &offset)
            #expect(event == SSEEvent(name: "n", data: Array(data.utf8), id: "i"))
        }
    }
}
