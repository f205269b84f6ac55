import Gateway
import Platform
import Settings

extension Invocation {
    /// What the configuration says about reaching the gateway. One that is not sound is a fact like any other: the
    /// gateway may run on an earlier one.
    @LoopActor
    func clientSettings() async -> ClientSettings {
        do throws(ConfigRefusal) {
            // Secrets are fetched only if one is needed here: to ask a password store takes its time.
            var snapshot = try await configLoader.load(.none)
            if ClientSettings.needsSecrets(snapshot.resolved) { snapshot = try await configLoader.load(.all) }
            return ClientSettings(snapshot.resolved, instance) { snapshot.environment.find($0) }
        } catch {
            return await settingsOfUnsound(error)
        }
    }

    @LoopActor
    var configLoader: ConfigLoader {
        ConfigLoader(instance, environment: environment, schema: .product, runner: surroundings.runner)
    }

    /// What can be had from a configuration with errors in it.
    @LoopActor
    private func settingsOfUnsound(_ refusal: ConfigRefusal) async -> ClientSettings {
        let bytes = try? await FileReading.read(instance.configPath, limit: Self.configLimit)
        let config = bytes.flatMap { try? JSON5Document($0).value } ?? [:]
        var settings = ClientSettings(config, instance) { name in
            environment[name].map { ($0, "the environment") }
        }
        let first = refusal.problems.first.map { ", first: \($0)" } ?? ""
        settings.problem = "\(refusal.description.prefix { $0 != "\n" })\(first); see: \(program) config validate"
        return settings
    }

    static let configLimit = 4 * 1024 * 1024
}
