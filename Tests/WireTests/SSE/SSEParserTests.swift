import Platform
import Support
import Testing
import Wire

@Suite struct SSEParserTests {
    private struct Reading: Equatable {
        var events: [SSEEvent] = []
        var lastEventID = ""
        var retry: Int?
        var error: SSEError?
    }

    private func read(_ pieces: [[UInt8]], _ limits: SSELimits) -> Reading {
        var parser = SSEParser(limits: limits)
        var reading = Reading()
        do throws(SSEError) {
            for piece in pieces {
                var offset = 0
                while let event = try parser.next(in: piece.span, from: &offset) { reading.events.append(event) }
                #expect(offset == piece.count)
            }
        } catch {
            reading.error = error
        }
        reading.lastEventID = parser.lastEventID
        reading.retry = parser.retry
        return reading
    }

    private func read(_ bytes: [UInt8], limits: SSELimits = SSELimits()) -> Reading {
        let whole = read([bytes], limits)
        for pieces in cuts(of: bytes) { #expect(read(pieces, limits) == whole) }
        return whole
    }

    /// The text with each of the three line endings, which must not make a difference.
    private func read(_ text: String) -> Reading {
        let reading = read(Array(text.utf8))
        for ending in ["\r", "\r\n"] {
            let other = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: ending)
            #expect(read(Array(other.utf8)) == reading)
        }
        return reading
    }

    private func event(_ data: String, name: String = "message", id: String = "") -> SSEEvent {
        SSEEvent(name: name, data: Array(data.utf8), id: id)
    }

    /// WHATWG HTML section 9.2.6 and its examples.
    @Test func theExamplesOfTheStandardAreRead() {
        #expect(read("data: YHOO\ndata: +2\ndata: 10\n\n").events == [event("YHOO\n+2\n10")])
        let stream = read(
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n")
        #expect(stream.events == [event("first event", id: "1"), event("second event"), event(" third event")])
        #expect(read("data\n\ndata\ndata\n\ndata:").events == [event(""), event("\n")])
        #expect(read("data:test\n\ndata: test\n\n").events == [event("test"), event("test")])
    }

    @Test func eventsHaveNames() {
        let stream = read("event: add\ndata: 73857293\n\nevent: remove\n\ndata: 1\n\nevent: a\nevent: b\ndata: 2\n\n")
        #expect(stream.events == [event("73857293", name: "add"), event("1"), event("2", name: "b")])
    }

    @Test func idsLastAndAreTakenWithTheirEvent() {
        let stream = read("id: 1\ndata: a\n\ndata: b\n\nid: 2\n\nid: x\u{0}y\ndata: c\n\nid: 3\ndata: cut off\n")
        #expect(stream.events == [event("a", id: "1"), event("b", id: "1"), event("c", id: "2")])
        #expect(stream.lastEventID == "2")
    }

    @Test(
        arguments: [
            ("retry: 1500\n", 1500), ("retry:0\n", 0), ("retry: 1\nretry: 2\n", 2), ("retry: 1\nretry: x\n", 1),
            ("retry: -1\n", nil), ("retry: 1.5\n", nil), ("retry:\n", nil), ("retry\n", nil), ("retry:  1\n", nil),
            ("retry: 9223372036854775807\n", .max), ("retry: 9223372036854775808\n", nil),
        ] as [(String, Int?)])
    func retryIsDigitsAndNothingElse(text: String, retry: Int?) {
        #expect(read(text).retry == retry)
    }

    @Test func otherFieldsAndCommentsAreSkipped() {
        #expect(read(":\n: data: a\nDATA: b\n data: c\ndata : d\ndatax: e\n\u{0}\n\n").events.isEmpty)
        #expect(read(":keep-alive\ndata: a\n: between\ndata: b\n\n").events == [event("a\nb")])
    }

    @Test func aByteOrderMarkIsSkippedAtTheStartOnly() {
        let mark = "\u{feff}"
        #expect(read("\(mark)data: a\n\n").events == [event("a")])
        #expect(read("\(mark)\(mark)data: a\n\n").events.isEmpty)
        #expect(read("data: \(mark)a\n\n\(mark)data: b\n\n").events == [event("\(mark)a")])
        #expect(read("\(mark)\ndata: a\n\n").events == [event("a")])
    }

    @Test func lineEndingsMayBeMixed() {
        let stream = read(Array("data: a\rdata: b\r\ndata: c\n\r\n\rdata: d\r\r\ndata: e\n\r".utf8))
        #expect(stream.events == [event("a\nb\nc"), event("d"), event("e")])
    }

    @Test func anEventIsThereAsSoonAsItsLastLineEnds() throws {
        var parser = SSEParser()
        var offset = 0
        let first = try parser.next(in: Array("data: a\r\n\r".utf8).span, from: &offset)
        #expect(first == event("a"))
        offset = 0
        let second = try parser.next(in: Array("\ndata: b\n\n".utf8).span, from: &offset)
        #expect(second == event("b"))
    }

    @Test func whatIsNotFinishedIsNoEvent() {
        #expect(read("data: a\n\ndata: b").events == [event("a")])
        #expect(read("data: a\n\ndata: b\n").events == [event("a")])
    }

    @Test func bytesThatAreNoTextAreReplacedInTextOnly() {
        let stream = read([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a])
        #expect(stream.events.map(\.data) == [[0xff]])
        #expect(stream.events.map(\.text) == ["\u{fffd}"])
    }

    @Test(arguments: [6, 7, 100])
    func aLineMayReachItsLimitAndNotPassIt(limit: Int) {
        for length in [limit - 1, limit, limit + 1] {
            let value = String(repeating: "a", count: length - 5)
            let stream = read(Array("data:\(value)\n\n".utf8), limits: SSELimits(line: limit))
            #expect(stream.error == (length > limit ? .lineTooLong(limit: limit) : nil))
            #expect(stream.events == (length > limit ? [] : [event(value)]))
            let endless = read(Array(":".utf8) + [UInt8](repeating: 0, count: length - 1), limits: .init(line: limit))
            #expect(endless.error == (length > limit ? .lineTooLong(limit: limit) : nil))
        }
    }

    @Test(arguments: [0, 1, 10])
    func anEventMayReachItsLimitAndNotPassIt(limit: Int) {
        let limits = SSELimits(event: limit)
        for length in [limit - 1, limit, limit + 1] where length >= 0 {
            let error: SSEError? = length > limit ? .eventTooLong(limit: limit) : nil
            let one = read(Array("data:\(String(repeating: "a", count: length))\n\n".utf8), limits: limits)
            #expect(one.error == error)
            #expect(one.events.map(\.data.count) == (error == nil ? [length] : []))
            // As many empty lines as make the same data.
            let lines = read(Array((String(repeating: "data\n", count: length + 1) + "\n").utf8), limits: limits)
            #expect(lines.error == error)
            #expect(lines.events.map(\.data.count) == (error == nil ? [length] : []))
        }
    }
}
