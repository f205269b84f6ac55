import Platform
import Settings

extension Command {
    static let secretsConfigure = Command(
        "secrets configure", "say where the value of one setting comes from: a variable, a file or a program",
        notes:
            "On a terminal what is not given with a flag is asked for. The secret is fetched once before anything is "
            + "written, and not shown.",
        arguments: [Argument("path", "the setting, for example gateway.auth.token", .optional)],
        flags: [
            Flag("--source", "<word>", "env, file or exec", kind: .oneOf(["env", "file", "exec"])),
            Flag("--env", "<name>", "env: the variable that has the secret"),
            Flag("--file", "<path>", "file: where it is; only its owner may read it"),
            Flag(
                "--pointer", "<pointer>", "file: the way into a JSON file, such as /telegram/token",
                default: "all of it"),
            Flag("--command", "<path>", "exec: the program, an absolute path; it is run without a shell"),
            Flag("--arg", "<word>", "exec: an argument for it", isRepeatable: true),
            Flag("--id", "<id>", "exec: what the program is asked for", default: "value"),
            Flag("--provider", "<id>", "the name of the provider that is written", default: "from the setting"),
            Flag("--unchecked", nil, "write it although the secret cannot be had here"), .yes, .json,
        ],
        examples: [
            "openclaw secrets configure gateway.auth.token --source env --env GATEWAY_TOKEN",
            "openclaw secrets configure gateway.auth.token --source file --file ~/token",
        ],
        seeAlso: ["secrets audit", "secrets apply", "secrets reload"],
        run: { invocation throws(CommandFailure) in try await SecretsConfigure(invocation).run() })
}

/// A reference, the provider that it needs, and how both are written.
@LoopActor
struct SecretsConfigure {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var usage: String { "usage: \(invocation.command.usage)" }
    private var isAsking: Bool {
        invocation.canAsk
    }

    /// What is to be written.
    struct Plan {
        let ref: JSON
        /// The name and the entry; nil where the standard provider of variables will do.
        let provider: (name: String, entry: JSON)?
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let snapshot = try await invocation.configuration()
        var path = invocation.arguments.first ?? ""
        if path.isEmpty { path = try answer("Setting, for example gateway.auth.token", "the path") }
        guard let pointer = JSONPointer(setting: path), !pointer.tokens.isEmpty else {
            throw .usage("\"\(path.shown)\" is not the path of a setting, such as gateway.auth.token", hint: usage)
        }
        guard snapshot.takesReference(pointer) else {
            throw CommandFailure(
                .notGood, "no-reference", "no reference can stand for \(path.shown)",
                next: ["\(invocation.program) secrets audit"])
        }
        let plan = try plan(path, pointer, snapshot)
        try await check(plan, snapshot)
        let lines = [plan.provider.map { "+ secrets.providers.\($0.name): \($0.entry)" }, "+ \(path): \(plan.ref)"]
        if !invocation.output.isJSON {
            invocation.output.line(lines.compactMap(\.self).joined(separator: "\n").shownLines)
        }
        try invocation.confirm("Write this to \(invocation.instance.shown(invocation.instance.configPath))")
        var hadValue = false
        try await invocation.editConfig { before throws(CommandFailure) in
            hadValue = before.parsed[pointer] != nil
            var edits: [ConfigEdit] = []
            if let (name, entry) = plan.provider {
                let place = JSONPointer(["secrets", "providers", name])
                guard Self.isFree(name, for: entry, pointer, before) else {
                    throw CommandFailure(
                        .notGood, "provider-taken", "secrets.providers.\(name) is another provider already",
                        details: ["give this one a name of its own with --provider"])
                }
                if before.parsed[place] != entry { edits.append(.set(place, entry)) }
            }
            return edits + [.set(pointer, plan.ref)]
        }
        await invocation.changed(
            "\(path) comes from \(plan.ref["source"]?.string ?? "")",
            undo: await invocation.wayBack(of: path, to: hadValue ? .null : nil, isSecret: true),
            json: ["path": .string(path), "ref": plan.ref])
        return .good
    }

    // MARK: Where it comes from

    private func plan(
        _ path: String, _ pointer: JSONPointer, _ snapshot: ConfigSnapshot
    ) throws(CommandFailure) -> Plan {
        var source = invocation["--source"] ?? guessedSource ?? ""
        if source.isEmpty { source = try answer("From env, file or exec", "--source") }
        if let name = invocation["--provider"], !SecretRef.isProviderName(name) {
            throw .usage("--provider: \"\(name.shown)\" is no name of a provider, such as vault", hint: usage)
        }
        func name(_ entry: JSON) -> String {
            let base = Self.providerName(pointer)
            let names = [base] + (2...99).map { "\(base)-\($0)" }
            return invocation["--provider"] ?? names.first { Self.isFree($0, for: entry, pointer, snapshot) } ?? base
        }
        let plan: Plan
        switch source {
        case "env":
            let variable = try given("--env", "Variable")
            plan = Plan(ref: ["source": "env", "provider": "default", "id": .string(variable)], provider: nil)
        case "file":
            let file = try given("--file", "File")
            var way = invocation["--pointer"] ?? ""
            if invocation["--pointer"] == nil, isAsking {
                way = try answer("Way into it, such as /token; nothing for all of it", "--pointer", orNothing: true)
            }
            let entry: JSON = [
                "source": "file", "path": .string(absolute(file)),
                "mode": .string(way.isEmpty ? "singleValue" : "json"),
            ]
            let name = name(entry)
            plan = Plan(
                ref: ["source": "file", "provider": .string(name), "id": .string(way.isEmpty ? "value" : way)],
                provider: (name, entry))
        case "exec":
            let command = try given("--command", "Program, an absolute path")
            let id = invocation["--id"] ?? "value"
            var entry: JSON = ["source": "exec", "command": .string(command)]
            let words = invocation.values["--arg"] ?? []
            if !words.isEmpty { entry["args"] = .array(words.map(JSON.string)) }
            if invocation["--id"] == nil { entry["jsonOnly"] = false }
            let name = name(entry)
            plan = Plan(
                ref: ["source": "exec", "provider": .string(name), "id": .string(id)], provider: (name, entry))
        default: throw .usage("\"\(source.shown)\" is none of env, file, exec", hint: usage)
        }
        do throws(SecretRefError) { _ = try SecretRef(plan.ref) } catch {
            throw .usage("\(error)", hint: usage)
        }
        return plan
    }

    private var guessedSource: String? {
        [("--env", "env"), ("--file", "file"), ("--command", "exec")].first { invocation[$0.0] != nil }?.1
    }

    private func absolute(_ path: String) -> String {
        if path.hasPrefix("/") || path.hasPrefix("~") { return path }
        return PathText.normalized((FileFacts.realPath(".") ?? "") + "/" + path)
    }

    /// `channels.telegram.botToken` is telegram: a name that ends as secrets' names do would be hidden as one.
    static func providerName(_ pointer: JSONPointer) -> String {
        let words = pointer.tokens.dropLast().filter { !["channels", "providers", "models"].contains($0) }
        let text = words.joined(separator: "-").lowercased().filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
        }
        let name = String(text.drop { !$0.isLetter }.prefix(48))
        return name.isEmpty ? "own" : name
    }

    /// Whether nobody but the setting itself needs the provider of that name to be another one.
    static func isFree(
        _ name: String, for entry: JSON, _ pointer: JSONPointer, _ snapshot: ConfigSnapshot
    ) -> Bool {
        guard let old = snapshot.config[JSONPointer(["secrets", "providers", name])], old != entry else { return true }
        return snapshot.secretReferences.contains { $0.pointer == pointer && $0.ref.provider == name }
            && !snapshot.secretReferences.contains { $0.pointer != pointer && $0.ref.provider == name }
    }

    private func given(_ flag: String, _ question: String) throws(CommandFailure) -> String {
        if let value = invocation[flag] { return value }
        return try answer(question, flag)
    }

    private func answer(_ question: String, _ flag: String, orNothing: Bool = false) throws(CommandFailure) -> String {
        guard isAsking else { throw .usage("secrets configure needs \(flag)", hint: usage) }
        invocation.output.write("\(question): ")
        let text = (readLine() ?? "").trimmedSpace
        guard !text.isEmpty || orNothing else { throw CommandFailure(.notGood, "not-confirmed", "nothing was changed") }
        return text
    }

    // MARK: Whether it can be had

    private func check(_ plan: Plan, _ snapshot: ConfigSnapshot) async throws(CommandFailure) {
        guard !invocation.has("--unchecked") else { return }
        let ref: SecretRef
        do throws(SecretRefError) { ref = try SecretRef(plan.ref) } catch {
            throw .usage("\(error)", hint: usage)
        }
        var secrets = snapshot.resolved["secrets"] ?? [:]
        if let (name, entry) = plan.provider {
            var providers = secrets["providers"] ?? [:]
            providers[name] = entry
            secrets["providers"] = providers
        }
        let trial = SecretTrial(
            secrets: secrets, snapshot, invocation.instance, runner: invocation.surroundings.runner)
        guard let failure = await trial.failures(of: [ref]).values.first else { return }
        throw CommandFailure(
            .notGood, "unresolved", "the secret cannot be had: \(failure.shown)",
            details: ["nothing was changed; --unchecked writes it all the same"])
    }
}
