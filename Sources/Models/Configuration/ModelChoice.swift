/// Which model an agent uses, and which answer when that one does not.
package struct ModelChoice: Equatable, Sendable {
    package var primary: ModelReference
    package var fallbacks: [ModelReference]

    package init(primary: ModelReference, fallbacks: [ModelReference] = []) {
        self.primary = primary
        self.fallbacks = fallbacks
    }

    /// All in the order in which they are asked, each once.
    package var chain: [ModelReference] {
        var all: [ModelReference] = []
        for reference in [primary] + fallbacks where !all.contains(reference) { all.append(reference) }
        return all
    }
}

/// What the configuration wants of requests to a model, beyond which model it is.
package struct ModelParameters: Equatable, Sendable {
    package var temperature: Double?
    package var maxTokens: Int?
    package var cache: CacheRetention?
    package var thinking: ThinkingLevel?

    package init() {}

    /// With what `other` says instead where it says something.
    func overridden(by other: ModelParameters) -> ModelParameters {
        var merged = self
        if let temperature = other.temperature { merged.temperature = temperature }
        if let maxTokens = other.maxTokens { merged.maxTokens = maxTokens }
        if let cache = other.cache { merged.cache = cache }
        if let thinking = other.thinking { merged.thinking = thinking }
        return merged
    }

    package func apply(to request: inout ModelRequest) {
        if let temperature { request.limits.temperature = temperature }
        if let maxTokens { request.limits.maxTokens = maxTokens }
        if let cache { request.cache = cache }
        if let thinking { request.thinking = thinking }
    }
}
