import Platform

/// The models of a run and their keys, and which of them can be asked now.
@LoopActor
final class FallbackChain {
    /// A model and one of its keys.
    struct Place: Hashable {
        let model: Int
        let key: Int
    }

    private let candidates: [ModelCandidate]
    private let cooldowns: CooldownTable
    private var tried: Set<Place> = []

    init(_ candidates: [ModelCandidate], _ cooldowns: CooldownTable) {
        self.candidates = candidates
        self.cooldowns = cooldowns
    }

    subscript(place: Place) -> ModelCandidate { candidates[place.model] }

    func profile(_ place: Place) -> String { candidates[place.model].profiles[place.key] }

    /// Where a run begins. If all are cooling, with the one that is soonest done: a time that was set too long must not
    /// leave everybody without an answer.
    func first() -> Place? {
        let all = places(0..<candidates.count)
        if let place = all.first(where: isFree) { return place }
        return all.min { until($0) < until($1) }
    }

    /// Another key of the same model.
    func nextKey(after place: Place) -> Place? {
        places(place.model..<place.model + 1).first { isFree($0) }
    }

    /// The first key of a model behind that one.
    func nextModel(after place: Place) -> Place? {
        places(min(place.model + 1, candidates.count)..<candidates.count).first { isFree($0) }
    }

    func succeeded(_ place: Place) {
        cooldowns.succeeded(profile: profile(place), model: candidates[place.model].target.id)
    }

    func failed(_ place: Place, _ error: ModelError) {
        tried.insert(place)
        cooldowns.failed(profile: profile(place), model: candidates[place.model].target.id, error)
    }

    private func isFree(_ place: Place) -> Bool { !tried.contains(place) && cooldown(place) == nil }

    private func until(_ place: Place) -> Int64 { cooldown(place)?.until.nanoseconds ?? 0 }

    private func cooldown(_ place: Place) -> Cooldown? {
        cooldowns.cooldown(profile: profile(place), model: candidates[place.model].target.id)
    }

    private func places(_ models: Range<Int>) -> [Place] {
        models.flatMap { model in candidates[model].profiles.indices.map { Place(model: model, key: $0) } }
    }
}
