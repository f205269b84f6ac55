/// A model of a provider, as the configuration writes it: `anthropic/claude-opus-5-5`.
package struct ModelReference: Hashable, Sendable, CustomStringConvertible {
    package let provider: String
    /// May have slashes of its own, as OpenRouter's do.
    package let model: String

    package init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }

    /// Nil where there is no provider before a slash.
    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"), slash != text.startIndex else { return nil }
        provider = String(text[..<slash]).lowercased()
        model = String(text[text.index(after: slash)...])
        if model.isEmpty { return nil }
    }

    package var description: String { "\(provider)/\(model)" }
}
