import Models
import Platform
import Settings

private let choicePointer = JSONPointer(["agents", "defaults", "model"])

extension Command {
    static let modelsSet = Command(
        "models set", "choose the model that answers",
        arguments: [Argument("model", "provider/model, or an alias")],
        flags: [.json],
        examples: ["openclaw models set anthropic/claude-sonnet-5-5", "openclaw models set sonnet"],
        seeAlso: ["models list", "models auth", "models test"],
        run: { invocation throws(CommandFailure) in try await setModel(invocation) })

    static let modelsFallbacks = Command(
        "models fallbacks", "the models that answer when the first does not: list, add, remove, clear",
        arguments: [
            Argument(
                "what", "list, add, remove or clear", .optional, kind: .oneOf(["list", "add", "remove", "clear"])),
            Argument("model", "provider/model, or an alias", .optional),
        ],
        flags: [.yes, .json],
        examples: ["openclaw models fallbacks list", "openclaw models fallbacks add openai/gpt-5.4"],
        seeAlso: ["models set", "models status"],
        run: { invocation throws(CommandFailure) in try await changeFallbacks(invocation) })

    static let modelsAliases = Command(
        "models aliases", "short names of models: list, add, remove",
        arguments: [
            Argument("what", "list, add or remove", .optional, kind: .oneOf(["list", "add", "remove"])),
            Argument("alias", "the short name", .optional), Argument("model", "provider/model", .optional),
        ],
        flags: [.yes, .json],
        examples: [
            "openclaw models aliases list", "openclaw models aliases add fast anthropic/claude-haiku-5-5",
        ],
        seeAlso: ["models list", "models set"],
        run: { invocation throws(CommandFailure) in try await changeAliases(invocation) })
}

@LoopActor
private func setModel(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let view = try await invocation.models()
    let model = try view.model(invocation.arguments[0], invocation)
    var old: JSON?
    try await invocation.editConfig { before throws(CommandFailure) in
        old = before.parsed[choicePointer]
        let isObject = old?.object != nil
        return [.set(isObject ? choicePointer.appending("primary") : choicePointer, .string(model.description))]
    }
    let before = old?.string ?? old?["primary"]?.string
    await invocation.changed(
        "\(model) answers from now on",
        undo: before.map { "\(invocation.program) models set \(ShellWord.quoted($0))" }
            ?? "\(invocation.program) config unset agents.defaults.model",
        json: ["model": .string(model.description), "hasKey": .bool(view.hasKey(model))])
    if !view.hasKey(model), !invocation.output.isJSON {
        invocation.output.sentence("  There is no key of \(model.provider) yet.")
        invocation.output.command(
            "  Next: ", "\(invocation.program) models auth add \(ShellWord.quoted(model.provider))")
    }
    return .good
}

/// A list in the file, as a command shows and changes it.
@LoopActor
private func changeFallbacks(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let view = try await invocation.models()
    let what = invocation.arguments.first ?? "list"
    let named = invocation.arguments.dropFirst().first
    switch what {
    case "add", "remove":
        guard let named else {
            throw .usage("models fallbacks \(what) needs <model>", hint: "usage: \(invocation.command.usage)")
        }
        let isAddition = what == "add"
        let model = isAddition ? try view.model(named, invocation) : view.models.resolve(named)
        let text = model?.description ?? named
        if !isAddition { try invocation.confirm("Take \(text.shown) out of the fallbacks") }
        try await edit(invocation) { list throws(CommandFailure) in
            let rest = list.filter { $0 != text && $0 != named }
            if !isAddition, rest.count == list.count {
                throw CommandFailure(
                    .notGood, "not-a-fallback", "\(text.shown) is no fallback",
                    next: ["\(invocation.program) models fallbacks list"])
            }
            return isAddition ? rest + [text] : rest
        }
        let back = isAddition ? "remove" : "add"
        await invocation.changed(
            isAddition ? "\(text) answers when those before it do not" : "\(text) is no fallback any more",
            undo: "\(invocation.program) models fallbacks \(back) \(ShellWord.quoted(text))",
            json: ["model": .string(text)])
    case "clear":
        try invocation.confirm("Take out all \(view.fallbacks.count) fallbacks")
        try await edit(invocation) { _ in [] }
        let undo = view.fallbacks.map { "\(invocation.program) models fallbacks add \(ShellWord.quoted($0))" }
        await invocation.changed(
            "no fallbacks any more", undo: undo.isEmpty ? nil : undo.joined(separator: " && "),
            json: ["removed": .array(view.fallbacks.map(JSON.string))])
    default: showFallbacks(view, invocation)
    }
    return .good
}

/// A model that stands alone becomes the first of a choice, so that others can stand behind it.
@LoopActor
private func edit(
    _ invocation: Invocation, _ make: @LoopActor ([String]) throws(CommandFailure) -> [String]
) async throws(CommandFailure) {
    try await invocation.editConfig { before throws(CommandFailure) in
        let written = before.parsed[choicePointer]
        let new = try make(written?["fallbacks"]?.array?.compactMap(\.string) ?? [])
        let list = JSON.array(new.map(JSON.string))
        if written?.object != nil { return [.set(choicePointer.appending("fallbacks"), list)] }
        guard let primary = written?.string else {
            throw CommandFailure(
                .notGood, "no-model", "no model is chosen yet that others could stand behind",
                next: ["\(invocation.program) models set <provider>/<model>"])
        }
        return [.set(choicePointer, ["primary": .string(primary), "fallbacks": list])]
    }
}

@LoopActor
private func showFallbacks(_ view: ModelsView, _ invocation: Invocation) {
    let output = invocation.output
    let list = view.fallbacks
    if output.isJSON { return output.json(["ok": true, "fallbacks": .array(list.map(JSON.string))]) }
    output.line(
        "● \(list.count) \(list.count == 1 ? "fallback" : "fallbacks")"
            + (view.written == nil ? ", and no model is chosen" : ""))
    for (number, model) in list.enumerated() { output.line("  \(number + 1)  \(model.shown)") }
}

@LoopActor
private func changeAliases(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let view = try await invocation.models()
    let what = invocation.arguments.first ?? "list"
    guard what != "list" else {
        showAliases(view, invocation)
        return .good
    }
    guard invocation.arguments.count >= (what == "add" ? 3 : 2) else {
        throw .usage(
            "models aliases \(what) needs <alias>\(what == "add" ? " <model>" : "")",
            hint: "usage: \(invocation.command.usage)")
    }
    let alias = invocation.arguments[1]
    let isWord = alias.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "/" }
    guard !alias.isEmpty, isWord, alias == alias.shown else {
        throw .usage(
            "an alias is one word without a slash, not \"\(alias.shown)\"", hint: "usage: \(invocation.command.usage)")
    }
    let old = view.models.aliases[alias.lowercased()]
    let models = JSONPointer(["agents", "defaults", "models"])
    if what == "add" {
        let model = try view.model(invocation.arguments[2], invocation)
        // A model has one alias.
        var other: String?
        try await invocation.editConfig { before in
            let written = before.parsed[models.appending(model.description).appending("alias")]?.string
            other = written?.lowercased() == alias.lowercased() ? nil : written
            var edits: [ConfigEdit] = []
            if let old, old != model { edits.append(.remove(models.appending(old.description).appending("alias"))) }
            return edits + [.set(models.appending(model.description).appending("alias"), .string(alias))]
        }
        await invocation.changed(
            "\(alias) means \(model)"
                + (other.map { "; \($0.shown), its alias until now, means nothing any more" } ?? ""),
            undo: undo(of: alias, old: old == model ? nil : old, other: other, model, invocation),
            json: ["alias": .string(alias), "model": .string(model.description)])
        return .good
    }
    guard let old else {
        throw CommandFailure(
            .notGood, "unknown-alias", "no alias \"\(alias.shown)\" in the file",
            next: ["\(invocation.program) models aliases list"])
    }
    try invocation.confirm("Take out the alias \(alias) of \(old)")
    try await invocation.editConfig { _ in [.remove(models.appending(old.description).appending("alias"))] }
    await invocation.changed(
        "\(alias) means nothing any more", undo: "\(invocation.program) models aliases add \(alias) \(old)",
        json: ["alias": .string(alias), "model": .string(old.description)])
    return .good
}

/// What gives an alias back to the model that had it, and a model the alias that it had.
private func undo(
    of alias: String, old: ModelReference?, other: String?, _ model: ModelReference, _ invocation: Invocation
) -> String {
    let program = "\(invocation.program) models aliases"
    let back = old.map { "add \(ShellWord.quoted(alias)) \($0)" } ?? "remove \(ShellWord.quoted(alias))"
    return ([back] + (other.map { ["add \(ShellWord.quoted($0)) \(model)"] } ?? []))
        .map { "\(program) \($0)" }.joined(separator: " && ")
}

@LoopActor
private func showAliases(_ view: ModelsView, _ invocation: Invocation) {
    let output = invocation.output
    let aliases = view.models.aliases.sorted { $0.key < $1.key }
    if output.isJSON {
        return output.json([
            "ok": true,
            "aliases": .array(aliases.map { ["alias": .string($0.key), "model": .string($0.value.description)] }),
        ])
    }
    output.line("● \(aliases.count) \(aliases.count == 1 ? "alias" : "aliases") in the file")
    guard !aliases.isEmpty else { return }
    var table = Table("alias", "model")
    table.rows = aliases.map { [$0.key, $0.value.description] }
    output.write(table.text(output.style))
}
