import Agents
import Models
import Platform
import Support
import Testing

@testable import Gateway

/// `POST /v1/responses` (http.md section 4.2).
@Suite struct ResponsesEndpointTests {
    static let path = "/v1/responses"
    static let body: JSON = ["model": "openclaw", "input": "Hi"]

    @Test func aWholeAnswer() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let answer = try await api.post(
                Self.path, Self.body.with(["metadata": ["a": "b"], "instructions": "Be brief."]))
            #expect(answer.status == 200)
            let json = try #require(answer.json)
            #expect(json["id"]?.string == "resp_\(answer.field("x-request-id") ?? "")")
            #expect(json["object"]?.string == "response")
            #expect(json["status"]?.string == "completed")
            #expect(json["metadata"] == ["a": "b"])
            #expect(json["error"]?.isNull == true)
            let item = json["output"]?[0]
            #expect(item?["type"]?.string == "message" && item?["role"]?.string == "assistant")
            #expect(item?["content"]?[0]?["type"]?.string == "output_text")
            #expect(item?["content"]?[0]?["text"]?.string == "Hello, there.")
            #expect(json["usage"]?["input_tokens"]?.int == 19)
            #expect(json["usage"]?["output_tokens_details"]?["reasoning_tokens"]?.int == 2)
            let request = api.runs.requests[0]
            #expect(request.message == [.text("Hi")])
            #expect(request.options.extraSystemPrompt == "Be brief.")
            #expect("\(request.sessionKey)" == "agent:main:openresponses:\(answer.field("x-request-id") ?? "")")
        }
    }

    @Test func theEventsComeInTheirOrder() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.runs.script = { await $0.answer("Hel", "lo") }
            let events = try await api.events(Self.path, Self.body)
            #expect(
                events.map { $0.name ?? $0.data } == [
                    "response.created", "response.in_progress", "response.output_item.added",
                    "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
                    "response.output_text.done", "response.content_part.done", "response.output_item.done",
                    "response.completed", "[DONE]",
                ])
            let all = events.dropLast()
            #expect(all.allSatisfy { $0.json["type"]?.string == $0.name })
            #expect(all.map { $0.json["sequence_number"]?.int } == Array(0..<10))
            #expect(all.compactMap { $0.json["delta"]?.string } == ["Hel", "lo"])
            let done = events[9].json["response"]
            #expect(done?["output"]?[0]?["content"]?[0]?["text"]?.string == "Hello")
            #expect(done?["id"] == events[0].json["response"]?["id"])
            #expect(events[2].json["item"]?["id"] == events[4].json["item_id"])
        }
    }

    @Test func aClientToolCallIsAnItemOfItsOwn() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let call = ToolCall(id: "call_1", name: "f", argumentsText: "{\"a\":1}")
            api.runs.script = {
                await $0.say(.text("I look."))
                await $0.end(.clientTools([call]), "I look.")
            }
            let asked = Self.body.with([
                "tools": [["type": "function", "name": "f", "parameters": ["type": "object"]]],
                "tool_choice": ["type": "function", "name": "f"],
            ])
            let json = try #require(try await api.post(Self.path, asked).json)
            #expect(json["status"]?.string == "incomplete")
            #expect(json["output"]?[1]?["type"]?.string == "function_call")
            #expect(json["output"]?[1]?["call_id"]?.string == "call_1")
            #expect(json["output"]?[1]?["arguments"]?.string == "{\"a\":1}")
            #expect(json["tools"]?[0]?["strict"]?.bool == false)
            let events = try await api.events(Self.path, asked)
            #expect(
                events.map { $0.name ?? $0.data }.suffix(6) == [
                    "response.output_item.added", "response.function_call_arguments.delta",
                    "response.function_call_arguments.done", "response.output_item.done", "response.completed",
                    "[DONE]",
                ])
            #expect(events.suffix(6).first?.json["output_index"]?.int == 1)
        }
    }

    @Test func itemsBecomeMessages() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let input: JSON = [
                ["role": "developer", "content": "Rules."],
                ["role": "user", "content": [["type": "input_text", "text": "Weather?"]]],
                ["type": "reasoning", "id": "rs_1", "summary": []],
                ["type": "message", "role": "assistant", "content": [["type": "output_text", "text": "I look."]]],
                ["type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"],
                ["type": "function_call_output", "call_id": "c1", "output": "sunny"],
            ]
            #expect(try await api.post(Self.path, ["input": input]).status == 200)
            let request = api.runs.requests[0]
            #expect(request.options.extraSystemPrompt == "Rules.")
            #expect(request.message == [.toolResult(ToolResult(callID: "c1", name: "f", parts: [.text("sunny")]))])
            #expect(
                request.options.history == [
                    ModelMessage(.user, "Weather?"), ModelMessage(.assistant, "I look."),
                    ModelMessage(.assistant, [.toolCall(ToolCall(id: "c1", name: "f", argumentsText: "{}"))]),
                ])
            for bad in [
                nil, "", [], 1, [["type": "file_search_call"]], [["role": "robot", "content": "x"]],
                [["type": "function_call_output", "call_id": "c9", "output": "x"]],
                [["role": "user", "content": [["type": "input_file"]]]],
            ] as [JSON] {
                #expect(try await api.post(Self.path, ["input": bad]).status == 400, "\(bad)")
            }
            let words = try await api.post(Self.path, ["input": [["type": "x"]]]).message
            #expect(words?.hasPrefix("input[0].type: must be message") == true)
        }
    }

    @Test func anEarlierResponseIsFollowedOn() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let first = try #require(try await api.post(Self.path, Self.body).json?["id"]?.string)
            let second = try #require(
                try await api.post(Self.path, Self.body.with(["previous_response_id": .string(first)])).json?["id"]?
                    .string)
            _ = try await api.events(Self.path, Self.body.with(["previous_response_id": .string(second)]))
            #expect(Set(api.runs.requests.map { "\($0.sessionKey)" }).count == 1)
            #expect(api.runs.requests.map { $0.options.history == nil } == [false, true, true])
            let result: JSON = [["type": "function_call_output", "call_id": "c1", "output": "x"]]
            #expect(
                try await api.post(Self.path, ["previous_response_id": .string(first), "input": result]).status == 200)
            let unknown = try await api.post(Self.path, Self.body.with(["previous_response_id": "resp_no"]))
            #expect(unknown.status == 400)
            #expect(unknown.json?["error"]?["code"]?.string == "previous_response_not_found")
            let unstored = try #require(
                try await api.post(Self.path, Self.body.with(["store": false])).json?["id"]?.string)
            #expect(
                try await api.post(Self.path, Self.body.with(["previous_response_id": .string(unstored)])).status
                    == 400)
            #expect(api.runs.requests.last?.options.isRecorded == false)
        }
    }

    @Test func theMemoryOfResponsesIsBounded() async throws {
        try await onLoop {
            let memory = ResponseMemory()
            for number in 0...ResponseMemory.limit * 2 { memory.remember("r\(number)", .main("m"), of: "") }
            #expect(memory.key(of: "r\(ResponseMemory.limit)", for: "") == nil)
            #expect(memory.key(of: "r\(ResponseMemory.limit + 1)", for: "") == .main("m"))
            #expect(memory.key(of: "r\(ResponseMemory.limit * 2)", for: "") == .main("m"))
            #expect(memory.key(of: "r\(ResponseMemory.limit * 2)", for: "user:b") == nil)
        }
    }

    @Test func aFailureWithinAStreamIsAFailedResponse() async throws {
        try await onLoop {
            let api = try await APIHarness()
            api.runs.script = {
                await $0.say(.text("Half"))
                await $0.fail(.stall, "the answer stopped")
            }
            let events = try await api.events(Self.path, Self.body)
            let last = events.dropLast().last
            #expect(last?.name == "response.failed")
            #expect(last?.json["response"]?["status"]?.string == "failed")
            #expect(last?.json["response"]?["error"]?["message"]?.string == "the answer stopped")
            api.runs.script = { await $0.fail(.stall, "no answer") }
            #expect(try await api.post(Self.path, Self.body.with(["stream": true])).status == 504)
            api.runs.script = {
                await $0.say(.text("Long"))
                await $0.end(.answered(.length), "Long")
            }
            let cut = try await api.events(Self.path, Self.body).dropLast().last
            #expect(cut?.name == "response.incomplete")
            #expect(cut?.json["response"]?["incomplete_details"]?["reason"]?.string == "max_output_tokens")
        }
    }
}
