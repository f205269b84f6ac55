import Agents
import Models
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// Who may use the API, from where, and how much may be sent (http.md sections 2 and 3).
@Suite struct APIAccessTests {
    static let posts = [
        "/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/tools/invoke", "/sessions/main/kill",
    ]
    static let gets = ["/v1/models", "/v1/models/openclaw", "/sessions/main/history"]

    @Test func everyEndpointNeedsTheSecret() async throws {
        try await onLoop {
            let api = try await APIHarness()
            for (method, paths) in [("POST", Self.posts), ("GET", Self.gets)] {
                for path in paths {
                    let answer = try await api.send(method, path, isAuthorized: false)
                    #expect(answer.status == 401, "\(path)")
                    #expect(answer.body == #"{"error":{"message":"Unauthorized","type":"unauthorized"}}"#)
                    let other = try await api.send(method == "GET" ? "DELETE" : "GET", path)
                    #expect(other.status == 405, "\(path)")
                    #expect(other.field("Allow") == method)
                }
            }
            #expect(api.runs.requests.isEmpty)
        }
    }

    @Test func guessingLocksOut() async throws {
        try await onLoop {
            let api = try await APIHarness()
            for number in 0..<10 {
                let head = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer no-\(number)\r\n\r\n"
                #expect(try await api.gateway.exchange(head).status == 401)
            }
            let locked = try await api.send("GET", "/v1/models")
            #expect(locked.status == 429)
            #expect(locked.field("Retry-After") == "300")
        }
    }

    @Test func identityModesHonourDeclaredScopes() async throws {
        try await onLoop {
            var settings = AccessSettings()
            settings.mode = .none
            let api = try await APIHarness(access: settings)
            #expect(try await api.chat().status == 200)
            #expect(api.runs.requests[0].isOwner)
            #expect(try await api.chat(APIHarness.chat, ["X-OpenClaw-Scopes": "operator.write"]).status == 200)
            #expect(!api.runs.requests[1].isOwner)
            let refused = try await api.chat(APIHarness.chat, ["X-OpenClaw-Scopes": "operator.read"])
            #expect(refused.status == 403)
            #expect(refused.json?["error"]?["details"]?["missingScope"]?.string == "operator.write")
            let model: KeyValuePairs = ["X-OpenClaw-Scopes": "operator.write", "x-openclaw-model": "openai/gpt-5"]
            let override = try await api.chat(APIHarness.chat, model)
            #expect(override.status == 403)
            #expect(override.message == "missing scope: operator.admin")
            #expect(try await api.send("GET", "/v1/models", nil, ["X-OpenClaw-Scopes": ""]).status == 403)
        }
    }

    @Test func headersChooseAgentSessionAndModel() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.gateway.plane.api.roster.take(["agents": ["list": [["id": "main"], ["id": "beta"]]]])
            @LoopActor func key(_ fields: KeyValuePairs<String, String>, model: JSON = "openclaw") async throws
                -> String?
            {
                guard try await api.chat(with: ["model": model, "user": "u"], fields).status == 200 else { return nil }
                return api.runs.requests.last.map { "\($0.sessionKey)" }
            }
            #expect(try await key([:]) == "agent:main:openai-user:u")
            #expect(try await key([:], model: "openclaw/default") == "agent:main:openai-user:u")
            #expect(try await key([:], model: nil) == "agent:main:openai-user:u")
            for name in ["openclaw/beta", "openclaw:beta", "agent:beta"] {
                #expect(try await key([:], model: .string(name)) == "agent:beta:openai-user:u")
            }
            #expect(try await key(["x-openclaw-agent-id": "beta"]) == "agent:beta:openai-user:u")
            #expect(try await key(["x-openclaw-agent": "beta"], model: "openclaw/main") == "agent:beta:openai-user:u")
            #expect(try await key(["x-openclaw-session-key": "agent:beta:work"]) == "agent:beta:work")
            #expect(try await key(["x-openclaw-session-key": "work"], model: "openclaw/beta") == "agent:beta:work")
            #expect(try await key(["x-openclaw-agent-id": "gamma"]) == nil)
            #expect(try await key(["x-openclaw-session-key": "agent:gamma:x"]) == nil)
            #expect(try await key(["x-openclaw-session-key": "agent:beta:x"], model: "openclaw/main") == nil)
            for reserved in ["subagent:1", "agent:main:cron:1", "acp:x", "agent:main:SubAgent:x", "main:subagent:x"] {
                #expect(try await key(["x-openclaw-session-key": reserved]) == nil, "\(reserved)")
            }
            let long = String(repeating: "k", count: SessionKey.limit - "agent:main:".utf8.count)
            #expect(try await key(["x-openclaw-session-key": String(long.dropLast())]) != nil)
            #expect(try await key(["x-openclaw-session-key": long]) != nil)
            #expect(try await key(["x-openclaw-session-key": long + "k"]) == nil)
            #expect(try await key(["x-openclaw-session-key": "agent:main:a/../b"]) == nil)

            _ = try await api.chat(
                APIHarness.chat,
                [
                    "x-openclaw-model": "OpenAI/gpt-5", "x-openclaw-message-channel": "telegram",
                    "x-openclaw-account-id": "a", "x-openclaw-message-to": "t", "x-openclaw-thread-id": "h",
                ])
            let request = try #require(api.runs.requests.last)
            #expect(request.options.model == ModelReference("openai/gpt-5"))
            #expect(request.origin == RunOrigin(channel: "telegram", accountID: "a", to: "t", threadID: "h"))
            #expect(try await api.chat(APIHarness.chat, ["x-openclaw-model": "nonsense"]).status == 400)
        }
    }

    @Test func otherModelNamesAreTakenOnlyLeniently() async throws {
        try await onLoop {
            let api = try await APIHarness()
            for name in ["gpt-4o", "openai/gpt-5", "openclaw/Beta", "openclaw/", "", "agent:-x"] {
                let answer = try await api.chat(with: ["model": .string(name)])
                #expect(answer.status == 400, "\(name)")
                #expect(answer.message == "Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.")
            }
            let unknown = try await api.chat(with: ["model": "openclaw/gamma"])
            #expect(unknown.status == 404)
            #expect(unknown.json?["error"]?["code"]?.string == "model_not_found")
            let id = String(repeating: "a", count: ModelName.idLimit)
            #expect(ModelName("openclaw/\(id.dropLast())") == .agent(String(id.dropLast())))
            #expect(ModelName("openclaw/\(id)") == .agent(id))
            #expect(ModelName("openclaw/\(id)a") == nil)
            api.gateway.plane.api.settings = try await Self.settings(["gateway": ["http": ["lenientModel": true]]])
            let lenient = try await api.chat(with: ["model": "gpt-4o"])
            #expect(lenient.status == 200)
            #expect(lenient.json?["model"]?.string == "gpt-4o")
        }
    }

    @Test func modelsAreTheAgents() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let list = try await api.send("GET", "/v1/models")
            #expect(list.status == 200)
            #expect(list.json?["object"]?.string == "list")
            #expect(
                list.json?["data"]?.array?.compactMap { $0["id"]?.string }
                    == ["openclaw", "openclaw/default", "openclaw/main"])
            let one: JSON = [
                "id": "openclaw/main", "object": "model", "created": 0, "owned_by": "openclaw", "permission": [],
            ]
            for path in ["openclaw/main", "openclaw%2Fmain", "%6fpenclaw%2fmain"] {
                #expect(try await api.send("GET", "/v1/models/\(path)").json == one)
            }
            let missing = try await api.send("GET", "/v1/models/gpt-4o")
            #expect(missing.status == 404)
            #expect(missing.message == "Model 'gpt-4o' not found.")
            for bad in ["%", "%zz", "%00", "%ff", "a%20b"] {
                let answer = try await api.send("GET", "/v1/models/\(bad)")
                #expect(answer.status == 400, "\(bad)")
            }
        }
    }

    @Test func nothingIsServedBeforeTheConfigurationIsInUse() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            for path in Self.gets {
                let head = APIHarness.head("GET", path, [:], body: 0)
                let answer = try await gateway.exchange(head)
                #expect(answer.status == 503, "\(path)")
                #expect(answer.field("Retry-After") == "2")
            }
        }
    }

    @Test func anEndpointThatIsOffSaysHowItIsTurnedOn() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.gateway.plane.api.settings = try await Self.settings([:], isLoopbackOnly: false)
            for path in ["/v1/chat/completions", "/v1/responses", "/v1/embeddings"] {
                #expect(try await api.send("POST", path, isAuthorized: false).status == 401)
                let answer = try await api.post(path, [:])
                #expect(answer.status == 404)
                #expect(answer.message?.contains("gateway.http.endpoints.") == true)
            }
            #expect(try await api.send("GET", "/v1/models").status == 404)
        }
    }

    @Test func theEndpointsAreOnWhereOnlyProvenLocalClientsReachThem() async throws {
        let on = try await Self.settings([:])
        #expect(on.chatCompletions.enabled && on.responses.enabled && on.models && on.embeddings.enabled)
        for settings in [
            try await Self.settings([:], isLoopbackOnly: false), try await Self.settings([:], hasAuthentication: false),
        ] {
            #expect(!settings.chatCompletions.enabled && !settings.responses.enabled)
            #expect(!settings.models && !settings.embeddings.enabled)
        }
        let only = try await Self.settings(
            ["gateway": ["http": ["endpoints": ["responses": ["enabled": true, "maxBodyBytes": 5]]]]],
            isLoopbackOnly: false)
        #expect(only.responses.enabled && only.models && !only.chatCompletions.enabled)
        #expect(only.responses.maxBodyBytes == 5 && only.chatCompletions.maxBodyBytes == 20_971_520)
    }

    static func settings(
        _ json: JSON, isLoopbackOnly: Bool = true, hasAuthentication: Bool = true
    ) async throws -> GatewayHTTPSettings {
        GatewayHTTPSettings(
            try await APISnapshot.of(json), isLoopbackOnly: isLoopbackOnly, hasAuthentication: hasAuthentication)
    }

    @Test func allowedOriginsMayAskFromABrowser() async throws {
        try await onLoop {
            var settings = AccessSettings(token: GatewayHarness.token)
            settings.allowedOrigins = ["https://chat.example"]
            let api = try await APIHarness(access: settings)
            let fields: KeyValuePairs = [
                "Origin": "https://chat.example", "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type", "Connection": "close",
            ]
            let preflight = try await api.send("OPTIONS", "/v1/chat/completions", nil, fields, isAuthorized: false)
            #expect(preflight.status == 204)
            #expect(preflight.field("Access-Control-Allow-Origin") == "https://chat.example")
            #expect(preflight.field("Access-Control-Allow-Headers") == "authorization,content-type")
            #expect(preflight.field("Access-Control-Allow-Methods") == "POST, OPTIONS")
            #expect(preflight.field("Access-Control-Allow-Credentials") == nil)
            let origin: KeyValuePairs = ["Origin": "https://chat.example"]
            for answer in [
                try await api.chat(APIHarness.chat, origin), try await api.chat(with: ["n": 2], origin),
                try await api.send("GET", "/v1/models", nil, origin, isAuthorized: false),
            ] {
                #expect(answer.field("Access-Control-Allow-Origin") == "https://chat.example")
                #expect(answer.field("Vary") == "Origin")
            }
            let foreign: KeyValuePairs = ["Origin": "https://evil.test", "Access-Control-Request-Method": "POST"]
            let refused = try await api.send("OPTIONS", "/v1/chat/completions", nil, foreign)
            #expect(refused.status == 403)
            #expect(refused.field("Access-Control-Allow-Origin") == nil)
            #expect(try await api.chat().field("Access-Control-Allow-Origin") == nil)
        }
    }

    @Test func bodiesHaveTheirLimits() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.gateway.plane.api.settings = try await Self.settings([
                "gateway": [
                    "http": [
                        "endpoints": ["chatCompletions": ["maxBodyBytes": 200], "responses": ["maxBodyBytes": 200]]
                    ]
                ]
            ])
            for (path, limit) in [
                ("/v1/chat/completions", 200), ("/v1/responses", 200), ("/tools/invoke", ToolsEndpoint.bodyLimit),
                ("/v1/embeddings", GatewayHTTPSettings.embeddingsBodyBytes),
            ] {
                for (size, isRefused) in [(limit - 1, false), (limit, false), (limit + 1, true)] {
                    let head = APIHarness.head("POST", path, [:], body: size)
                    let status = try await api.gateway.exchange(head + String(repeating: " ", count: size)).status
                    #expect(status == (isRefused ? 413 : 400), "\(path) \(size)")
                }
            }
            // Refused while it comes, without its length having been told.
            let head = APIHarness.head(
                "POST", "/v1/chat/completions", ["Transfer-Encoding": "chunked"], body: 0)
            let chunk = "64\r\n" + String(repeating: " ", count: 100) + "\r\n"
            #expect(try await api.gateway.exchange(head + chunk + chunk + chunk).status == 413)
            #expect(GatewayHTTPSettings.standard.chatCompletions.maxBodyBytes == 20 << 20)
        }
    }

    @Test func aLongBodyIsReadBesideTheLoop() async throws {
        try await onLoop {
            let api = try await APIHarness()
            for size in [APIExchange.promptBytes - 1000, APIExchange.promptBytes + 1000, 3 << 20] {
                let text = String(repeating: "a", count: size)
                let answer = try await api.chat(with: ["messages": [["role": "user", "content": .string(text)]]])
                #expect(answer.status == 200)
                #expect(api.runs.requests.last?.message == [.text(text)])
            }
        }
    }
}
