package import Platform

/// A model that may answer, and the keys it may be asked with.
package struct ModelCandidate: Equatable, Sendable {
    package let reference: ModelReference
    package let target: ModelTarget
    /// Names of keys, in the order in which they are tried; one at least, also where no key is needed.
    package let profiles: [String]

    package init(_ reference: ModelReference, _ target: ModelTarget, profiles: [String]) {
        self.reference = reference
        self.target = target
        self.profiles = profiles
    }
}

/// Gives the provider that asks a candidate's model with one of its keys.
@LoopActor
package protocol ProviderSource: AnyObject, Sendable {
    func provider(for reference: ModelReference, profile: String) throws(ModelError) -> any Provider
}

/// One attempt of a run and what came of it. The key goes by its name.
package struct ModelAttempt: Equatable, Sendable, CustomStringConvertible {
    package let model: ModelReference
    package let profile: String
    /// Nil if it answered.
    package let error: ModelError?
    package let decision: FallbackDecision?
    /// What a failed attempt cost nonetheless.
    package let usage: ModelUsage

    package var description: String {
        guard let error else { return "\(model): answered" }
        return "\(model): \(error.kind.words)\(error.status.map { " (HTTP \($0))" } ?? "")"
    }
}
