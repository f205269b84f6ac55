import Agents
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// A gateway with runs that the test writes down, and clients that speak HTTP to it.
@LoopActor
struct APIHarness {
    let gateway: GatewayHarness
    let runs: FakeRuns

    init(access: AccessSettings = AccessSettings(token: GatewayHarness.token)) async throws {
        gateway = try await GatewayHarness(access: access)
        runs = FakeRuns(gateway.clock)
        gateway.plane.api.runs = runs
        gateway.plane.api.settings = .standard
    }

    nonisolated static let chat: JSON = ["model": "openclaw", "messages": [["role": "user", "content": "Hi"]]]

    static func head(
        _ method: String, _ path: String, _ fields: KeyValuePairs<String, String>, body: Int, isAuthorized: Bool = true
    ) -> String {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        if isAuthorized { text += "Authorization: Bearer \(GatewayHarness.token)\r\n" }
        if body > 0 { text += "Content-Length: \(body)\r\n" }
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        return text + "\r\n"
    }

    func send(
        _ method: String, _ path: String, _ body: JSON? = nil, _ fields: KeyValuePairs<String, String> = [:],
        isAuthorized: Bool = true, from peer: HTTPPeer = GatewayHarness.loopback
    ) async throws -> HarnessAnswer {
        let text = body.map { "\($0)" } ?? ""
        let head = Self.head(method, path, fields, body: text.utf8.count, isAuthorized: isAuthorized)
        return try await gateway.exchange(head + text, from: peer)
    }

    func post(
        _ path: String, _ body: JSON, _ fields: KeyValuePairs<String, String> = [:]
    ) async throws -> HarnessAnswer {
        try await send("POST", path, body, fields)
    }

    func chat(_ body: JSON = chat, _ fields: KeyValuePairs<String, String> = [:]) async throws -> HarnessAnswer {
        try await post("/v1/chat/completions", body, fields)
    }

    /// With changes to the plain request.
    func chat(with changes: JSON, _ fields: KeyValuePairs<String, String> = [:]) async throws -> HarnessAnswer {
        try await chat(Self.chat.with(changes), fields)
    }

    /// Opens a stream and leaves it open.
    func open(_ path: String, _ body: JSON, _ fields: KeyValuePairs<String, String> = [:]) -> Peer {
        let text = "\(body)"
        let connection = gateway.connection()
        connection.send(Self.head("POST", path, fields, body: text.utf8.count) + text)
        return connection
    }

    /// The events of a stream that has ended.
    func events(
        _ path: String, _ body: JSON, _ fields: KeyValuePairs<String, String> = [:]
    ) async throws -> [StreamedEvent] {
        let connection = open(path, body.with(["stream": true]), fields)
        defer { connection.close() }
        try await turns { connection.text.hasSuffix("\r\n0\r\n\r\n") || connection.isOver }
        return connection.events
    }
}

/// An event as it came.
struct StreamedEvent {
    let name: String?
    let data: String

    var json: JSON { (try? JSONParser.parse(data)) ?? .null }
}

extension Peer {
    /// The body of a chunked answer so far.
    var streamed: String {
        var bytes = Array(HarnessAnswer(text).body.utf8)[...]
        var body: [UInt8] = []
        while let end = bytes.firstIndex(of: 13),
            let size = Int(String(decoding: bytes[..<end], as: UTF8.self), radix: 16),
            size > 0, bytes.count >= end - bytes.startIndex + 2 + size
        {
            let start = end + 2
            body += bytes[start..<(start + size)]
            bytes = bytes[(start + size + 2)...]
        }
        return String(decoding: body, as: UTF8.self)
    }

    var events: [StreamedEvent] {
        streamed.split(separator: "\n\n", omittingEmptySubsequences: true).compactMap { block in
            var name: String?
            var data: [Substring] = []
            for line in block.split(separator: "\n") {
                if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { data.append(line.dropFirst(6)) }
            }
            return data.isEmpty ? nil : StreamedEvent(name: name, data: data.joined(separator: "\n"))
        }
    }
}

extension JSON {
    func with(_ changes: JSON) -> JSON {
        var changed = self
        for member in changes.object?.members ?? [] { changed[member.key] = member.value }
        return changed
    }
}

extension HarnessAnswer {
    var message: String? { json?["error"]?["message"]?.string }
}
