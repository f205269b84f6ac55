import Models
import Platform
import Settings

/// What the configuration says of models, as this shell sees it.
struct ModelsView: Sendable {
    let snapshot: ConfigSnapshot
    let models: ModelConfiguration

    /// The main choice as the file has it.
    var written: JSON? { snapshot.config["agents"]?["defaults"]?["model"] }
    var fallbacks: [String] { written?["fallbacks"]?.array?.compactMap(\.string) ?? [] }

    /// Where a provider's keys come from, in the order in which they are tried.
    func keySources(_ provider: String) -> [String] { models.providers[provider]?.profiles.map(\.source) ?? [] }

    func hasKey(_ reference: ModelReference) -> Bool { !keySources(reference.provider).isEmpty }

    /// `default`, `fallback#1`, `alias:fast`: what a model is used as.
    func tags(_ reference: ModelReference) -> [String] {
        var tags: [String] = []
        if let choice = models.defaultChoice {
            if choice.primary == reference { tags.append("default") }
            if let place = choice.fallbacks.firstIndex(of: reference) { tags.append("fallback#\(place + 1)") }
        }
        tags += models.aliases.filter { $0.value == reference }.map { "alias:\($0.key)" }.sorted()
        return tags
    }
}

extension Invocation {
    @LoopActor
    func models() async throws(CommandFailure) -> ModelsView {
        let snapshot = try await configuration(.all)
        return ModelsView(snapshot: snapshot, models: ModelConfiguration(snapshot))
    }
}

extension ModelsView {
    /// The model that a person means.
    func model(_ text: String, _ invocation: Invocation) throws(CommandFailure) -> ModelReference {
        if let reference = models.resolve(text) { return reference }
        let near = models.nearest(to: text).map { "; did you mean \"\($0)\"?" } ?? ""
        let provider = ModelReference(text)?.provider
        let isUnknownProvider = provider.map { models.providers[$0] == nil } ?? false
        throw CommandFailure(
            .notGood, "unknown-model", "no model \"\(text.shown)\"\(near)",
            details: isUnknownProvider
                ? ["the provider \(provider!.shown) is not configured; it needs its address"]
                : ["a model is named provider/model, or by an alias"],
            next: isUnknownProvider
                ? ["\(invocation.program) models auth add \(ShellWord.quoted(provider!)) --base-url https://<host>/v1"]
                : ["\(invocation.program) models list --all"])
    }

    /// How to get a model where there is none.
    static func advice(_ invocation: Invocation) -> [String] {
        [
            "\(invocation.program) models auth add anthropic",
            "\(invocation.program) models set anthropic/claude-sonnet-5-5",
        ]
    }
}
