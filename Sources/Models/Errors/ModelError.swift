import Platform

/// Why there is no answer, or no more of it.
package struct ModelError: Error, Equatable, Sendable {
    /// What is to be done follows from this alone (`FallbackPolicy`).
    package enum Kind: String, CaseIterable, Sendable {
        case rateLimited
        case overloaded
        /// The vendor's own failure.
        case server
        /// No answer began in time, or it took too long in all.
        case timeout
        /// An answer began and then nothing more came.
        case stall
        case cutStream
        /// What came is not what the API promises.
        case brokenAnswer
        case billing
        case badKey
        case contextOverflow
        case refusal
        case unknownModel
        case badRequest
        case unreachable
        case cancelled
    }

    package let kind: Kind
    /// The vendor's status, if it answered.
    package let status: Int?
    /// How long the vendor asks to be left alone.
    package let retryAfter: Duration?
    /// Whom it is about: the provider's id, as the configuration has it.
    package let provider: String
    /// What happened, without anything secret.
    package let detail: String

    package init(
        _ kind: Kind, provider: String, status: Int? = nil, retryAfter: Duration? = nil, detail: String = ""
    ) {
        self.kind = kind
        self.provider = provider
        self.status = status
        self.retryAfter = retryAfter
        self.detail = detail
    }

    package static let cancelled = ModelError(.cancelled, provider: "")
}

extension ModelError: CustomStringConvertible {
    package var description: String {
        var text = provider.isEmpty ? "" : "\(provider): "
        text += kind.words
        if let status { text += " (HTTP \(status))" }
        if let retryAfter { text += "; try again in \(ModelError.seconds(retryAfter))" }
        if !detail.isEmpty { text += ": \(detail)" }
        return text
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.inNanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}

extension ModelError.Kind {
    /// What happened, for people.
    package var words: String {
        switch self {
        case .rateLimited: "too many requests"
        case .overloaded: "the service is overloaded"
        case .server: "the service failed"
        case .timeout: "no answer in time"
        case .stall: "the answer stopped without an end"
        case .cutStream: "the connection ended within the answer"
        case .brokenAnswer: "the answer cannot be read"
        case .billing: "the account has no credit left, or its limit is reached"
        case .badKey: "the key was refused"
        case .contextOverflow: "the conversation is longer than the model takes"
        case .refusal: "the answer was withheld"
        case .unknownModel: "no such model"
        case .badRequest: "the request was refused"
        case .unreachable: "the service cannot be reached"
        case .cancelled: "cancelled"
        }
    }

    /// What customary statuses mean when the body says nothing of more use.
    init(status: Int) {
        switch status {
        case 401, 403: self = .badKey
        case 402: self = .billing
        case 404: self = .unknownModel
        case 408, 504: self = .timeout
        case 413: self = .contextOverflow
        case 429: self = .rateLimited
        case 503, 529: self = .overloaded
        case 500...: self = .server
        // A redirect leads away from the configured address, and the key must not follow it.
        case 300..<400: self = .unreachable
        default: self = .badRequest
        }
    }
}
