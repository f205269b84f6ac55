import Agents
import Models
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// What stands behind the smaller endpoints.
@Suite struct ServiceTests {
    // MARK: Embeddings

    static func choice(_ config: JSON) -> EmbeddingChoice {
        var all = config
        var models: JSON = ["providers": [:]]
        for id in ["openai", "google", "own"] {
            models["providers"]?[id] = [
                "apiKey": "sk-0123456789abcdef", "baseUrl": "http://127.0.0.1:9/v1", "api": "openai-completions",
            ]
        }
        all["models"] = models
        return EmbeddingChoice(config: all, models: ModelConfiguration(all, environment: { _ in nil }))
    }

    static func search(_ fields: JSON) -> JSON { ["agents": ["defaults": ["memorySearch": fields]]] }

    @Test func embeddingsAreThoseOfTheConfiguration() throws {
        let cases: [(JSON, model: String?, String)] = [
            ([:], nil, "openai/text-embedding-3-small"),
            (Self.search(["provider": "gemini"]), nil, "google/gemini-embedding-001"),
            (Self.search(["provider": "own", "model": "m"]), nil, "own/m"),
            (Self.search(["provider": "auto", "model": "own/m"]), nil, "own/m"),
            (Self.search(["provider": "own", "model": "m"]), "openai/x", "openai/x"),
            (["agents": ["defaults": ["model": "google/gemini-3"]]], nil, "google/gemini-embedding-001"),
            (["agents": ["list": [["id": "main", "memorySearch": ["provider": "own", "model": "n"]]]]], nil, "own/n"),
        ]
        for (config, model, expected) in cases {
            #expect(try "\(Self.choice(config).reference(agent: "main", model: model))" == expected)
        }
        for bad in [Self.search(["provider": "nobody"]), Self.search(["provider": "own"])] {
            #expect(throws: APIError.self) { try Self.choice(bad).reference(agent: "main", model: nil) }
        }
        #expect(throws: APIError.self) { try Self.choice([:]).reference(agent: "main", model: "bare") }
    }

    // MARK: Pictures by URL

    @Test func picturesAreFetchedFromPublicPlacesOnly() async throws {
        try await onLoop {
            let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2]
            let http = FakeHTTP { FakeHTTP.response(to: $0, .ok, pieces: [png]) }
            let images = WebImages(http)
            let image = try await images.image(at: "https://cdn.example.com/a", allowedHosts: [], limit: 100)
            #expect(image == ImagePart(mediaType: "image/png", base64: Base64.standard.encode(png)))
            #expect(http.requests[0].redirects == .followed(limit: WebImages.redirectLimit))
            for bad in [
                "http://127.0.0.1/a", "http://169.254.169.254/latest", "http://[::1]/a", "http://localhost/a",
                "ftp://a/b",
                "http://10.0.0.1/", "x",
            ] {
                await #expect(throws: APIError.self, "\(bad)") {
                    try await images.image(at: bad, allowedHosts: [], limit: 100)
                }
            }
            let listed = ["cdn.example.com", "*.assets.example.com"]
            _ = try await images.image(at: "https://x.assets.example.com/a", allowedHosts: listed, limit: 100)
            #expect(http.requests[1].redirects == .returned)
            for other in ["https://example.com/a", "https://assets.example.com/a", "https://evilcdn.example.com/a"] {
                await #expect(throws: APIError.self, "\(other)") {
                    try await images.image(at: other, allowedHosts: listed, limit: 100)
                }
            }
            #expect(http.requests.count == 2)
        }
    }

    @Test func whatIsNoPictureIsRefused() async throws {
        try await onLoop {
            for (status, body) in [(HTTPStatus.ok, "<svg/>"), (.notFound, "\u{89}PNG")] {
                let images = WebImages(FakeHTTP((status, body)))
                await #expect(throws: APIError.self) {
                    try await images.image(at: "https://example.com/a", allowedHosts: [], limit: 100)
                }
            }
            #expect(WebImages.mediaType(Array("RIFF....WEBPx".utf8)) == "image/webp")
            #expect(WebImages.mediaType([0xff, 0xd8, 0xff]) == "image/jpeg")
            #expect(WebImages.mediaType(Array("GIF89a".utf8)) == "image/gif")
            #expect(WebImages.mediaType([]) == nil)
        }
    }

    @Test func anAllowedURLBecomesAPictureOfTheMessage() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.gateway.plane.api.parts.images = WebImages(
                FakeHTTP { FakeHTTP.response(to: $0, .ok, pieces: [[0xff, 0xd8, 0xff, 0]]) })
            api.gateway.plane.api.settings = try await APIAccessTests.settings([
                "gateway": ["http": ["endpoints": ["chatCompletions": ["images": ["allowUrl": true]]]]]
            ])
            let content: JSON = [["type": "image_url", "image_url": ["url": "https://example.com/a.jpg"]]]
            let answer = try await api.chat(with: ["messages": [["role": "user", "content": content]]])
            #expect(answer.status == 200)
            #expect(api.runs.requests[0].message == [.image(ImagePart(mediaType: "image/jpeg", base64: "/9j/AA=="))])
        }
    }

    // MARK: Calls

    @Test func aCallComesBackWithWhatItsVendorWants() async throws {
        try await onLoop {
            let memory = CallMemory()
            let seal = Seal(.googleGenerativeAI, "sealed")
            memory.remember([ToolCall(id: "a", name: "f", argumentsText: "{}", seal: seal)])
            let bare = ToolCall(id: "a", name: "f", argumentsText: "{}")
            #expect(
                memory.completed([.toolCall(bare)]) == [
                    .toolCall(ToolCall(id: "a", name: "f", argumentsText: "{}", seal: seal))
                ])
            let other = ToolCall(id: "a", name: "g", argumentsText: "{}")
            #expect(memory.completed([.toolCall(other)]) == [.toolCall(other)])
            let result = ToolResult(callID: "a", name: "", parts: [])
            #expect(
                memory.completed([.toolResult(result)]) == [.toolResult(ToolResult(callID: "a", name: "f", parts: []))])
        }
    }

    @Test func callsAreForgottenAtTheLimits() async throws {
        try await onLoop {
            @LoopActor func knows(_ memory: CallMemory, _ id: String) -> Bool {
                memory.completed([.toolResult(ToolResult(callID: id, name: "", parts: []))])
                    != [.toolResult(ToolResult(callID: id, name: "", parts: []))]
            }
            let memory = CallMemory()
            for number in 0..<CallMemory.limit - 1 {
                memory.remember([ToolCall(id: "\(number)", name: "f", argumentsText: "")])
            }
            #expect(knows(memory, "0"))
            memory.remember([ToolCall(id: "x", name: "f", argumentsText: "")])
            #expect(knows(memory, "0"))
            memory.remember([ToolCall(id: "y", name: "f", argumentsText: "")])
            #expect(!knows(memory, "0") && knows(memory, "1") && knows(memory, "y"))
            let long = Seal(.googleGenerativeAI, String(repeating: "s", count: CallMemory.byteLimit / 2))
            for id in ["p", "q", "r"] { memory.remember([ToolCall(id: id, name: "f", argumentsText: "", seal: long)]) }
            #expect(!knows(memory, "y") && !knows(memory, "q") && knows(memory, "r"))
        }
    }

    // MARK: Tools

    @Test func aToolRunsForAnHTTPClientWithinWhatIsLeftToHTTP() async throws {
        try await onLoop {
            let tools = ToolSet([EchoTool("echo"), EchoTool("exec")])
            let bench = ToolBench(tools, roster: AgentRoster(defaultID: "main", workspace: "/w"))
            @LoopActor func invoke(_ change: (inout ToolInvokeRequest) -> Void) async -> ToolInvokeOutcome {
                var request = ToolInvokeRequest(
                    tool: "echo", action: nil, arguments: JSONObject(), sessionKey: .main("main"),
                    isDryRun: false, origin: RunOrigin(channel: "webchat"), isOwner: true, idempotencyKey: "k")
                change(&request)
                return await bench.invoke(request)
            }
            guard case .done(let plain) = await invoke({ $0.action = "go" }) else { return #expect(Bool(false)) }
            #expect(
                plain == [
                    "content": [["type": "text", "text": "main /w k true"]], "details": ["action": "go"],
                ])
            guard
                case .done(let own) = await invoke({
                    $0.action = "go"
                    $0.arguments = JSONObject([("action", "stay")])
                })
            else { return #expect(Bool(false)) }
            #expect(own["details"] == ["action": "stay"])
            guard case .done(let dry) = await invoke({ $0.isDryRun = true }) else { return #expect(Bool(false)) }
            #expect(dry["dryRun"]?.bool == true)
            guard case .failed("no") = await invoke({ $0.arguments = JSONObject([("fail", true)]) }) else {
                return #expect(Bool(false))
            }
            for name in ["exec", "nothing"] {
                guard case .notAvailable = await invoke({ $0.tool = name }) else { return #expect(Bool(false)) }
            }
        }
    }
}

/// Says for whom it ran, and gives its arguments back.
private struct EchoTool: Tool {
    let definition: ToolDefinition
    let group = "test"

    init(_ name: String) {
        definition = ToolDefinition(
            name: name, description: "", parameters: ["type": "object", "properties": ["action": ["type": "string"]]])
    }

    func run(_ call: ToolInvocation) async throws(CancellationError) -> ToolOutput {
        if call.arguments["fail"] != nil { return .failed("no") }
        let context = call.context
        return ToolOutput(
            "\(context.agentID) \(context.workspace) \(context.runID) \(context.isOwner)",
            details: .object(call.arguments))
    }
}
