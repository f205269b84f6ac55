import Agents
import Models
import Platform
import Support
import Testing

@testable import Gateway

/// `/v1/embeddings`, `/tools/invoke` and `/sessions/…`.
@Suite struct SmallEndpointTests {
    // MARK: Embeddings

    @Test func embeddingsComeAsNumbersOrBase64() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let source = FakeEmbeddings()
            api.gateway.plane.api.parts.embeddings = source
            let body: JSON = ["model": "openclaw", "input": ["one", "three"]]
            let json = try #require(try await api.post("/v1/embeddings", body).json)
            #expect(
                json == [
                    "object": "list", "model": "openclaw", "usage": ["prompt_tokens": 2, "total_tokens": 2],
                    "data": [
                        ["object": "embedding", "index": 0, "embedding": [3.0, 0.1, -0.25]],
                        ["object": "embedding", "index": 1, "embedding": [5.0, 0.1, -0.25]],
                    ],
                ])
            let coded = try await api.post("/v1/embeddings", body.with(["input": "abc", "encoding_format": "base64"]))
            #expect(coded.json?["data"]?[0]?["embedding"]?.string == "AABAQM3MzD0AAIC+")
            _ = try await api.post(
                "/v1/embeddings", body.with(["dimensions": 64]), ["x-openclaw-model": "openai/text-embedding-3-small"])
            #expect(source.asked.last?.dimensions == 64)
            #expect(source.chosen == [nil, nil, "openai/text-embedding-3-small"])
        }
    }

    @Test(
        arguments: [
            ("{}", nil), ("{defaults: {memorySearch: {provider: 'openai'}}}", "text-embedding-3-small"),
            ("{defaults: {memorySearch: {model: 'openai/m2'}}}", "m2"),
            ("{defaults: {memorySearch: {provider: 'openai', enabled: false}}}", nil),
            ("{defaults: {memorySearch: {provider: 'nobody'}}}", nil),
            (
                "{defaults: {memorySearch: {provider: 'openai'}}, list: [{id: 'main', memorySearch: {enabled: false}}]}",
                nil
            ),
            ("{entries: {main: {memorySearch: {provider: 'openai', model: 'm3'}}}}", "m3"),
        ] as [(String, String?)])
    func memoriesGoOnlyToTheProviderThatIsNamedForThem(agents: String, model: String?) async throws {
        try await onLoop {
            let models = AgentServices.desk(FakeClock())
            let config = try JSON5Document("{agents: \(agents)}").value
            models.take(
                ModelConfiguration(config, environment: { $0 == "OPENAI_API_KEY" ? "sk-test-0123456789" : nil }))
            let embeddings = ConfiguredEmbeddings(models)
            embeddings.config = config
            #expect(embeddings.chosen(agent: "main")?.model == model)
        }
    }

    @Test func embeddingsHaveTheirLimits() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.gateway.plane.api.parts.embeddings = FakeEmbeddings()
            @LoopActor func status(_ input: JSON) async throws -> Int {
                try await api.post("/v1/embeddings", ["input": input]).status
            }
            func texts(_ count: Int, _ length: Int = 1) -> JSON {
                .array(Array(repeating: .string(String(repeating: "ü", count: length)), count: count))
            }
            let count = EmbeddingsRequest.inputLimit
            let length = EmbeddingsRequest.lengthLimit
            #expect(
                try await [status(texts(count - 1)), status(texts(count)), status(texts(count + 1))] == [200, 200, 400])
            #expect(
                try await [status(texts(1, length - 1)), status(texts(1, length)), status(texts(1, length + 1))]
                    == [200, 200, 400])
            #expect(EmbeddingsRequest.totalLimit == 8 * length)
            let full = texts(8, length).array ?? []
            #expect(
                try await status(.array(full.dropLast() + [.string(String(repeating: "a", count: length - 1))])) == 200)
            #expect(try await status(.array(full)) == 200)
            #expect(try await status(.array(full + ["a"])) == 400)
            for bad in [[], "", [""], 1, [[1, 2]], [1], nil] as [JSON] {
                #expect(try await status(bad) == 400, "\(bad)")
            }
        }
    }

    // MARK: Tools

    @Test func aToolIsInvoked() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let tools = FakeTools()
            api.gateway.plane.api.parts.tools = tools
            let good = try await api.post(
                "/tools/invoke", ["tool": "other", "name": "session_status", "action": "get", "args": ["a": 1]])
            #expect(good.status == 200)
            #expect(good.json == ["ok": true, "result": ["tool": "session_status"]])
            #expect("\(tools.asked[0].sessionKey)" == "agent:main:main")
            #expect(tools.asked[0].action == "get")
            #expect(tools.asked[0].arguments == JSONObject([("a", 1)]))
            let none = try await api.post("/tools/invoke", ["args": [:]])
            #expect(none.status == 400)
            #expect(none.message == "tools.invoke requires body.tool")
            tools.outcome = .notAvailable
            let missing = try await api.post("/tools/invoke", ["tool": "exec"])
            #expect(missing.status == 404)
            #expect(missing.message == "Tool not available: exec")
            tools.outcome = .failed("no such file")
            let failed = try await api.post("/tools/invoke", ["tool": "read"])
            #expect(failed.status == 400)
            #expect(failed.json?["error"] == ["type": "tool_error", "message": "no such file"])
            tools.outcome = .needsApproval("ask the owner")
            #expect(
                try await api.post("/tools/invoke", ["tool": "read"]).json?["error"]?["requiresApproval"]?.bool == true)
            for (body, status) in [
                (["tool": "read", "sessionKey": "agent:gamma:x"], 400), (["tool": "read", "agentId": "gamma"], 400),
                (["tool": "read", "args": 1], 400), (["tool": 1], 400),
            ] as [(JSON, Int)] {
                #expect(try await api.post("/tools/invoke", body).status == status, "\(body)")
            }
        }
    }

    // MARK: Sessions

    @Test func historyIsRead() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let sessions = FakeHistory()
            api.gateway.plane.api.parts.sessions = sessions
            let page = try await api.send("GET", "/sessions/agent%3Amain%3Amain/history?limit=5&cursor=c%201")
            #expect(page.status == 200)
            #expect(
                page.json == [
                    "sessionKey": "agent:main:main", "items": [["role": "user"]], "messages": [["role": "user"]],
                    "hasMore": true, "nextCursor": "before",
                ])
            #expect(sessions.asked.last.map { ($0.limit, $0.cursor) } ?? (0, nil) == (5, "c 1"))
            _ = try await api.send("GET", "/sessions/main/history")
            #expect(sessions.asked.last.map { ("\($0.key)", $0.limit) } ?? ("", 0) == ("agent:main:main", 200))
            for (text, limit) in [("0", 1), ("1", 1), ("999", 999), ("1000", 1000), ("1001", 1000), ("x", 1), ("", 1)] {
                _ = try await api.send("GET", "/sessions/main/history?limit=\(text)")
                #expect(sessions.asked.last?.limit == limit, "\(text)")
            }
            let unknown = try await api.send("GET", "/sessions/other/history")
            #expect(unknown.status == 404)
            #expect(unknown.json?["error"]?["type"]?.string == "not_found")
            #expect(try await api.send("GET", "/sessions/%00/history").status == 400)
        }
    }

    @Test func historyIsFollowed() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let sessions = FakeHistory()
            api.gateway.plane.api.parts.sessions = sessions
            let connection = api.gateway.connection()
            connection.send(
                APIHarness.head("GET", "/sessions/main/history", ["Accept": "text/event-stream"], body: 0))
            try await turns { connection.events.count == 1 }
            #expect(connection.streamed.hasPrefix("retry: 1000\n\n"))
            #expect(connection.events[0].name == "history")
            sessions.tell(.message(["role": "assistant"], id: "m1", number: 4))
            sessions.tell(.changed)
            try await turns { connection.events.count == 3 }
            #expect(connection.events[1].name == "message")
            #expect(
                connection.events[1].json == [
                    "sessionKey": "agent:main:main", "message": ["role": "assistant"], "messageId": "m1",
                    "messageSeq": 4,
                ])
            #expect(connection.events[2].name == "history")
            // A client that does not read gets the page anew and not all that it missed.
            connection.stopReading()
            let long = JSON.string(String(repeating: "x", count: 100_000))
            for number in 0..<500 {
                sessions.tell(.message(long, id: nil, number: number))
                await turnEnd()
            }
            connection.startReading()
            try await turns { connection.events.last?.name == "history" && connection.events.count > 3 }
            #expect(connection.events.count < 100)
            connection.close()
            try await turns { sessions.followers == 0 }
        }
    }

    @Test func aSessionIsKilled() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.gateway.plane.api.parts.sessions = FakeHistory()
            #expect(try await api.post("/sessions/other/kill", [:]).status == 404)
            #expect(try await api.post("/sessions/main/kill", [:]).json == ["ok": true, "killed": false])
            api.runs.script = {
                while !$0.isAborted { await turnEnd() }
                await $0.end(.aborted(reason: "rpc"))
            }
            let peer = api.open("/v1/chat/completions", APIHarness.chat, ["x-openclaw-session-key": "other"])
            try await turns { api.runs.requests.count == 1 }
            #expect(
                try await api.post("/sessions/agent%3Amain%3Aother/kill", [:]).json == ["ok": true, "killed": true])
            try await turns { peer.text.hasPrefix("HTTP/1.1 409 ") }
            peer.close()
        }
    }
}

@LoopActor
private final class FakeEmbeddings: EmbeddingSource, EmbeddingProvider {
    var asked: [EmbeddingRequest] = []
    var chosen: [String?] = []

    func embedder(agent: String, model: String?) throws(APIError) -> Embedder {
        chosen.append(model)
        return Embedder(provider: self, model: "m")
    }

    func chosen(agent: String) -> Embedder? { nil }

    func embed(_ request: EmbeddingRequest) async throws(ModelError) -> EmbeddingAnswer {
        asked.append(request)
        return EmbeddingAnswer(
            vectors: request.texts.map { [Float($0.count), 0.1, -0.25] }, inputTokens: request.texts.count, model: "m")
    }
}

@LoopActor
private final class FakeTools: ToolInvoking {
    var asked: [ToolInvokeRequest] = []
    var outcome: ToolInvokeOutcome?

    func invoke(_ request: ToolInvokeRequest) async -> ToolInvokeOutcome {
        asked.append(request)
        return outcome ?? .done(["tool": .string(request.tool)])
    }
}

/// A session named main, and none other.
@LoopActor
private final class FakeHistory: SessionReading {
    private final class Token {
        let gone: @LoopActor () -> Void
        init(_ gone: @escaping @LoopActor () -> Void) { self.gone = gone }
        deinit { startTask { [gone] in gone() } }
    }

    var asked: [(key: SessionKey, limit: Int, cursor: String?)] = []
    var followers = 0
    private var take: (@LoopActor (HistoryNews) -> Void)?

    func exists(_ key: SessionKey) async -> Bool { key.isMain }

    func history(_ key: SessionKey, limit: Int, before cursor: String?) async throws(APIError) -> HistoryExcerpt? {
        asked.append((key, limit, cursor))
        return key.isMain ? HistoryExcerpt(messages: [["role": "user"]], nextCursor: "before") : nil
    }

    func follow(_ key: SessionKey, _ take: @escaping @LoopActor (HistoryNews) -> Void) -> AnyObject {
        followers += 1
        self.take = take
        return Token { self.followers -= 1 }
    }

    func tell(_ news: HistoryNews) { take?(news) }
}
