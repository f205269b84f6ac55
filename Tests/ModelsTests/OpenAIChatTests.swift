import Platform
import Support
import Testing
import Wire

@testable import Models

private func chunk(_ delta: String, _ finish: String? = nil) -> String {
    let reason = finish.map { "\"\($0)\"" } ?? "null"
    return #"{"id":"c1","model":"m-1","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]}"#
}

private let usage =
    #"{"id":"c1","choices":[],"usage":{"prompt_tokens":16,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":2}}}"#

private let whole = events(
    chunk(#"{"role":"assistant","content":""}"#), chunk(#"{"reasoning_content":"Hmm."}"#),
    chunk(#"{"content":"Grüezi "}"#), chunk(#"{"content":"🌍"}"#),
    chunk(#"{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"look","arguments":""}}]}"#),
    chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}"#),
    chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#),
    chunk(#"{"tool_calls":[{"index":1,"id":"call_b","function":{"name":"hear","arguments":"{}"}}]}"#),
    chunk("{}", "tool_calls"), usage, "[DONE]")

@Suite struct OpenAIChatTests {
    @Test func aStreamIsReadTheSameHoweverItIsCut() async throws {
        try await onLoop {
            for pieces in cuts(of: whole) {
                let answer = try await VendorBench(.openAICompletions, pieces: pieces).answer()
                #expect(
                    answer.parts == [
                        .thinking(ThinkingPart("Hmm.")), .text("Grüezi 🌍"),
                        .toolCall(ToolCall(id: "call_a", name: "look", argumentsText: #"{"a":1}"#)),
                        .toolCall(ToolCall(id: "call_b", name: "hear", argumentsText: "{}")),
                    ])
                #expect(answer.usage == ModelUsage(input: 11, output: 7, cacheRead: 5, thinking: 2))
                #expect(answer.finish == .toolCalls)
            }
        }
    }

    @Test func eachCallBeginsAndEndsOnce() async throws {
        try await onLoop {
            let stream = try await VendorBench(.openAICompletions, pieces: [whole]).provider().stream(.hello)
            var open: [Int] = []
            var ended: [Int] = []
            while let event = try await stream.next() {
                switch event {
                case .toolCallStart(let index, _, _): open.append(index)
                case .toolCallArguments(let index, _): #expect(open.contains(index) && !ended.contains(index))
                case .toolCallEnd(let index, _): ended.append(index)
                default: break
                }
            }
            #expect(open == [0, 1] && ended == [0, 1])
        }
    }

    @Test func habitsOfOtherServersAreUnderstood() async throws {
        try await onLoop {
            // No [DONE]; "stop" for calls; no index, no id, arguments as an object.
            let odd = events(
                chunk(#"{"tool_calls":[{"function":{"name":"look","arguments":{"a":1}}}]}"#), chunk("{}", "stop"))
            let answer = try await VendorBench(.openAICompletions, pieces: [odd]).answer()
            #expect(answer.finish == .toolCalls)
            #expect(answer.toolCalls.first?.arguments == JSONObject([("a", 1)]))
            #expect(answer.toolCalls.first?.id.hasPrefix("call_") == true)
            // The whole answer in one piece.
            let message = #"{"choices":[{"message":{"content":"Hi","reasoning":"Hm"},"finish_reason":"length"}]}"#
            let bench = VendorBench(
                .openAICompletions, pieces: [message.bytes], type: "application/json; charset=utf-8")
            let plain = try await bench.answer()
            #expect(plain.text == "Hi" && plain.thinking == "Hm" && plain.finish == .length)
            let noise = ": OPENROUTER PROCESSING\n\n".bytes + events(chunk(#"{"content":"x"}"#), chunk("{}", "stop"))
            let found1 = try await VendorBench(.openAICompletions, pieces: [noise]).answer().text
            #expect(found1 == "x")
        }
    }

    @Test func brokenAnswersAreErrors() async throws {
        try await onLoop {
            for (stream, kind) in [
                (events(chunk(#"{"content":"x"}"#)), .cutStream), (events("[DONE]"), .cutStream), ([], .cutStream),
                (events("{"), .brokenAnswer), (events("not JSON"), .brokenAnswer),
                (events(chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#)), .brokenAnswer),
                (events(#"{"error":{"code":502,"message":"Provider returned error"}}"#), .server),
                (events(#"{"error":{"code":429,"message":"limit"}}"#), .rateLimited),
                (events(chunk("{}", "error")) + events("[DONE]"), .server),
            ] as [([UInt8], ModelError.Kind)] {
                let error = await VendorBench(.openAICompletions, pieces: [stream]).failure()
                #expect(error?.kind == kind, "\(String(decoding: stream, as: UTF8.self))")
            }
            let page = VendorBench(.openAICompletions, pieces: ["<html>".bytes], type: "text/html")
            #expect(await page.failure()?.kind == .brokenAnswer)
        }
    }

    @Test func callsAreLimited() async throws {
        try await onLoop {
            let limit = OpenAIChatDecoder.callLimit
            for count in limit - 1...limit + 1 {
                let calls = (0..<count).map {
                    #"{"index":\#($0),"id":"c\#($0)","function":{"name":"f","arguments":"{}"}}"#
                }
                let stream = events(
                    chunk(#"{"tool_calls":[\#(calls.joined(separator: ","))]}"#), chunk("{}", "tool_calls"))
                let error = await VendorBench(.openAICompletions, pieces: [stream]).failure()
                #expect(error?.kind == (count > limit ? .brokenAnswer : nil))
            }
        }
    }

    @Test func theRequestSaysWhatWasAsked() async throws {
        try await onLoop {
            let bench = VendorBench(.openAICompletions, pieces: [whole])
            var request = ModelRequest.thinking(.level, .high)
            request.system = [SystemPart("Be kind."), SystemPart("Be brief.")]
            request.limits.maxTokens = 100
            request.limits.stop = ["END"]
            request.tools = [ToolDefinition(name: "look", description: "Looks", parameters: ["type": "object"])]
            request.toolChoice = .named("look")
            request.cacheKey = "conversation"
            _ = try await bench.answer(request)
            let sent = bench.sent
            #expect(sent["messages"]?[0] == ["role": "system", "content": "Be kind.\n\nBe brief."])
            #expect(sent["messages"]?[1] == ["role": "user", "content": "Hello"])
            #expect(sent["reasoning_effort"] == "high" && sent["max_tokens"] == 100 && sent["stop"] == ["END"])
            #expect(sent["tool_choice"] == ["type": "function", "function": ["name": "look"]])
            #expect(sent["tools"]?[0]?["function"]?["parameters"] == ["type": "object"])
            #expect(sent["stream_options"] == ["include_usage": true])
            // Only OpenAI's own servers know these.
            #expect(sent["prompt_cache_key"] == nil && sent["max_completion_tokens"] == nil)
            let native = OpenAIChatRequest(request, .native).json
            #expect(native["prompt_cache_key"] == "conversation" && native["max_completion_tokens"] == 100)
        }
    }

    @Test func errorsAreTold() async throws {
        try await onLoop {
            for (status, body, kind) in [
                (401, #"{"error":{"message":"no","code":"invalid_api_key"}}"#, .badKey),
                (429, #"{"error":{"message":"slow","code":"rate_limit_exceeded"}}"#, .rateLimited),
                (429, #"{"error":{"message":"pay","code":"insufficient_quota"}}"#, .billing),
                (400, #"{"error":{"message":"x","code":"context_length_exceeded"}}"#, .contextOverflow),
                (400, #"{"object":"error","message":"maximum context length is 8","code":400}"#, .contextOverflow),
                (400, #"{"error":{"code":400,"type":"exceed_context_size_error","message":"m"}}"#, .contextOverflow),
                (404, #"{"error":"model 'x' not found"}"#, .unknownModel), (402, "{}", .billing),
                (500, "<html>", .server), (502, "", .server), (503, "", .overloaded), (400, "", .badRequest),
                (400, #"{"error":{"message":"x","code":"content_policy_violation"}}"#, .refusal),
                (302, "", .unreachable),
            ] as [(Int, String, ModelError.Kind)] {
                let error = await VendorBench(.openAICompletions, status: status, body: body).failure()
                #expect(error?.kind == kind && error?.status == status, "\(status) \(body)")
            }
        }
    }
}
