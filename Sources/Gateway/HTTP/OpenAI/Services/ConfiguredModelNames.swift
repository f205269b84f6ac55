import Agents
import Models
import Platform

/// Names of models as the configuration has them: aliases, `provider/model`, a name that only one provider lists.
@LoopActor
final class ConfiguredModelNames: ModelNaming {
    private let models: ModelDesk

    init(_ models: ModelDesk) { self.models = models }

    func model(_ text: String) -> ModelReference? { models.configuration.resolve(text) }
}
