import Models
import Platform
import Settings

extension Command {
    static let modelsAuth = Command(
        "models auth", "keys of model providers: list them, or add one",
        notes:
            "add asks for the key without showing it, or reads it from standard input; it is never an argument. With "
            + "--env the configuration names the variable and holds no key.",
        arguments: [
            Argument("what", "list or add", .optional, kind: .oneOf(["list", "add"])),
            Argument("provider", "the provider's id, for example anthropic", .optional),
        ],
        flags: [
            Flag("--env", "<name>", "keep the name of the variable that has the key, and not the key"),
            Flag("--no-key", nil, "the server of --base-url needs no key"),
            Flag("--base-url", "<url>", "the address of the provider's API, where it is not a known one"),
            Flag(
                "--api", "<word>", "the protocol, with --base-url", kind: .oneOf(ModelAPI.allCases.map(\.rawValue)),
                default: "openai-completions"),
            .json,
        ],
        examples: [
            "openclaw models auth add anthropic", "openclaw models auth add openai --env OPENAI_API_KEY",
        ],
        seeAlso: ["models set", "models test", "models status"],
        run: { invocation throws(CommandFailure) in
            if invocation.arguments.first == "add" { return try await addKey(invocation) }
            return try await listKeys(invocation)
        })
}

@LoopActor
private func listKeys(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let view = try await invocation.models()
    let only = invocation.arguments.dropFirst().first
    let profiles = view.models.providers.values.sorted { $0.id < $1.id }
        .filter { only == nil || $0.id == only }
        .flatMap { provider in provider.profiles.filter { $0.key != nil }.map { (provider.id, $0) } }
    let output = invocation.output
    if output.isJSON {
        output.json([
            "ok": true,
            "profiles": .array(
                profiles.map { provider, profile in
                    [
                        "id": .string(profile.id), "provider": .string(provider), "source": .string(profile.source),
                        "kind": .string(profile.isToken ? "token" : "api_key"),
                    ]
                }),
        ])
        return .good
    }
    output.line("\(profiles.isEmpty ? "▲" : "●") \(profiles.count) \(profiles.count == 1 ? "key" : "keys")")
    guard !profiles.isEmpty else {
        output.command("  Next: ", "\(invocation.program) models auth add \(ShellWord.quoted(only ?? "anthropic"))")
        return .good
    }
    var table = Table("provider", "key", "from")
    table.rows = profiles.map { [$0, $1.id, $1.source] }
    output.write(table.text(output.style))
    return .good
}

@LoopActor
private func addKey(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    guard let provider = invocation.arguments.dropFirst().first else {
        throw .usage("models auth add needs <provider>", hint: "usage: \(invocation.command.usage)")
    }
    guard !provider.isEmpty, !provider.contains("/"), provider == provider.shown else {
        throw .usage("\"\(provider.shown)\" is no provider's id", hint: "usage: \(invocation.command.usage)")
    }
    let view = try await invocation.models()
    guard view.models.providers[provider] != nil || invocation["--base-url"] != nil else {
        let near = NearestName.nearest(to: provider, among: view.models.providers.keys.sorted())
        throw CommandFailure(
            .notGood, "unknown-provider",
            "no provider \"\(provider.shown)\" is known" + (near.map { "; did you mean \"\($0)\"?" } ?? ""),
            details: ["known: " + view.models.providers.keys.sorted().joined(separator: ", ")],
            next: [
                "\(invocation.program) models auth add \(ShellWord.quoted(provider)) --base-url https://<host>/v1"
            ])
    }
    if invocation.has("--no-key"), invocation["--base-url"] == nil || invocation["--env"] != nil {
        throw .usage("--no-key goes with --base-url, and not with --env", hint: "usage: \(invocation.command.usage)")
    }
    var key: JSON?
    if !invocation.has("--no-key") { key = try await askedKey(provider, invocation) }
    let value = key
    let place = JSONPointer(["models", "providers", provider])
    var hadKey = false
    try await invocation.editConfig { before in
        hadKey = before.parsed[place.appending("apiKey")] != nil
        var edits: [ConfigEdit] = []
        if let url = invocation["--base-url"] { edits.append(.set(place.appending("baseUrl"), .string(url))) }
        if let api = invocation["--api"] { edits.append(.set(place.appending("api"), .string(api))) }
        if let value { edits.append(.set(place.appending("apiKey"), value)) }
        return edits
    }
    let setting = "models.providers.\(provider).apiKey"
    let way =
        value == nil
        ? "\(invocation.program) config unset \(ShellWord.quoted("models.providers.\(provider)"))"
        : await invocation.wayBack(of: setting, to: hadKey ? .null : nil, isSecret: true)
    await invocation.changed(
        value == nil
            ? "the provider \(provider) is set up, without a key" : "the key of \(provider) is kept in \(setting)",
        undo: way,
        json: ["provider": .string(provider), "path": .string(setting), "replaced": .bool(hadKey)])
    guard !invocation.output.isJSON else { return .good }
    let chosen = view.models.defaultChoice?.chain.contains { $0.provider == provider } == true
    let example = view.models.models.first { $0.reference.provider == provider }?.reference.description
    invocation.output.command(
        "  Next: ",
        chosen
            ? "\(invocation.program) models test"
            : "\(invocation.program) models set \(example ?? "\(ShellWord.quoted(provider))/<model>")")
    return .good
}

/// Bytes of a key.
private let keyBytes = 16 << 10

@LoopActor
private func askedKey(_ provider: String, _ invocation: Invocation) async throws(CommandFailure) -> JSON {
    if let name = invocation["--env"] {
        let ref: JSON = ["source": "env", "provider": "default", "id": .string(name)]
        do throws(SecretRefError) { _ = try SecretRef(ref) } catch {
            throw .usage("--env: \"\(name.shown)\" is no name of a variable", hint: "for example --env OPENAI_API_KEY")
        }
        return ref
    }
    var line: String?
    if StandardStream.isInputTerminal {
        let prompt = "Key of \(provider) (it is not shown): "
        line = await BlockingPool.shared.run { Terminal.readSecret(prompt) }
        StandardStream.error.write("\n")
        guard line != nil else { throw CommandFailure(.notGood, "not-confirmed", "nothing was changed") }
    } else {
        line = await BlockingPool.shared.run { readLine() }
    }
    let text = (line ?? "").trimmedSpace
    guard !text.isEmpty, text.utf8.count <= keyBytes, text == text.shown else {
        throw CommandFailure(
            .usage, "usage",
            text.isEmpty
                ? "no key was given; nothing was changed" : "that is no key: it has control characters, or is too long",
            next: ["printf '%s' \"$KEY\" | \(invocation.program) models auth add \(ShellWord.quoted(provider))"])
    }
    return .string(text)
}

extension String {
    /// Without white space at both ends.
    var trimmedSpace: String {
        let body = drop { $0.isWhitespace }
        return String(body.reversed().drop { $0.isWhitespace }.reversed())
    }
}
