import Platform
import Wire

/// Errors of Google's APIs: `{"error": {"code", "message", "status", "details"}}`, sometimes in an array.
struct GeminiFaults: FaultReader {
    func fault(status: Int, body: JSON?) -> VendorFault {
        let error = (body?[0] ?? body)?["error"]
        let words = error?["message"]?.string ?? ""
        var fault = VendorFault(kind(error, words) ?? ModelError.Kind(status: status), words)
        for detail in error?["details"]?.array ?? [] {
            if let delay = detail["retryDelay"]?.string { fault.retryAfter = RetryAfter.duration(delay) }
        }
        return fault
    }

    func fault(inStream json: JSON) -> VendorFault {
        let status = json["error"]?["code"]?.int ?? 500
        var fault = fault(status: status, body: json)
        fault.status = status
        return fault
    }

    private func kind(_ error: JSON?, _ words: String) -> ModelError.Kind? {
        let reasons = error?["details"]?.array?.compactMap { $0["reason"]?.string } ?? []
        if reasons.contains("API_KEY_INVALID") || reasons.contains("API_KEY_SERVICE_BLOCKED") { return .badKey }
        if reasons.contains("BILLING_DISABLED") { return .billing }
        switch error?["status"]?.string {
        case "RESOURCE_EXHAUSTED": return .rateLimited
        case "UNAUTHENTICATED", "PERMISSION_DENIED": return .badKey
        case "NOT_FOUND": return .unknownModel
        case "UNAVAILABLE": return .overloaded
        case "DEADLINE_EXCEEDED": return .timeout
        case "INTERNAL", "UNKNOWN": return .server
        case "FAILED_PRECONDITION": return BillingWords.occur(in: words) ? .billing : .badRequest
        case "INVALID_ARGUMENT":
            if words.lowercased().contains("api key") { return .badKey }
            return OverflowWords.occur(in: words) ? .contextOverflow : .badRequest
        default: return nil
        }
    }
}
