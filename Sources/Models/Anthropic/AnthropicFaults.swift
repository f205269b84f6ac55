import Platform

/// Errors of the Messages API: `{"type": "error", "error": {"type", "message"}}`, in a body or within the stream.
struct AnthropicFaults: FaultReader {
    func fault(status: Int, body: JSON?) -> VendorFault {
        let words = body?["error"]?["message"]?.string ?? ""
        let kind = kind(body?["error"]?["type"]?.string, words) ?? ModelError.Kind(status: status)
        return VendorFault(kind, words)
    }

    func fault(inStream json: JSON) -> VendorFault {
        let words = json["error"]?["message"]?.string ?? ""
        return VendorFault(kind(json["error"]?["type"]?.string, words) ?? .server, words)
    }

    private func kind(_ type: String?, _ words: String) -> ModelError.Kind? {
        switch type {
        case "rate_limit_error": .rateLimited
        case "overloaded_error": .overloaded
        case "api_error": .server
        case "timeout_error": .timeout
        case "authentication_error", "permission_error": .badKey
        case "billing_error": .billing
        case "not_found_error": .unknownModel
        case "request_too_large": .contextOverflow
        case "invalid_request_error" where OverflowWords.occur(in: words): .contextOverflow
        case "invalid_request_error" where BillingWords.occur(in: words): .billing
        case "invalid_request_error": .badRequest
        default: nil
        }
    }
}
