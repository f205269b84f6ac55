import Platform
import Wire

/// What a vendor's answer says went wrong, before it is known whose.
struct VendorFault: Error, Equatable {
    var kind: ModelError.Kind
    /// The vendor's own words. They may repeat what was sent, a key included, so they pass through `VendorText` before
    /// anyone reads them.
    var words: String
    var status: Int?
    var retryAfter: Duration?

    init(_ kind: ModelError.Kind, _ words: String = "", status: Int? = nil, retryAfter: Duration? = nil) {
        self.kind = kind
        self.words = words
        self.status = status
        self.retryAfter = retryAfter
    }

    static func broken(_ reason: String) -> VendorFault { VendorFault(.brokenAnswer, reason) }
}

/// Makes a vendor's words fit to be shown.
struct VendorText: Sendable {
    static let limit = 300

    private var redaction = Redaction()

    init(secrets: [String]) {
        for secret in secrets { redaction.register(secret) }
    }

    /// One line of at most `limit` bytes, without secrets. First hidden, then cut: half a key is a secret too.
    func shown(_ words: String) -> String {
        var line = ""
        for scalar in redaction.redact(words).unicodeScalars {
            if line.utf8.count + scalar.utf8.count > Self.limit {
                line += "…"
                break
            }
            let isPrintable = scalar.value >= 0x20 && scalar.value != 0x7f && !(0x80..<0xa0).contains(scalar.value)
            line.unicodeScalars.append(isPrintable && scalar != "\u{2028}" && scalar != "\u{2029}" ? scalar : " ")
        }
        return line
    }
}

/// What tells of a conversation that is too long, in the words of many servers. Not all of them have a code for it.
enum OverflowWords {
    private static let all = [
        "prompt is too long", "input is too long", "context length", "context_length", "context window", "context size",
        "context limit", "maximum number of tokens", "too many tokens", "maximum context", "exceed_context",
        "input token count", "reduce the length", "request too large", "request_too_large",
    ]

    static func occur(in text: String) -> Bool {
        let text = text.lowercased()
        return all.contains { text.contains($0) }
    }
}

/// What tells of an account without money.
enum BillingWords {
    private static let all = [
        "credit balance", "insufficient credits", "insufficient_quota", "insufficient balance",
        "exceeded your current quota",
        "billing", "payment required",
    ]

    static func occur(in text: String) -> Bool {
        let text = text.lowercased()
        return all.contains { text.contains($0) }
    }
}
