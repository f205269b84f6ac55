package import Platform

/// The process's environment and what files and the configuration add to it. Nothing ever overrides what is there.
package struct LayeredEnvironment: Sendable {
    /// A set of variables and where they come from, as messages name it.
    package struct Layer: Sendable {
        package let source: String
        let values: [String: String]
    }

    private let process: Environment
    /// The process's own variables for this program are another profile's.
    private let isForeign: Bool
    package private(set) var layers: [Layer] = []

    package init(_ process: Environment, isForeign: Bool = false) {
        self.process = process
        self.isForeign = isForeign
    }

    mutating func add(_ values: [String: String], from source: String) {
        layers.append(Layer(source: source, values: values))
    }

    package subscript(name: String) -> String? { find(name)?.value }

    /// The value and where it comes from. An empty one is none.
    package func find(_ name: String) -> (value: String, source: String)? {
        if !(isForeign && Self.isReserved(name)), let value = process[name] { return (value, "the environment") }
        for layer in layers {
            if let value = layer.values[name], !value.isEmpty { return (value, layer.source) }
        }
        return nil
    }

    /// Variables of the program itself. A directory that one happens to work in has no say in them: whoever can put a
    /// file there would choose the gateway's token.
    static func isReserved(_ name: String) -> Bool { name.hasPrefix("OPENCLAW_") }

    /// `.env` of the working directory, then that of the state directory. Blocks.
    static func read(_ process: Environment, _ instance: Instance, workingDirectory: String?) -> LayeredEnvironment {
        var environment = LayeredEnvironment(process, isForeign: instance.isForeignEnvironment)
        if let directory = workingDirectory, directory + "/.env" != instance.environmentFilePath,
            let values = file(directory + "/.env")
        {
            environment.add(values.filter { !isReserved($0.key) }, from: "the working directory's .env")
        }
        if let values = file(instance.environmentFilePath) {
            environment.add(values, from: instance.shown(instance.environmentFilePath))
        }
        return environment
    }

    private static func file(_ path: String) -> [String: String]? {
        (try? FileReading.read(path, limit: DotEnvFile.bytesLimit)).map(DotEnvFile.parse)
    }

    /// Literal values under `env` in the configuration: `env.vars.NAME`, and in older files `env.NAME`.
    mutating func add(configuration: JSON) {
        guard let env = configuration["env"]?.object else { return }
        var values: [String: String] = [:]
        for member in env.members where member.value.string != nil { values[member.key] = member.value.string }
        for member in env["vars"]?.object?.members ?? [] { values[member.key] = member.value.string }
        add(values, from: "env.vars of the configuration")
    }
}
