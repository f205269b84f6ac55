import Gateway
import Platform
import Settings

extension Command {
    static let configGet = Command(
        "config get", "print a setting: what the file says, else the default",
        notes: "Secrets are not shown. With --json the value is printed as JSON.",
        arguments: [Argument("path", "the setting, for example gateway.bind")],
        flags: [.json],
        examples: ["openclaw config get gateway.bind", "openclaw config get gateway --json"],
        seeAlso: ["config set", "config schema"],
        run: { invocation throws(CommandFailure) in
            let pointer = try invocation.setting()
            let snapshot = try await invocation.configuration()
            guard let value = snapshot.redacted[pointer] ?? snapshot.schema.standard(at: pointer) else {
                let isKnown = snapshot.schema.governingKey(at: pointer) != nil
                let known = snapshot.schema.keys.map(\.path.description)
                let nearest = isKnown ? nil : NearestName.nearest(to: invocation.arguments[0], among: known)
                throw CommandFailure(
                    .notGood, "not-set",
                    isKnown
                        ? "\(invocation.arguments[0]) is not set and has no default"
                        : "no setting \"\(invocation.arguments[0].shown)\""
                            + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""),
                    next: ["\(invocation.program) config schema"])
            }
            if let text = value.string, !invocation.output.isJSON {
                invocation.output.line(text.shown)
            } else {
                invocation.output.json(value)
            }
            return .good
        })

    static let configFile = Command(
        "config file", "print where the configuration file is",
        flags: [.json],
        examples: ["openclaw config file", "openclaw --profile rescue config file"],
        seeAlso: ["config get", "config validate"],
        run: { invocation in
            let path = invocation.instance.configPath
            if invocation.output.isJSON {
                invocation.output.json(["path": .string(path), "exists": .bool(FilePresence.exists(path))])
            } else {
                invocation.output.line(path)
            }
            return .good
        })

    static let configSchema = Command(
        "config schema", "print the schema of the configuration, or of one setting, as JSON",
        arguments: [Argument("path", "the setting, for example gateway.auth", .optional)],
        flags: [.json],
        examples: ["openclaw config schema", "openclaw config schema gateway.bind"],
        seeAlso: ["config get", "config validate"],
        run: { invocation throws(CommandFailure) in
            let schema = ConfigSchema.product
            guard let path = invocation.arguments.first else {
                invocation.output.json([
                    "schema": schema.jsonSchema, "uiHints": schema.uiHints, "version": .string(Help.version),
                ])
                return .good
            }
            guard let found = schema.lookup(path) else {
                let nearest = NearestName.nearest(to: path, among: schema.keys.map(\.path.description))
                let guess = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
                throw CommandFailure(.notGood, "unknown-setting", "no setting \"\(path.shown)\"\(guess)")
            }
            invocation.output.json(found)
            return .good
        })
}
