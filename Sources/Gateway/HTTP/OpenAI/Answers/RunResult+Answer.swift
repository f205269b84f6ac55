import Agents
import Models
import Platform

extension RunResult {
    /// The tools that the client is to run.
    var toolCalls: [ToolCall] {
        if case .clientTools(let calls) = ending { calls } else { [] }
    }

    /// As Chat Completions write it.
    var finishReason: String {
        switch ending {
        case .answered(let reason): reason == .toolCalls ? "stop" : reason.openAIName
        case .clientTools: "tool_calls"
        case .aborted, .failed: "stop"
        }
    }

    /// Why the answer is not whole, as Responses write it; nil for a whole one.
    var incompleteReason: String? {
        switch finishReason {
        case "length": "max_output_tokens"
        case "content_filter": "content_filter"
        default: nil
        }
    }
}

extension ModelUsage {
    /// As Chat Completions count: what came from a cache is part of the prompt.
    var chatJSON: JSON {
        [
            "prompt_tokens": JSON(context), "completion_tokens": JSON(output), "total_tokens": JSON(total),
            "prompt_tokens_details": ["cached_tokens": JSON(cacheRead)],
            "completion_tokens_details": ["reasoning_tokens": JSON(thinking)],
        ]
    }

    var responsesJSON: JSON {
        [
            "input_tokens": JSON(context),
            "input_tokens_details": ["cached_tokens": JSON(cacheRead), "cache_write_tokens": JSON(cacheWrite)],
            "output_tokens": JSON(output), "output_tokens_details": ["reasoning_tokens": JSON(thinking)],
            "total_tokens": JSON(total),
        ]
    }
}

extension ToolCall {
    /// The arguments as a text that is JSON whatever the model wrote: libraries parse it.
    var soundArguments: String { arguments == nil || argumentsText.isEmpty ? "{}" : argumentsText }
}
