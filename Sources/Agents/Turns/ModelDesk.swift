package import Models
package import Platform
import Settings

/// The models as they are configured now. A run takes what it needs when it begins; a changed configuration is in use
/// from the next run on, and what failed lately is known over all of them.
@LoopActor
package final class ModelDesk {
    package typealias Sources = @LoopActor (ModelConfiguration) -> any ProviderSource

    package private(set) var configuration: ModelConfiguration
    package private(set) var sources: any ProviderSource
    package let cooldowns: CooldownTable
    package let clock: any Clock
    private let makeSources: Sources

    package init(
        _ configuration: ModelConfiguration = ModelConfiguration(.object(JSONObject()), environment: { _ in nil }),
        clock: any Clock, sources: @escaping Sources
    ) {
        self.configuration = configuration
        self.clock = clock
        makeSources = sources
        self.sources = sources(configuration)
        cooldowns = CooldownTable(clock)
    }

    package func take(_ configuration: ModelConfiguration) {
        self.configuration = configuration
        sources = makeSources(configuration)
    }

    /// Who answers a run, in the order in which they are asked, and who of those that were chosen cannot be.
    package func line(_ chosen: ModelReference?, agent id: String) -> ModelLine {
        let usual = configuration.choice(agent: id)
        let choice: ModelChoice
        if let chosen {
            choice = ModelChoice(primary: chosen, fallbacks: usual?.chain ?? [])
        } else if let usual {
            choice = usual
        } else {
            return ModelLine(
                candidates: [], left: [], isChosen: false, configuration: configuration, sources: sources)
        }
        let (candidates, left) = configuration.candidates(choice)
        return ModelLine(
            candidates: candidates, left: left, isChosen: true, configuration: configuration, sources: sources)
    }

    package func run(
        _ request: ModelRequest, _ line: ModelLine, compaction: Compaction? = nil
    ) -> FallbackRun {
        FallbackRun(
            request, line.candidates, sources: line.sources, cooldowns: cooldowns, compaction: compaction, clock: clock)
    }
}

/// The models that a run may ask, as they were configured when it began.
package struct ModelLine: Sendable {
    package let candidates: [ModelCandidate]
    package let left: [ModelProblem]
    /// Whether any model was chosen at all.
    package let isChosen: Bool
    package let configuration: ModelConfiguration
    let sources: any ProviderSource

    package var first: ModelReference? { candidates.first?.reference }
}
