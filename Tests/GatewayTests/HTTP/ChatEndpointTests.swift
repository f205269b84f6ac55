import Agents
import Models
import Platform
import Support
import Testing

@testable import Gateway

/// `POST /v1/chat/completions`, whole and streamed (http.md section 4.1).
@Suite struct ChatEndpointTests {
    @Test func aWholeAnswerHasWhatLibrariesRead() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let answer = try await api.chat()
            #expect(answer.status == 200)
            let json = try #require(answer.json)
            #expect(json["object"]?.string == "chat.completion")
            #expect(json["model"]?.string == "openclaw")
            #expect(json["id"]?.string == "chatcmpl_\(answer.field("x-request-id") ?? "")")
            #expect(json["created"]?.int == Int(api.gateway.clock.wall.seconds))
            let choice = json["choices"]?[0]
            #expect(choice?["message"]?["role"]?.string == "assistant")
            #expect(choice?["message"]?["content"]?.string == "Hello, there.")
            #expect(choice?["finish_reason"]?.string == "stop")
            #expect(
                json["usage"] == [
                    "prompt_tokens": 19, "completion_tokens": 7, "total_tokens": 26,
                    "prompt_tokens_details": ["cached_tokens": 5],
                    "completion_tokens_details": ["reasoning_tokens": 2],
                ])
        }
    }

    @Test func aRunIsAskedForWhatTheRequestSays() async throws {
        try await onLoop {
            let api = try await APIHarness()
            _ = try await api.chat(
                with: [
                    "messages": [
                        ["role": "system", "content": "Be brief."],
                        ["role": "user", "content": "One"],
                        ["role": "assistant", "content": "Two"],
                        ["role": "developer", "content": [["type": "text", "text": "Be kind."]]],
                        ["role": "user", "content": [["type": "text", "text": "Three"]]],
                    ], "temperature": 0.5, "max_tokens": 9, "max_completion_tokens": 7, "stop": "END",
                    "reasoning_effort": "low",
                ])
            let request = try #require(api.runs.requests.first)
            #expect(request.message == [.text("Three")])
            #expect(request.options.history == [ModelMessage(.user, "One"), ModelMessage(.assistant, "Two")])
            #expect(request.options.extraSystemPrompt == "Be brief.\n\nBe kind.")
            #expect(request.options.limits?.temperature == 0.5)
            #expect(request.options.limits?.maxTokens == 7)
            #expect(request.options.limits?.stop == ["END"])
            #expect(request.options.thinking == .low)
            #expect(request.isOwner)
            #expect(request.origin.channel == "webchat")
            #expect("\(request.sessionKey)".hasPrefix("agent:main:openai:"))
        }
    }

    @Test func aStreamBeginsWithTheRoleAndEndsWithDone() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.runs.script = { await $0.answer("Grüezi, ", "\"you\"\n\u{1}") }
            let events = try await api.events("/v1/chat/completions", APIHarness.chat)
            #expect(events.last?.data == "[DONE]")
            let chunks = events.dropLast().map(\.json)
            #expect(chunks.allSatisfy { $0["object"]?.string == "chat.completion.chunk" })
            #expect(Set(chunks.compactMap { $0["id"]?.string }).count == 1)
            let choices = chunks.compactMap { $0["choices"]?[0] }
            #expect(choices.first?["delta"]?["role"]?.string == "assistant")
            let text = choices.compactMap { $0["delta"]?["content"]?.string }.joined()
            #expect(text == "Grüezi, \"you\"\n\u{1}")
            #expect(choices.dropLast().allSatisfy { $0["finish_reason"]?.isNull == true })
            #expect(choices.last?["finish_reason"]?.string == "stop")
            #expect(chunks.allSatisfy { $0["usage"] == nil })
        }
    }

    @Test func usageComesLastWhenItIsAskedFor() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let events = try await api.events(
                "/v1/chat/completions", APIHarness.chat.with(["stream_options": ["include_usage": true]]))
            let chunks = events.dropLast().map(\.json)
            #expect(chunks.last?["choices"]?.array?.isEmpty == true)
            #expect(chunks.last?["usage"]?["total_tokens"]?.int == 26)
            #expect(chunks.dropLast().allSatisfy { $0["usage"]?.isNull == true })
        }
    }

    @Test func clientToolsMakeTheirRoundTrip() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let calls = [
                ToolCall(id: "call_1", name: "get_weather", argumentsText: "{\"city\":\"Bern\"}"),
                ToolCall(id: "call_2", name: "get_weather", argumentsText: "broken"),
            ]
            api.runs.script = { await $0.end(.clientTools(calls)) }
            let tools: JSON = [
                ["type": "function", "function": ["name": "get_weather", "parameters": ["type": "object"]]]
            ]
            let asked: JSON = [
                "tools": tools, "tool_choice": ["type": "function", "function": ["name": "get_weather"]],
            ]
            let json = try #require(try await api.chat(with: asked).json)
            let choice = json["choices"]?[0]
            #expect(choice?["finish_reason"]?.string == "tool_calls")
            #expect(choice?["message"]?["content"]?.isNull == true)
            #expect(choice?["message"]?["tool_calls"]?[0]?["function"]?["arguments"]?.string == "{\"city\":\"Bern\"}")
            #expect(choice?["message"]?["tool_calls"]?[1]?["function"]?["arguments"]?.string == "{}")
            #expect(api.runs.requests[0].options.clientTools.map(\.name) == ["get_weather"])
            #expect(api.runs.requests[0].options.toolChoice == .named("get_weather"))

            let events = try await api.events("/v1/chat/completions", APIHarness.chat.with(asked))
            let deltas = events.dropLast().compactMap { $0.json["choices"]?[0]?["delta"]?["tool_calls"]?[0] }
            #expect(deltas.compactMap { $0["index"]?.int } == [0, 1])
            #expect(deltas[0]["id"]?.string == "call_1")
            #expect(deltas[0]["function"]?["name"]?.string == "get_weather")
            #expect(events.dropLast().last?.json["choices"]?[0]?["finish_reason"]?.string == "tool_calls")

            api.runs.script = { await $0.answer("Sunny.") }
            _ = try await api.chat(
                with: [
                    "tools": tools,
                    "messages": [
                        ["role": "user", "content": "Weather?"],
                        [
                            "role": "assistant", "content": nil,
                            "tool_calls": [
                                [
                                    "id": "call_1", "type": "function",
                                    "function": ["name": "get_weather", "arguments": "{}"],
                                ]
                            ],
                        ],
                        ["role": "tool", "tool_call_id": "call_1", "content": "sunny"],
                    ],
                ])
            let follow = try #require(api.runs.requests.last)
            #expect(
                follow.message == [
                    .toolResult(ToolResult(callID: "call_1", name: "get_weather", parts: [.text("sunny")]))
                ])
            #expect(
                follow.options.history == [
                    ModelMessage(.user, "Weather?"),
                    ModelMessage(
                        .assistant, [.toolCall(ToolCall(id: "call_1", name: "get_weather", argumentsText: "{}"))]),
                ])
        }
    }

    @Test func aDemandedToolThatIsNotCalledIsAFailure() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let tools: JSON = [["type": "function", "function": ["name": "f"]]]
            let answer = try await api.chat(with: ["tools": tools, "tool_choice": "required"])
            #expect(answer.status == 502)
            #expect(answer.json?["error"]?["type"]?.string == "api_error")
        }
    }

    @Test func anEmptyAnswerSaysSo() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.runs.script = { await $0.end(.answered(.stop)) }
            #expect(
                try await api.chat().json?["choices"]?[0]?["message"]?["content"]?.string
                    == "No response from OpenClaw.")
            let events = try await api.events("/v1/chat/completions", APIHarness.chat)
            #expect(events.contains { $0.data.contains("No response from OpenClaw.") })
        }
    }

    @Test func anAnswerThatOnlyTheResultHasIsStreamedToo() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.runs.script = { await $0.end(.answered(.length), "All at once.") }
            let events = try await api.events("/v1/chat/completions", APIHarness.chat)
            #expect(
                events.compactMap { $0.json["choices"]?[0]?["delta"]?["content"]?.string }.joined() == "All at once.")
            #expect(events.dropLast().last?.json["choices"]?[0]?["finish_reason"]?.string == "length")
        }
    }

    @Test func aUserHasAStableSessionThatRemembers() async throws {
        try await onLoop {
            let api = try await APIHarness()
            _ = try await api.chat(with: ["user": "anna"])
            _ = try await api.chat(with: ["user": "anna"])
            #expect(
                api.runs.requests.map { "\($0.sessionKey)" }
                    == Array(repeating: "agent:main:openai-user:anna", count: 2))
            #expect(api.runs.requests.allSatisfy { $0.options.history == nil })
            _ = try await api.chat()
            #expect(api.runs.requests[2].options.history == [])
            let room = SessionKey.limit - "agent:main:openai-user:".utf8.count
            let long = String(repeating: "x", count: room + 1)
            for user in [String(long.dropLast(2)), String(long.dropLast()), long, "a\nb"] {
                _ = try await api.chat(with: ["user": .string(user)])
            }
            let rests = api.runs.requests.suffix(4).map(\.sessionKey.rest)
            #expect(rests[0].hasSuffix(":\(long.dropLast(2))") && rests[1].hasSuffix(":\(long.dropLast())"))
            #expect(rests[2].utf8.count == 44 && rests[3].utf8.count == 44 && rests[2] != rests[3])
        }
    }
}
