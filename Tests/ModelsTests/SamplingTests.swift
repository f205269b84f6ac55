import Platform
import Testing

@testable import Models

/// What a caller wants of the choice of words, and what each vendor is told of it.
@Suite struct SamplingTests {
    private static func request(thinking: ThinkingStyle = .none) -> ModelRequest {
        var request = ModelRequest.thinking(thinking, .low)
        request.limits.topP = 0.25
        request.limits.presencePenalty = -1
        request.limits.frequencyPenalty = 1.5
        request.limits.seed = 7
        return request
    }

    private static func fields(_ json: JSON?, _ names: [String]) -> [JSON?] { names.map { json?[$0] } }

    @Test func eachVendorIsToldWhatItKnows() {
        let snake = ["top_p", "presence_penalty", "frequency_penalty", "seed"]
        let camel = ["topP", "presencePenalty", "frequencyPenalty", "seed"]
        let all: [JSON?] = [.double(0.25), .double(-1), .double(1.5), 7]
        let none: [JSON?] = [nil, nil, nil, nil]
        let request = Self.request()
        #expect(Self.fields(OpenAIChatRequest(request, .native).json, snake) == all)
        #expect(Self.fields(OpenAIResponsesRequest(request, .native).json, snake) == [.double(0.25), nil, nil, nil])
        #expect(Self.fields(GeminiRequest(request).json["generationConfig"], camel) == all)
        #expect(Self.fields(AnthropicRequest(request, .first).json, snake) == [.double(0.25), nil, nil, nil])
        #expect(Self.fields(AnthropicRequest(request, .second).json, snake) == none)
        // Models that think refuse it; servers like OpenAI's are asked all the same.
        let thinking = Self.request(thinking: .level)
        #expect(Self.fields(OpenAIChatRequest(thinking, .native).json, snake) == none)
        #expect(Self.fields(OpenAIChatRequest(thinking, .compatible).json, snake) == all)
        #expect(Self.fields(OpenAIResponsesRequest(thinking, .native).json, snake) == none)
    }

    @Test func anthropicIsNotToldBothAtOnce() {
        var request = Self.request()
        request.limits.temperature = 0.5
        let json = AnthropicRequest(request, .first).json
        #expect(json["temperature"] == .double(0.5) && json["top_p"] == nil)
    }

    @Test func whatACallerLeavesOpenStaysAsConfigured() {
        var configured = ModelLimits()
        configured.maxTokens = 100
        configured.temperature = 0.2
        configured.stop = ["A"]
        var asked = ModelLimits()
        asked.temperature = 0.9
        asked.seed = 1
        let merged = configured.overridden(by: asked)
        #expect(merged.maxTokens == 100 && merged.temperature == 0.9 && merged.stop == ["A"] && merged.seed == 1)
        asked.stop = ["B"]
        asked.maxTokens = 5
        #expect(configured.overridden(by: asked).stop == ["B"] && configured.overridden(by: asked).maxTokens == 5)
        #expect(configured.overridden(by: ModelLimits()) == configured)
    }
}
