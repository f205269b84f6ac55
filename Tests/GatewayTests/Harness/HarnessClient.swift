import Platform
import Support
import Testing
import Wire

/// A client of the control plane: sends frames and keeps what comes.
@LoopActor
final class HarnessClient: WebSocketHandler {
    /// The answer to the upgrade; 101 when there is a WebSocket.
    let upgrade: HarnessAnswer
    private(set) var frames: [JSON] = []
    private(set) var close: WebSocketClose?
    private var taken: Set<Int> = []
    private var requests = 0
    private var socket: WebSocketConnection?

    init(_ connection: Peer, clock: any Clock) {
        let bytes = connection.received
        let end = bytes.indices.first { bytes[$0...].starts(with: [13, 10, 13, 10]) }.map { $0 + 4 } ?? bytes.count
        upgrade = HarnessAnswer(String(decoding: bytes, as: UTF8.self))
        guard upgrade.status == 101 else { return }
        let socket = WebSocketConnection(
            role: .client, options: WebSocketOptions(), deflate: nil, handler: self, clock: clock)
        self.socket = socket
        socket.begin(stream: connection.stream, received: ByteBuffer(Array(bytes[end...])), outbox: ByteBuffer())
    }

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        do throws(JSONError) {
            frames.append(try JSONParser.parse(bytes))
        } catch {
            Issue.record("a frame that is not JSON: \(error)")
        }
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) { self.close = close }

    // MARK: Sending

    func send(_ frame: JSON, as kind: WebSocketMessageKind = .text) {
        socket?.send(kind, JSONWriter.bytes(of: frame).span)
    }

    func send(text: String) { socket?.send(text) }

    /// Leaves.
    func leave() { socket?.close(.normal) }

    /// Sends a request and returns its answer: `{type, id, ok, payload | error}`.
    func request(_ method: String, _ params: JSON? = nil) async throws -> JSON {
        try await response(start(method, params))
    }

    /// Sends a request and returns its payload; a failure fails the test.
    @discardableResult
    func call(_ method: String, _ params: JSON? = nil) async throws -> JSON? {
        let answer = try await request(method, params)
        try #require(answer["ok"]?.bool == true, "\(method) failed: \(answer)")
        return answer["payload"]
    }

    /// Sends a request; `response` waits for what its id is answered.
    func start(_ method: String, _ params: JSON? = nil) -> String {
        requests += 1
        let id = "r\(requests)"
        var frame: JSON = ["type": "req", "id": .string(id), "method": .string(method)]
        frame["params"] = params
        send(frame)
        return id
    }

    // MARK: Receiving

    /// The first frame not taken yet that `matches`; waits for it.
    func frame(_ matches: (JSON) -> Bool) async throws -> JSON {
        try await turns { first(matches) != nil || close != nil }
        guard let index = first(matches) else { throw HarnessEnded(close: close) }
        taken.insert(index)
        return frames[index]
    }

    private func first(_ matches: (JSON) -> Bool) -> Int? {
        frames.indices.first { !taken.contains($0) && matches(frames[$0]) }
    }

    func response(_ id: String) async throws -> JSON {
        try await frame { $0["type"]?.string == "res" && $0["id"]?.string == id }
    }

    /// The payload of the next event of that name.
    func event(_ name: String) async throws -> JSON {
        try await frame { $0["event"]?.string == name }["payload"] ?? .null
    }

    /// Whether an event of that name came that was not taken.
    func has(_ name: String) -> Bool {
        frames.indices.contains { !taken.contains($0) && frames[$0]["event"]?.string == name }
    }

    /// Waits for the end of the connection.
    func ended() async throws -> WebSocketClose {
        try await turns { close != nil }
        return try #require(close)
    }
}

/// The connection ended before what was waited for came.
struct HarnessEnded: Error {
    let close: WebSocketClose?
}
