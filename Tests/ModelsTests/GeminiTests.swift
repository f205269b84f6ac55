import Platform
import Support
import Testing
import Wire

@testable import Models

private func part(_ part: String, _ rest: String = "") -> String {
    #"{"candidates":[{"content":{"role":"model","parts":[\#(part)]}\#(rest)}],"modelVersion":"m-1","responseId":"r"}"#
}

private let usage =
    #"{"usageMetadata":{"promptTokenCount":16,"cachedContentTokenCount":5,"candidatesTokenCount":5,"thoughtsTokenCount":2}}"#

private let whole = events(
    part(#"{"text":"Hm","thought":true}"#), part(#"{"text":"m.","thought":true}"#), part(#"{"text":"Grüezi "}"#),
    part(#"{"text":"🌍","thoughtSignature":"sigT"}"#),
    part(#"{"functionCall":{"name":"look","args":{"a":1}},"thoughtSignature":"sigC"}"#),
    part(#"{"functionCall":{"id":"own","name":"hear","args":{}}}"#, #","finishReason":"STOP""#), usage)

@Suite struct GeminiTests {
    @Test func aStreamIsReadTheSameHoweverItIsCut() async throws {
        try await onLoop {
            for pieces in cuts(of: whole) {
                let answer = try await VendorBench(.googleGenerativeAI, pieces: pieces).answer()
                #expect(answer.thinking == "Hmm." && answer.text == "Grüezi 🌍")
                #expect(answer.toolCalls.map(\.name) == ["look", "hear"])
                #expect(answer.toolCalls.first?.arguments == JSONObject([("a", 1)]))
                #expect(answer.toolCalls.first?.seal == Seal(.googleGenerativeAI, "sigC"))
                #expect(answer.toolCalls.first?.id.hasPrefix("call_") == true && answer.toolCalls.last?.id == "own")
                #expect(answer.usage == ModelUsage(input: 11, output: 7, cacheRead: 5, thinking: 2))
                #expect(answer.finish == .toolCalls)
            }
        }
    }

    @Test func theConversationIsSentAsContents() async throws {
        try await onLoop {
            let bench = VendorBench(.googleGenerativeAI, pieces: [whole])
            let answer = try await bench.answer()
            var request = ModelRequest.thinking(.level, .high)
            request.model.id = "gemini-x"
            request.messages.append(ModelMessage(.assistant, answer.parts))
            let results = answer.toolCalls.map {
                MessagePart.toolResult(ToolResult(callID: $0.id, name: $0.name, parts: [.text("seen")]))
            }
            request.messages.append(ModelMessage(.user, results))
            _ = try await bench.answer(request)
            #expect(
                bench.http.requests.last?.url.text
                    == "https://acme.test/v1/models/gemini-x:streamGenerateContent?alt=sse")
            let contents = bench.sent["contents"]
            #expect(contents?[1]?["role"] == "model")
            let calls = (contents?[1]?["parts"]?.array ?? []).filter { $0["functionCall"] != nil }
            // The second call came without a signature of its own.
            #expect(calls.map { $0["thoughtSignature"]?.string } == ["sigC", GeminiRequest.noSignature])
            #expect(contents?[2]?["parts"]?[0]?["functionResponse"]?["response"] == ["output": "seen"])
            #expect(
                bench.sent["generationConfig"]?["thinkingConfig"] == ["includeThoughts": true, "thinkingLevel": "HIGH"])
        }
    }

    @Test func endsAndErrorsAreTold() async throws {
        try await onLoop {
            for (word, finish) in [
                ("STOP", .stop), ("MAX_TOKENS", .length), ("SAFETY", .refusal), ("NEW", .other("NEW")),
            ]
                as [(String, FinishReason)]
            {
                let stream = events(part(#"{"text":"x"}"#, #","finishReason":"\#(word)""#))
                let found1 = try await VendorBench(.googleGenerativeAI, pieces: [stream]).answer().finish
                #expect(finish == found1)
            }
            for (event, kind) in [
                (#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, .refusal), (part(#"{"text":"x"}"#), .cutStream),
                (part("", #","finishReason":"MALFORMED_FUNCTION_CALL""#), .brokenAnswer), ("{", .brokenAnswer),
                (#"{"error":{"code":503,"status":"UNAVAILABLE","message":"m"}}"#, .overloaded),
            ] as [(String, ModelError.Kind)] {
                #expect(
                    await VendorBench(.googleGenerativeAI, pieces: [events(event)]).failure()?.kind == kind, "\(event)")
            }
            for (status, word, message, kind) in [
                (400, "INVALID_ARGUMENT", "API key not valid.", .badKey), (403, "PERMISSION_DENIED", "", .badKey),
                (400, "INVALID_ARGUMENT", "exceeds the maximum number of tokens", .contextOverflow),
                (400, "INVALID_ARGUMENT", "no", .badRequest), (404, "NOT_FOUND", "", .unknownModel),
                (429, "RESOURCE_EXHAUSTED", "", .rateLimited), (500, "INTERNAL", "", .server),
                (504, "DEADLINE_EXCEEDED", "", .timeout), (400, "FAILED_PRECONDITION", "enable billing", .billing),
            ] as [(Int, String, String, ModelError.Kind)] {
                let body = #"{"error":{"code":\#(status),"message":"\#(message)","status":"\#(word)"}}"#
                for text in [body, "[\(body)]"] {
                    let error = await VendorBench(.googleGenerativeAI, status: status, body: text).failure()
                    #expect(error?.kind == kind, "\(text)")
                }
            }
            let body = #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"1.5s"}]}}"#
            let error = await VendorBench(.googleGenerativeAI, status: 429, body: body).failure()
            #expect(error?.retryAfter == .milliseconds(1500))
        }
    }
}
