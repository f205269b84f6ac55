import Platform

/// One turn asked of a model, in no vendor's words.
package struct ModelRequest: Equatable, Sendable {
    package var model: ModelTarget
    package var system: [SystemPart]
    package var messages: [ModelMessage]
    package var tools: [ToolDefinition] = []
    package var toolChoice = ToolChoice.auto
    package var limits = ModelLimits()
    package var thinking = ThinkingLevel.off
    package var cache = CacheRetention.short
    /// The same for all requests of a conversation, so that a vendor can keep them together. Not a secret.
    package var cacheKey: String?
    package var deadlines = ModelDeadlines()

    package init(_ model: ModelTarget, system: [SystemPart] = [], messages: [ModelMessage]) {
        self.model = model
        self.system = system
        self.messages = messages
    }
}

/// The model as its vendor calls it, and what is known of it.
package struct ModelTarget: Equatable, Sendable {
    package var id: String
    package var traits: ModelTraits

    package init(_ id: String, _ traits: ModelTraits = ModelTraits()) {
        self.id = id
        self.traits = traits
    }
}

/// What a request to a model depends on.
package struct ModelTraits: Equatable, Sendable {
    package var thinking: ThinkingStyle
    package var acceptsImages: Bool
    /// Tokens of one answer at most; nil where that is not known.
    package var outputLimit: Int?

    package init(thinking: ThinkingStyle = .none, acceptsImages: Bool = true, outputLimit: Int? = nil) {
        self.thinking = thinking
        self.acceptsImages = acceptsImages
        self.outputLimit = outputLimit
    }
}

/// How a model is told how much to think.
package enum ThinkingStyle: String, CaseIterable, Equatable, Sendable {
    case none
    /// So many tokens.
    case budget
    /// One of several levels, and the model decides within it.
    case level
    /// As `level`; it always thinks, and must not be told otherwise.
    case always
}

/// How much a model is to think before it answers.
package enum ThinkingLevel: String, CaseIterable, Comparable, Sendable {
    case off, minimal, low, medium, high, xhigh, max
    /// As much as the model finds right.
    case adaptive

    package static func < (a: ThinkingLevel, b: ThinkingLevel) -> Bool {
        let all = allCases
        return (all.firstIndex(of: a) ?? 0) < (all.firstIndex(of: b) ?? 0)
    }

    /// Tokens, for vendors that count them; nil where the model is to decide.
    var budget: Int? {
        switch self {
        case .off: 0
        case .minimal: 1024
        case .low: 4096
        case .medium: 8192
        case .high: 16_384
        case .xhigh: 32_768
        case .max: 65_536
        case .adaptive: nil
        }
    }
}

/// How long what was marked is to stay in the vendor's prompt cache.
package enum CacheRetention: String, CaseIterable, Sendable {
    case none, short, long
}

/// What bounds one answer.
package struct ModelLimits: Equatable, Sendable {
    /// Tokens; nil for the model's own limit.
    package var maxTokens: Int?
    /// Left out where a vendor no longer takes it, as what follows.
    package var temperature: Double?
    package var topP: Double?
    package var presencePenalty: Double?
    package var frequencyPenalty: Double?
    package var seed: Int?
    package var stop: [String] = []
    /// Bytes of a whole response as it comes, beyond which it is given up.
    package var responseBytes = defaultResponseBytes

    package static let defaultResponseBytes = 64 * 1024 * 1024

    package init() {}

    /// With what `other` says instead where it says something.
    package func overridden(by other: ModelLimits) -> ModelLimits {
        var merged = self
        merged.maxTokens = other.maxTokens ?? maxTokens
        merged.temperature = other.temperature ?? temperature
        merged.topP = other.topP ?? topP
        merged.presencePenalty = other.presencePenalty ?? presencePenalty
        merged.frequencyPenalty = other.frequencyPenalty ?? frequencyPenalty
        merged.seed = other.seed ?? seed
        if !other.stop.isEmpty { merged.stop = other.stop }
        if other.responseBytes != Self.defaultResponseBytes { merged.responseBytes = other.responseBytes }
        return merged
    }
}

/// How long each part of an answer may take.
package struct ModelDeadlines: Equatable, Sendable {
    package static let defaultConnecting = Duration.seconds(10)
    package static let defaultFirstByte = Duration.seconds(60)
    package static let defaultBetweenBytes = Duration.seconds(60)
    package static let defaultProgress = Duration.seconds(300)
    package static let defaultTotal = Duration.seconds(600)

    package var connecting = defaultConnecting
    /// From the sent request to the response's first byte.
    package var firstByte = defaultFirstByte
    /// Without any byte, while someone waits for one.
    package var betweenBytes = defaultBetweenBytes
    /// Without anything but signs of life, while someone waits. A server that drips single bytes meets this one.
    package var progress = defaultProgress
    package var total = defaultTotal

    package init() {}
}
