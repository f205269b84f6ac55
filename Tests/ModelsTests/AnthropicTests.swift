import Platform
import Support
import Testing
import Wire

@testable import Models

private let whole = events(
    #"{"type":"message_start","message":{"id":"msg_1","model":"m-1","usage":{"input_tokens":11,"cache_read_input_tokens":5,"cache_creation_input_tokens":3,"output_tokens":1}}}"#,
    #"{"type":"ping"}"#, #"{"type":"something_new","index":0}"#,
    #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m."}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"si"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"g"}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"xyz"}}"#,
    #"{"type":"content_block_stop","index":1}"#,
    #"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Grüezi 🌍"}}"#,
    #"{"type":"content_block_stop","index":2}"#,
    #"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"look","input":{}}}"#,
    #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#,
    #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":":1}"}}"#,
    #"{"type":"content_block_stop","index":3}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":7,"output_tokens_details":{"thinking_tokens":2}}}"#,
    #"{"type":"message_stop"}"#)

@Suite struct AnthropicTests {
    @Test func aStreamIsReadTheSameHoweverItIsCut() async throws {
        try await onLoop {
            for pieces in cuts(of: whole) {
                let answer = try await VendorBench(.anthropicMessages, pieces: pieces).answer()
                #expect(
                    answer.parts == [
                        .thinking(ThinkingPart("Hmm.", seal: Seal(.anthropicMessages, "sig"))),
                        .thinking(ThinkingPart("", seal: Seal(.anthropicMessages, "redacted:xyz"))),
                        .text("Grüezi 🌍"), .toolCall(ToolCall(id: "toolu_1", name: "look", argumentsText: #"{"a":1}"#)),
                    ])
                #expect(answer.usage == ModelUsage(input: 11, output: 7, cacheRead: 5, cacheWrite: 3, thinking: 2))
                #expect(answer.finish == .toolCalls && answer.id == "msg_1" && answer.vendorModel == "m-1")
            }
        }
    }

    @Test func everyStreamThatEndsEarlyIsCut() async throws {
        try await onLoop {
            // At each event but the last, and within each.
            let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "}") }.dropLast()
            for end in ends {
                let error = await VendorBench(.anthropicMessages, pieces: [Array(whole[..<end])]).failure()
                #expect(error?.kind == .cutStream, "\(end)")
            }
        }
    }

    @Test func whatIsSentBackIsWhatCame() async throws {
        try await onLoop {
            let bench = VendorBench(.anthropicMessages, pieces: [whole])
            let answer = try await bench.answer()
            var request = ModelRequest.hello
            request.messages.append(ModelMessage(.assistant, answer.parts))
            let result = ToolResult(
                callID: "toolu_1", name: "look",
                parts: [.text("seen"), .image(ImagePart(mediaType: "image/png", base64: "AA=="))], isError: true)
            request.messages.append(ModelMessage(.user, [.toolResult(result), .text("and?")], endsCache: true))
            _ = try await bench.answer(request)
            let sent = bench.sent["messages"]
            #expect(sent?[0] == ["role": "user", "content": [["type": "text", "text": "Hello"]]])
            #expect(
                sent?[1] == [
                    "role": "assistant",
                    "content": [
                        ["type": "thinking", "thinking": "Hmm.", "signature": "sig"],
                        ["type": "redacted_thinking", "data": "xyz"], ["type": "text", "text": "Grüezi 🌍"],
                        ["type": "tool_use", "id": "toolu_1", "name": "look", "input": ["a": 1]],
                    ],
                ])
            #expect(
                sent?[2]?["content"]?[0] == [
                    "type": "tool_result", "tool_use_id": "toolu_1", "is_error": true,
                    "content": [
                        ["type": "text", "text": "seen"],
                        ["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": "AA=="]],
                    ],
                ])
            #expect(sent?[2]?["content"]?[1]?["cache_control"] == ["type": "ephemeral"])
        }
    }

    @Test func versionsDifferInTemperatureAndHeader() async throws {
        try await onLoop {
            let bench = VendorBench(.anthropicMessages, pieces: [whole])
            var request = ModelRequest.hello
            request.limits.temperature = 0.5
            for (version, temperature) in [(.first, .double(0.5)), (.second, nil)] as [(AnthropicVersion, JSON?)] {
                _ = try await bench.provider(version: version).stream(request).collect()
                #expect(bench.sent["temperature"] == temperature)
                #expect(bench.http.requests.last?.fields["anthropic-version"] == version.rawValue)
            }
            #expect(bench.http.requests.last?.url.text == "https://acme.test/v1/messages")
            #expect(bench.http.requests.last?.fields["Authorization"] == "Bearer \(VendorBench.key)")
        }
    }

    @Test func thinkingIsAskedForInTheModelsWay() {
        func config(_ style: ThinkingStyle, _ level: ThinkingLevel, max: Int? = nil, forced: Bool = false) -> [JSON?] {
            var request = ModelRequest.thinking(style, level)
            request.limits.maxTokens = max
            if forced { request.toolChoice = .required }
            let json = AnthropicRequest(request, .second).json
            return [json["thinking"], json["output_config"]?["effort"], json["max_tokens"]]
        }
        let adaptive: JSON = ["type": "adaptive", "display": "summarized"]
        #expect(config(.none, .high) == [nil, nil, 8192])
        #expect(config(.level, .high) == [adaptive, "high", 8192])
        #expect(config(.level, .adaptive) == [adaptive, nil, 8192])
        #expect(config(.level, .off) == [["type": "disabled"], nil, 8192])
        #expect(config(.level, .high, forced: true) == [["type": "disabled"], nil, 8192])
        #expect(config(.always, .off) == [nil, "low", 8192])
        #expect(config(.budget, .off) == [nil, nil, 8192])
        #expect(config(.budget, .low) == [["type": "enabled", "budget_tokens": 4096], nil, 8192])
        #expect(config(.budget, .high) == [["type": "enabled", "budget_tokens": 4096], nil, 8192])
        #expect(config(.budget, .low, max: 100) == [["type": "enabled", "budget_tokens": 1024], nil, 2048])
        #expect(config(.budget, .low, forced: true) == [nil, nil, 8192])
    }

    @Test func cacheMarksAreAtMostFourAndTheNewest() {
        for marked in 1...6 {
            var request = ModelRequest(
                ModelTarget("m"), system: [SystemPart("s", endsCache: true)],
                messages: (0..<marked).map {
                    ModelMessage($0 % 2 == 0 ? .user : .assistant, [.text("\($0)")], endsCache: true)
                })
            let json = AnthropicRequest(request, .second).json
            let marks = (json["messages"]?.array ?? []).map { $0["content"]?[0]?["cache_control"] != nil }
            let system = json["system"]?[0]?["cache_control"] != nil
            #expect(marks.count { $0 } + (system ? 1 : 0) <= AnthropicRequest.cacheMarks)
            #expect(system, "the system prompt is what stays the longest")
            #expect(marks.suffix(min(marked, AnthropicRequest.cacheMarks - 1)).allSatisfy { $0 })
            request.cache = .none
            #expect(!AnthropicRequest(request, .second).json.description.contains("cache_control"))
        }
    }

    @Test func errorsAreTold() async throws {
        try await onLoop {
            for (status, type, message, kind) in [
                (429, "rate_limit_error", "slow", .rateLimited), (529, "overloaded_error", "", .overloaded),
                (500, "api_error", "", .server), (401, "authentication_error", "", .badKey),
                (403, "permission_error", "", .badKey), (404, "not_found_error", "", .unknownModel),
                (402, "billing_error", "", .billing), (413, "request_too_large", "", .contextOverflow),
                (504, "timeout_error", "", .timeout),
                (400, "invalid_request_error", "prompt is too long: 9 > 8", .contextOverflow),
                (400, "invalid_request_error", "Your credit balance is too low", .billing),
                (400, "invalid_request_error", "messages: no", .badRequest), (502, "new_error", "", .server),
                (503, "new_error", "", .overloaded), (418, "new_error", "", .badRequest),
            ] as [(Int, String, String, ModelError.Kind)] {
                let body = #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#
                let error = await VendorBench(.anthropicMessages, status: status, body: body).failure()
                #expect(error?.kind == kind && error?.status == status, "\(status) \(type)")
                let within = events(
                    #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#)
                let later = await VendorBench(.anthropicMessages, pieces: [within]).failure()
                #expect(later?.kind == (type == "new_error" ? .server : kind), "within the stream: \(type)")
            }
        }
    }
}
