import Platform

/// Errors of OpenAI's API and of those who took it over: `{"error": {"message", "type", "code"}}`, or a text in the
/// object's place, or the object at the top.
struct OpenAIFaults: FaultReader {
    func fault(status: Int, body: JSON?) -> VendorFault {
        let error = body?["error"] ?? body
        let words = Self.words(error)
        return VendorFault(kind(error, words) ?? ModelError.Kind(status: status), words)
    }

    /// OpenRouter gives the status as the code.
    func fault(inStream error: JSON) -> VendorFault {
        let words = Self.words(error)
        let status = error["code"]?.int.flatMap { (400..<600).contains($0) ? $0 : nil }
        return VendorFault(
            kind(error, words) ?? status.map(ModelError.Kind.init(status:)) ?? .server, words, status: status)
    }

    private static func words(_ error: JSON?) -> String {
        error?.string ?? error?["message"]?.string ?? ""
    }

    private func kind(_ error: JSON?, _ words: String) -> ModelError.Kind? {
        for word in [error?["code"]?.string, error?["type"]?.string] {
            switch word {
            case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active": return .billing
            case "context_length_exceeded", "exceed_context_size_error", "string_above_max_length":
                return .contextOverflow
            case "invalid_api_key", "authentication_error", "invalid_authentication": return .badKey
            case "model_not_found": return .unknownModel
            case "content_policy_violation", "content_filter", "bio_policy", "misalignment_policy_violation":
                return .refusal
            case "rate_limit_exceeded", "rate_limit_error": return .rateLimited
            case "server_error", "internal_error": return .server
            case "overloaded_error", "slow_down", "engine_overloaded": return .overloaded
            default: break
            }
        }
        if OverflowWords.occur(in: words) { return .contextOverflow }
        if BillingWords.occur(in: words) { return .billing }
        return nil
    }
}
