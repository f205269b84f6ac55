import Platform
import Support
import Testing

@testable import Wire

@Suite struct PreparedResponseTests {
    private static let response = HTTPResponse.json(
        .ok, Array(#"{"ok":true}"#.utf8), fields: ["Cache-Control": "no-store"])
    private static let requests = [
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        // Held until its body is there.
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
    ]

    /// Byte for byte the same, so that nobody can tell one from the other.
    @Test(
        arguments: requests,
        [response, HTTPResponse(.noContent), HTTPResponse(.notModified, fields: ["ETag": "\"1\""])])
    func aPreparedAnswerIsWhatTheSameAnswerWouldBe(request: String, response: HTTPResponse) async throws {
        try await onLoop {
            let plain = try await Self.answer(to: request) { $0.respond(response) }
            let prepared = PreparedResponse(response)
            let other = try await Self.answer(to: request) { $0.respond(prepared) }
            #expect(!plain.isEmpty)
            #expect(plain == other)
        }
    }

    @LoopActor
    private static func answer(to request: String, _ respond: @escaping @LoopActor (HTTPExchange) -> Void) async throws
        -> String
    {
        let bench = ServerBench()
        bench.answer = respond
        let peer = bench.connect()
        peer.send(request)
        try await turns { peer.text.contains("\r\n\r\n") }
        await bench.clock.settle()
        defer { peer.close() }
        return peer.text
    }
}
