import Platform
import Support
import Testing
import Wire

@testable import Models

private let reasoning =
    #"{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hmm."}],"encrypted_content":"enc"}"#
private let response =
    #"{"id":"resp_1","usage":{"input_tokens":16,"output_tokens":7,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":1},"output_tokens_details":{"reasoning_tokens":2}}}"#

private let whole = events(
    #"{"type":"response.created","response":{"id":"resp_1","model":"m-1"}}"#, #"{"type":"response.in_progress"}"#,
    #"{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}"#,
    #"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0}"#,
    #"{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"Hmm."}"#,
    #"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":1}"#,
    #"{"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"Yes."}"#,
    #"{"type":"response.output_item.done","output_index":0,"item":\#(reasoning)}"#,
    #"{"type":"response.output_item.added","output_index":1,"item":{"id":"m","type":"message"}}"#,
    #"{"type":"response.output_text.delta","output_index":1,"delta":"Grüezi 🌍"}"#,
    #"{"type":"response.output_item.done","output_index":1,"item":{"id":"m","type":"message"}}"#,
    #"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"call_1","name":"look","arguments":""}}"#,
    #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{\"a\""}"#,
    #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":":1}"}"#,
    #"{"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","call_id":"call_1","name":"look","arguments":"{\"a\":1}"}}"#,
    #"{"type":"response.completed","response":\#(response)}"#)

@Suite struct OpenAIResponsesTests {
    @Test func aStreamIsReadTheSameHoweverItIsCut() async throws {
        try await onLoop {
            for pieces in cuts(of: whole) {
                let answer = try await VendorBench(.openAIResponses, pieces: pieces).answer()
                guard case .thinking(let thinking)? = answer.parts.first else {
                    Issue.record("no thought")
                    return
                }
                #expect(thinking.text == "Hmm.\n\nYes.")
                #expect(try JSONParser.parse(thinking.seal?.text ?? "")["encrypted_content"] == "enc")
                #expect(
                    answer.parts.dropFirst() == [
                        .text("Grüezi 🌍"),
                        .toolCall(ToolCall(id: "call_1", name: "look", argumentsText: #"{"a":1}"#)),
                    ])
                #expect(answer.usage == ModelUsage(input: 11, output: 7, cacheRead: 4, cacheWrite: 1, thinking: 2))
                #expect(answer.finish == .toolCalls)
            }
        }
    }

    @Test func everyStreamThatEndsEarlyIsCut() async throws {
        try await onLoop {
            let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }.dropLast(2)
            for end in ends {
                let error = await VendorBench(.openAIResponses, pieces: [Array(whole[..<end])]).failure()
                #expect(error?.kind == .cutStream, "\(end)")
            }
        }
    }

    @Test func theConversationIsSentAsItems() async throws {
        try await onLoop {
            let bench = VendorBench(.openAIResponses, pieces: [whole])
            let answer = try await bench.answer()
            var request = ModelRequest.thinking(.level, .low)
            request.system = [SystemPart("Be kind.")]
            request.messages.append(ModelMessage(.assistant, answer.parts))
            request.messages.append(
                ModelMessage(.user, [.toolResult(ToolResult(callID: "call_1", name: "look", parts: [.text("seen")]))]))
            _ = try await bench.answer(request)
            let sent = bench.sent
            let kinds = (sent["input"]?.array ?? []).map { $0["type"]?.string ?? $0["role"]?.string }
            #expect(kinds == ["user", "reasoning", "assistant", "function_call", "function_call_output"])
            #expect(sent["input"]?[1]?["encrypted_content"] == "enc")
            #expect(sent["input"]?[4]?["output"] == "seen")
            #expect(sent["instructions"] == "Be kind." && sent["store"] == false)
            #expect(sent["reasoning"] == ["summary": "auto", "effort": "low"])
            #expect(sent["include"] == ["reasoning.encrypted_content"])
        }
    }

    @Test func endsOfOtherKindsAreTold() async throws {
        try await onLoop {
            for (event, finish) in [
                (
                    #"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}}"#,
                    .length
                ),
                (
                    #"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}"#,
                    .refusal
                ),
                (#"{"type":"response.completed","response":{}}"#, .stop),
            ] as [(String, FinishReason)] {
                let found1 = try await VendorBench(.openAIResponses, pieces: [events(event)]).answer().finish
                #expect(found1 == finish)
            }
            let refused = events(
                #"{"type":"response.refusal.delta","delta":"no"}"#, #"{"type":"response.completed","response":{}}"#)
            let found2 = try await VendorBench(.openAIResponses, pieces: [refused]).answer().finish
            #expect(found2 == .refusal)
            for (event, kind) in [
                (#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"m"}}}"#, .server),
                (
                    #"{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"m"}}}"#,
                    .rateLimited
                ),
                (#"{"type":"error","code":"invalid_api_key","message":"m"}"#, .badKey), ("{", .brokenAnswer),
            ] as [(String, ModelError.Kind)] {
                #expect(
                    await VendorBench(.openAIResponses, pieces: [events(event)]).failure()?.kind == kind, "\(event)")
            }
        }
    }

    @Test func anAnswerInOnePieceIsUnderstood() async throws {
        try await onLoop {
            let body = """
                {"object":"response","id":"r","output":[\(reasoning),
                {"type":"message","content":[{"type":"output_text","text":"Hi"}]},
                {"type":"function_call","call_id":"c","name":"look","arguments":"{}"}]}
                """
            let bench = VendorBench(.openAIResponses, pieces: [body.bytes], type: "application/json")
            let answer = try await bench.answer()
            #expect(answer.text == "Hi" && answer.thinking == "Hmm." && answer.toolCalls.count == 1)
            #expect(answer.finish == .toolCalls)
        }
    }
}
