import Gateway
import Platform
import Support

@testable import Settings

/// A home directory with a configuration in it, for one test.
final class ConfigHome: Sendable {
    let scratch = ScratchDirectory()
    let environment: Environment
    let instance: Instance

    /// `variables` are those of the process; HOME is the scratch directory.
    init(_ variables: [String: String] = [:], profile: String? = nil) throws {
        environment = Environment(variables.merging(["HOME": scratch.path]) { given, _ in given })
        var flags = Instance.Flags()
        flags.profile = profile
        instance = try Instance(flags: flags, environment: environment)
        scratch.makeDirectory(".openclaw\(instance.profile.suffix)")
    }

    /// The name of a file in the state directory, below the scratch directory.
    func name(_ file: String) -> String { ".openclaw\(instance.profile.suffix)/\(file)" }

    func write(_ text: String, to file: String = Instance.configName) { scratch.write(text, to: name(file)) }
    func read(_ file: String = Instance.configName) -> String? { scratch.read(name(file)) }
    func names() -> [String] { scratch.names(in: name("")) }

    @LoopActor func loader(
        _ schema: ConfigSchema = .product, runner: (any ProcessRunner)? = nil, workingDirectory: String? = nil
    ) -> ConfigLoader {
        ConfigLoader(
            instance, environment: environment, schema: schema, runner: runner ?? FakeProcessRunner(),
            workingDirectory: workingDirectory)
    }

    func load(
        _ text: String? = nil, _ demand: ConfigLoader.Demand = .all, schema: ConfigSchema = .product,
        runner: (@Sendable @LoopActor () -> any ProcessRunner)? = nil, workingDirectory: String? = nil
    ) async throws -> ConfigSnapshot {
        if let text { write(text) }
        return try await onLoop {
            try await self.loader(schema, runner: runner?(), workingDirectory: workingDirectory).load(demand)
        }
    }

    /// The lines that a configuration is refused with; empty when it is not.
    func refusal(
        _ text: String, schema: ConfigSchema = .product,
        runner: (@Sendable @LoopActor () -> any ProcessRunner)? = nil, workingDirectory: String? = nil
    ) async throws -> [String] {
        do {
            _ = try await load(text, schema: schema, runner: runner, workingDirectory: workingDirectory)
            return []
        } catch let refusal as ConfigRefusal {
            return refusal.problems.map { "\($0)" }
        }
    }
}

/// The text of a fixture in Tests/Fixtures/config.
func fixture(_ name: String) -> String {
    let place = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let bytes = try? FileReading.read("/\(place)/Fixtures/config/\(name)", limit: 1 << 20)
    return String(decoding: bytes ?? [], as: UTF8.self)
}
