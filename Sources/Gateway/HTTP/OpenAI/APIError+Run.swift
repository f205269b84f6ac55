import Agents
import Models
import Platform
import Wire

extension APIError {
    /// A message that was not taken.
    init(_ refusal: RunRefusal) {
        let text = refusal.description
        switch refusal {
        case .unknownAgent: self = .notFound(text, code: "model_not_found")
        case .blocked: self = APIError(.forbidden, "forbidden", text, mayRetry: false)
        case .queueFull:
            self = APIError(
                .tooManyRequests, "rate_limit_error", text, code: "rate_limit_exceeded", retryAfter: .seconds(2))
        case .notReady: self = .unavailable(text)
        }
    }

    /// A run that was stopped by somebody else before it said anything. Trying it again would do what was stopped.
    static func stopped(_ reason: String) -> APIError {
        APIError(
            HTTPStatus(409), "conflict_error", "the run was stopped before it answered (\(reason))",
            code: "run_aborted", mayRetry: false)
    }

    /// A run that gave no answer.
    init(_ failure: RunFailure) {
        let text = failure.description
        func upstream(_ status: Int, _ code: String? = nil, mayRetry: Bool = true) -> APIError {
            APIError(
                HTTPStatus(status), "api_error", text, code: code, retryAfter: failure.retryAfter, mayRetry: mayRetry)
        }
        switch failure.kind {
        case .rateLimited:
            self = APIError(
                .tooManyRequests, "rate_limit_error", text, code: "rate_limit_exceeded", retryAfter: failure.retryAfter)
        // The account has no money: OpenAI's own answer to that, and no wait helps.
        case .billing:
            self = APIError(.tooManyRequests, "insufficient_quota", text, code: "insufficient_quota", mayRetry: false)
        // The gateway's own key, not the caller's: 401 would have him look at the wrong one.
        case .badKey: self = upstream(502, "provider_key_refused", mayRetry: false)
        case .overloaded: self = upstream(503, "overloaded")
        case .server, .brokenAnswer, .cutStream, .unreachable: self = upstream(502)
        case .timeout, .stall: self = upstream(504)
        case .contextOverflow: self = .invalid(text, param: "messages", code: "context_length_exceeded")
        case .refusal: self = .invalid(text, code: "content_filter")
        case .unknownModel: self = .notFound(text, code: "model_not_found")
        case .badRequest: self = .invalid(text)
        case .cancelled: self = .stopped("cancelled")
        case nil: self = upstream(500)
        }
    }

    /// What a provider said instead of vectors.
    init(_ error: ModelError) {
        self.init(RunFailure(error.description, kind: error.kind, retryAfter: error.retryAfter))
    }

    /// A result that is no answer; nil for one that is.
    static func ofResult(_ result: RunResult, needsTool: Bool) -> APIError? {
        switch result.ending {
        case .clientTools: nil
        case .answered:
            needsTool
                ? APIError(
                    .badGateway, "api_error", "the model did not call a tool, and `tool_choice` demands one") : nil
        // What was said before somebody stopped it is an answer.
        case .aborted(let reason): result.text.isEmpty ? .stopped(reason) : nil
        case .failed(let failure): APIError(failure)
        }
    }
}
