package import Platform

/// Makes a snapshot of what the configuration says now, or says all that is wrong with it.
@LoopActor
package struct ConfigLoader {
    /// What becomes of variables and secrets that a value needs.
    package enum Demand: Sendable {
        /// They must be there, except where only a part stays off without them.
        case all
        /// They are left as they are written: for those who edit, whose environment is not the gateway's.
        case none
    }

    private let instance: Instance
    private let environment: Environment
    private let schema: ConfigSchema
    private let runner: any ProcessRunner
    private let workingDirectory: String?

    /// `workingDirectory` is where a `.env` file is looked for first; the process's own unless given.
    package init(
        _ instance: Instance, environment: Environment, schema: ConfigSchema,
        runner: any ProcessRunner = ChildProcess(), workingDirectory: String? = "."
    ) {
        self.instance = instance
        self.environment = environment
        self.schema = schema
        self.runner = runner
        self.workingDirectory = workingDirectory
    }

    package static func load(
        _ instance: Instance, environment: Environment, schema: ConfigSchema
    ) async throws(ConfigRefusal) -> ConfigSnapshot {
        try await ConfigLoader(instance, environment: environment, schema: schema).load()
    }

    /// `text` is taken in the place of the file's contents, when given, and `included` in the place of other files'.
    package func load(
        _ demand: Demand = .all, text: [UInt8]? = nil, included: [String: [UInt8]] = [:]
    ) async throws(ConfigRefusal) -> ConfigSnapshot {
        let (reading, variables) = try await read(text, included)
        do throws(ConfigRefusal) {
            return try await snapshot(of: reading, variables, demand)
        } catch {
            var refusal = error
            refusal.files = [instance.configPath] + reading.wanted
            throw refusal
        }
    }

    private func snapshot(
        of reading: ConfigReader.Reading, _ variables: LayeredEnvironment, _ demand: Demand
    ) async throws(ConfigRefusal) -> ConfigSnapshot {
        guard reading.problems.isEmpty else { throw refusal(reading.problems) }
        var variablesWithConfig = variables
        variablesWithConfig.add(configuration: reading.tree.value)
        var substitution = Substitution(variablesWithConfig)
        let written = reading.tree.value
        var draft = ConfigDraft(tree: reading.tree, value: substitution.apply(to: written), instance: instance)
        draft.take(missing: substitution.missing, demand)
        let validator = SchemaValidator.validate(
            draft.value, written: written, skipping: draft.unknown, by: schema)
        draft.take(validator)
        guard draft.problems.isEmpty else { throw refusal(draft.problems) }
        if demand == .all {
            let resolver = SecretResolver(
                secrets: draft.value["secrets"], environment: variablesWithConfig, instance: instance, runner: runner)
            let refs = draft.references(by: schema)
            let answers = await resolver.resolve(Set(refs.compactMap(\.ref)))
            draft.take(answers, for: refs)
            guard draft.problems.isEmpty else { throw refusal(draft.problems) }
        }
        for (name, value) in substitution.used where SecretNames.isSecret(name) { draft.secrets.insert(value) }
        return snapshot(reading, draft, variablesWithConfig)
    }

    private func read(
        _ text: [UInt8]?, _ included: [String: [UInt8]]
    ) async throws(ConfigRefusal) -> (ConfigReader.Reading, LayeredEnvironment) {
        do throws(FileError) {
            return try await BlockingPool.shared.run { [instance, environment, workingDirectory] () throws(FileError) in
                (
                    try ConfigReader.read(instance, environment: environment, text: text, included: included),
                    LayeredEnvironment.read(environment, instance, workingDirectory: workingDirectory)
                )
            }
        } catch {
            throw ConfigRefusal(
                "\(error)", file: instance.shown(instance.configPath), problems: [])
        }
    }

    private func refusal(_ problems: [ConfigProblem]) -> ConfigRefusal {
        ConfigRefusal(file: instance.shown(instance.configPath), problems: problems.inOrder)
    }

    private func snapshot(
        _ reading: ConfigReader.Reading, _ draft: ConfigDraft, _ environment: LayeredEnvironment
    ) -> ConfigSnapshot {
        let secrets = draft.secrets.union(
            SecretWalk.secrets(in: draft.value, by: schema).filter { !$0.pointer.isOrdinaryVariable }.map(\.text))
        return ConfigSnapshot(
            path: instance.configPath, exists: reading.bytes != nil,
            raw: reading.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "",
            hash: reading.bytes.map { Hex.encode(SHA256.hash($0)) },
            parsed: reading.tree.sources.first?.document.value ?? [:], config: reading.tree.value,
            resolved: draft.value,
            files: [instance.configPath]
                + reading.tree.sources.dropFirst().map(\.path), warnings: draft.warnings.inOrder,
            degraded: draft.degraded, secrets: secrets, environment: environment, schema: schema, tree: reading.tree)
    }
}

extension JSONPointer {
    /// Whether it is a value under `env` whose name is that of no secret: hidden from clients, but too ordinary a text
    /// to be blotted out wherever it occurs in a log.
    fileprivate var isOrdinaryVariable: Bool {
        tokens.first == "env" && tokens.last.map { !SecretNames.isSecret($0) } == true
    }
}

extension [ConfigProblem] {
    /// The main file's first, each file's from top to bottom.
    var inOrder: [ConfigProblem] {
        enumerated().sorted { a, b in
            (a.element.includedFile ?? "", a.element.line ?? 0, a.element.column ?? 0, a.offset)
                < (b.element.includedFile ?? "", b.element.line ?? 0, b.element.column ?? 0, b.offset)
        }.map(\.element)
    }
}
