import Platform
import Settings
import Support

@testable import Gateway

/// A configuration from its JSON, read as from a file.
enum APISnapshot {
    static func of(_ json: JSON) async throws -> ConfigSnapshot {
        let scratch = ScratchDirectory()
        let environment = Environment(["HOME": scratch.path])
        let instance = try Instance(flags: Instance.Flags(), environment: environment)
        scratch.makeDirectory(".openclaw")
        scratch.write("\(json)", to: ".openclaw/\(Instance.configName)")
        return try await onLoop {
            try await ConfigLoader(instance, environment: environment, schema: .product).load()
        }
    }
}
