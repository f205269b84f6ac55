import Platform
import Support
import Testing

@testable import Wire

@Suite struct MultipartFormTests {
    /// All that the body gives.
    private static func read(_ body: HTTPRequestBody) async throws -> [UInt8] {
        guard case .stream(let length, let next) = body else { return [] }
        var all: [UInt8] = []
        while let piece = try await next() {
            #expect(!piece.isEmpty && piece.count <= OpenFile.pieceBytes)
            all += piece
        }
        #expect(all.count == length, "the length is the one announced")
        return all
    }

    @Test func fieldsAndAFileAsTheDocumentHasThem() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            scratch.write("one\r\n--b--\r\n", to: "a")
            var form = MultipartForm(boundary: "b")
            form.add("chat_id", "7")
            form.add("payload_json", ["a": 1])
            form.add("files[0]", try OpenFile(scratch.path("a")), named: "é\"\r\nx: y.txt", type: "text/plain")
            let text = String(decoding: try await Self.read(form.body), as: UTF8.self)
            #expect(
                text == "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n"
                    + "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n"
                    + "Content-Type: application/json\r\n\r\n{\"a\":1}\r\n"
                    + "--b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"é%22%0D%0Ax: y.txt\"\r\n"
                    + "Content-Type: text/plain\r\n\r\none\r\n--b--\r\n\r\n--b--\r\n")
            #expect(form.contentType == "multipart/form-data; boundary=b")
        }
    }

    @Test func noTwoFormsHaveTheSameBoundary() {
        #expect(MultipartForm().contentType != MultipartForm().contentType)
    }

    @Test(arguments: [0, 1, OpenFile.pieceBytes - 1, OpenFile.pieceBytes, OpenFile.pieceBytes + 1, 1_000_000])
    func aFileIsReadInPieces(size: Int) async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let text = String(repeating: "abcdefg\n", count: size / 8 + 1).prefix(size)
            scratch.write(String(text), to: "a")
            let file = try OpenFile(scratch.path("a"))
            #expect(String(decoding: try await Self.read(.file(file)), as: UTF8.self) == text)
        }
    }

    @Test func aFileThatGrowsIsSentAsItWasAndOneThatShrinksIsGivenUp() async throws {
        try await onLoop {
            let bench = ClientBench()
            let scratch = ScratchDirectory()
            scratch.write("abcd", to: "a")
            let file = try OpenFile(scratch.path("a"))
            scratch.write("abcdefgh", to: "a")
            let sent = try await bench.start(try bench.request(.post, body: .file(file)), on: 0)
            try await turns { bench.peers[0].text.hasSuffix("Content-Length: 4\r\n\r\nabcd") }
            bench.peers[0].send(ok(""))
            #expect(try await sent.value.status == .ok)
            scratch.write("ab", to: "a")
            let failed = startTask { try await bench.client.send(try bench.request(.post, body: .file(file))) }
            guard case .requestBody(_, let reason)? = await bench.failure(failed) else {
                Issue.record("it was sent")
                return
            }
            #expect(reason.contains("2 bytes before the length announced"))
            try await bench.expectAllQuiet()
        }
    }
}

@Suite struct ResponseSaveTests {
    /// What became of a body that came in these pieces.
    @LoopActor
    private static func save(
        _ pieces: [[UInt8]], failure: HTTPClientError? = nil, to path: String, limit: Int
    ) async throws -> Result<Int, HTTPSaveError> {
        let request = HTTPClientRequest(.get, try WebURL("https://h/"))
        let body = FakeHTTP.response(to: request, .ok, pieces: pieces, failure: failure).body
        do throws(HTTPSaveError) {
            return .success(try await body.save(to: path, limit: limit))
        } catch {
            return .failure(error)
        }
    }

    @Test func aBodyIsInTheFileWhenAllOfItIsThere() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let pieces = (0..<9).map { [UInt8](repeating: UInt8($0) + 65, count: 100_000) }
            let end = try await Self.save(pieces, to: scratch.path("a"), limit: 900_000)
            #expect(end == .success(900_000))
            #expect(scratch.names() == ["a"] && scratch.mode("a") == 0o600)
            #expect(scratch.read("a").map { Array($0.utf8) } == pieces.flatMap { $0 })
            let nothing = try await Self.save([], to: scratch.path("b"), limit: 0)
            #expect(nothing == .success(0))
            #expect(scratch.read("b") == "")
        }
    }

    /// No announced length is believed: the bytes themselves are counted.
    @Test(arguments: [(899_999, false), (900_000, true), (900_001, true)])
    func whatIsTooLongLeavesNothing(limit: Int, isTaken: Bool) async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let pieces = [[UInt8]](repeating: [UInt8](repeating: 7, count: 100_000), count: 9)
            let end = try await Self.save(pieces, to: scratch.path("a"), limit: limit)
            let tooLarge = HTTPClientError.tooLarge(peer: "h:443", what: "the body", limit: limit)
            #expect(end == (isTaken ? .success(900_000) : .failure(.response(tooLarge))))
            #expect(scratch.names() == (isTaken ? ["a"] : []))
        }
    }

    @Test func whatBreaksOffLeavesNothing() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let lost = HTTPClientError.connectionLost(peer: "h:443", reason: "gone")
            #expect(
                try await Self.save([[1, 2, 3]], failure: lost, to: scratch.path("a"), limit: 9)
                    == .failure(.response(lost)))
            scratch.write("mine", to: "b")
            guard case .failure(.file) = try await Self.save([[1, 2, 3]], to: scratch.path("b"), limit: 9) else {
                Issue.record("it was replaced")
                return
            }
            #expect(scratch.names() == ["b"] && scratch.read("b") == "mine")
        }
    }
}
