import Agents
import Models
import Platform
import Settings

extension Command {
    static let agentsAdd = Command(
        "agents add", "a new agent, written to the configuration",
        arguments: [Argument("agent", "its id: a-z, 0-9, dashes")],
        flags: [
            Flag("--workspace", "<path>", "where it works", default: "a place beside the default agent's"),
            Flag("--model", "<model>", "its own model", default: "that of all agents"),
            Flag("--name", "<name>", "what it is called"), bind, .json,
        ],
        examples: ["openclaw agents add ops", "openclaw agents add ops --model sonnet --bind telegram:ops"],
        seeAlso: ["agents list", "agents delete", "agents set-identity"],
        run: { invocation throws(CommandFailure) in try await addAgent(invocation) })

    static let agentsDelete = Command(
        "agents delete", "take an agent out of the configuration; its files and sessions stay",
        arguments: [Argument("agent", "its id, as agents list shows it")],
        flags: [.yes, .json],
        examples: ["openclaw agents delete ops", "openclaw agents delete ops --yes"],
        seeAlso: ["agents list", "agents add"],
        run: { invocation throws(CommandFailure) in try await deleteAgent(invocation) })

    static let agentsIdentity = Command(
        "agents set-identity", "what an agent calls itself and looks like",
        flags: [
            .agent, Flag("--name", "<name>", "what it is called"),
            Flag("--emoji", "<sign>", "its sign"), Flag("--theme", "<words>", "what it is like"),
            Flag("--avatar", "<path>", "its picture: a path in its workspace, or an address"), .json,
        ],
        examples: [
            "openclaw agents set-identity --agent main --name Molly",
            "openclaw agents set-identity --agent ops --name Ops --theme 'terse and exact'",
        ],
        seeAlso: ["agents list", "agents add"],
        run: { invocation throws(CommandFailure) in try await setIdentity(invocation) })

    fileprivate static let bind = Flag(
        "--bind", "<channel[:account]>", "what it answers", isRepeatable: true)

    static let agentsBind = Command(
        "agents bind", "have an agent answer a channel, or one account of it",
        notes: "Bindings are kept for channels; until a channel is set up, none is used.",
        flags: [.agent, bind, .json],
        examples: [
            "openclaw agents bind --agent ops --bind telegram", "openclaw agents bind --agent ops --bind telegram:work",
        ],
        seeAlso: ["agents bindings", "agents unbind"],
        run: { invocation throws(CommandFailure) in try await changeBindings(invocation, isAddition: true) })

    static let agentsUnbind = Command(
        "agents unbind", "take bindings of an agent away",
        flags: [.agent, bind, Flag("--all", nil, "all bindings of the agent"), .yes, .json],
        examples: [
            "openclaw agents unbind --agent ops --bind telegram", "openclaw agents unbind --agent ops --all --yes",
        ],
        seeAlso: ["agents bindings", "agents bind"],
        run: { invocation throws(CommandFailure) in try await changeBindings(invocation, isAddition: false) })
}

/// Characters of an agent's id.
private let idLength = 64

private func checkedID(_ text: String) throws(CommandFailure) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
    }
    let isGood = isPlain && !text.isEmpty && text.count <= idLength && text.first != "-" && text.first != "_"
    guard isGood else {
        throw CommandFailure(
            .usage, "usage", "\"\(text.shown)\" is no agent's id",
            details: ["a-z, 0-9, - and _, at most \(idLength) of them, with a letter or digit first"])
    }
    return text
}

@LoopActor
private func bindings(_ invocation: Invocation) throws(CommandFailure) -> [Binding] {
    var found: [Binding] = []
    for text in invocation.values["--bind"] ?? [] {
        guard let binding = Binding(text) else {
            throw .usage("--bind: \"\(text.shown)\" is no channel", hint: "for example telegram, or telegram:work")
        }
        if !found.contains(binding) { found.append(binding) }
    }
    return found
}

@LoopActor
private func addAgent(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let id = try checkedID(invocation.arguments[0])
    let bindings = try bindings(invocation)
    var model: String?
    if let text = invocation["--model"] {
        model = try await invocation.models().model(text, invocation).description
    }
    try await invocation.editConfig { before throws(CommandFailure) in
        let view = AgentsView(before)
        guard view.settings.agent(id) == nil else {
            throw CommandFailure(
                .notGood, "exists", "agent \(id) is there already", next: ["\(invocation.program) agents list"])
        }
        try refuseTaken(bindings, by: id, view, invocation)
        var entry = JSON.object(JSONObject())
        for (key, value) in [
            ("name", invocation["--name"]), ("workspace", invocation["--workspace"]), ("model", model),
        ] {
            entry[key] = value.map { .string($0) }
        }
        var edits: [ConfigEdit] = []
        // The agent that is there without being named must stay when another is.
        if AgentsView.entry(view.settings.defaultID, in: before.parsed) == nil {
            edits += AgentsView.addition(view.settings.defaultID, ["default": true], to: before.parsed)
        }
        edits += AgentsView.addition(id, entry, to: before.parsed)
        if !bindings.isEmpty { edits.append(appended(bindings.map { $0.json(id) }, to: before.parsed)) }
        return edits
    }
    await invocation.changed(
        "agent \(id) is there", undo: "\(invocation.program) agents delete \(id)", json: ["agentId": .string(id)])
    if !invocation.output.isJSON {
        invocation.output.command("  Next: ", "\(invocation.program) agent --agent \(id) --message 'Hello'")
    }
    return .good
}

@LoopActor
private func deleteAgent(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let id = invocation.arguments[0]
    let view = try await invocation.agents()
    let agent = try view.known(id, invocation)
    guard agent.id != view.settings.defaultID else {
        throw CommandFailure(
            .notGood, "default-agent", "\(agent.id.shown) is the default agent and cannot be deleted",
            details: ["make another the default first: \"default\": true in its entry"],
            next: ["\(invocation.program) agents list"])
    }
    let workspace = view.workspace(agent, invocation)
    let bound = view.bindings(of: agent.id).count
    try invocation.confirm(
        "Delete agent \(agent.id) and its \(bound) bindings; \(invocation.instance.shown(workspace)) stays".shown)
    try await invocation.editConfig { before in
        guard let entry = AgentsView.entry(agent.id, in: before.parsed) else { return [] }
        var edits: [ConfigEdit] = [.remove(entry.pointer)]
        if bound > 0 {
            let rest = AgentsView.bindings(in: before.parsed).filter { $0["agentId"]?.string != agent.id }
            edits.append(.set(JSONPointer(["bindings"]), .array(rest)))
        }
        return edits
    }
    await invocation.changed(
        "agent \(agent.id) is gone; its files stay in \(invocation.instance.shown(workspace))",
        undo:
            "\(invocation.program) agents add \(ShellWord.quoted(agent.id)) --workspace \(ShellWord.quoted(workspace))",
        json: [
            "agentId": .string(agent.id), "removedBindings": JSON(bound), "workspace": .string(workspace),
            "deletedFiles": false,
        ])
    return .good
}

@LoopActor
private func setIdentity(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let traits = ["name", "emoji", "theme", "avatar"].compactMap { key in
        invocation["--\(key)"].map { (key, $0) }
    }
    guard !traits.isEmpty else {
        throw .usage(
            "set-identity needs one of --name, --emoji, --theme, --avatar", hint: "usage: \(invocation.command.usage)")
    }
    let view = try await invocation.agents()
    let agent = try view.known(invocation["--agent"] ?? view.settings.defaultID, invocation)
    try await invocation.editConfig { before in
        guard let entry = AgentsView.entry(agent.id, in: before.parsed) else {
            let identity = JSON.object(JSONObject(traits.map { ($0.0, .string($0.1)) }))
            return AgentsView.addition(agent.id, ["default": true, "identity": identity], to: before.parsed)
        }
        let place = entry.pointer.appending("identity")
        return traits.map { .set(place.appending($0.0), .string($0.1)) }
    }
    let old = traits.compactMap { key, _ in
        agent.identity?[key]?.string.map { "--\(key) \(ShellWord.quoted($0))" }
    }
    await invocation.changed(
        "\(agent.id): " + traits.map { "\($0.0) is \($0.1)" }.joined(separator: ", "),
        undo: old.isEmpty
            ? nil : "\(invocation.program) agents set-identity --agent \(agent.id) \(old.joined(separator: " "))",
        json: [
            "agentId": .string(agent.id), "identity": .object(JSONObject(traits.map { ($0.0, .string($0.1)) })),
        ])
    return .good
}

// MARK: Bindings

private func appended(_ new: [JSON], to file: JSON) -> ConfigEdit {
    .set(JSONPointer(["bindings"]), .array(AgentsView.bindings(in: file) + new))
}

/// One channel's messages go to one agent.
@LoopActor
private func refuseTaken(
    _ bindings: [Binding], by id: String, _ view: AgentsView, _ invocation: Invocation
) throws(CommandFailure) {
    for json in AgentsView.bindings(in: view.snapshot.parsed) {
        // One with further conditions stands beside any other.
        guard let other = Binding(json: json), bindings.contains(other),
            json == other.json(json["agentId"]?.string ?? "")
        else { continue }
        let owner = json["agentId"]?.string ?? ""
        guard owner != id else { continue }
        throw CommandFailure(
            .notGood, "bound", "\(other.text) is bound to agent \(owner.shown) already",
            next: [
                "\(invocation.program) agents unbind --agent \(ShellWord.quoted(owner)) --bind \(ShellWord.quoted(other.text))"
            ])
    }
}

@LoopActor
private func changeBindings(_ invocation: Invocation, isAddition: Bool) async throws(CommandFailure) -> ExitCode {
    let named = try bindings(invocation)
    guard !named.isEmpty || (!isAddition && invocation.has("--all")) else {
        throw .usage(
            "\(invocation.command.name) needs --bind <channel[:account]>\(isAddition ? "" : " or --all")",
            hint: "usage: \(invocation.command.usage)")
    }
    let view = try await invocation.agents()
    let id = try view.known(invocation["--agent"] ?? view.settings.defaultID, invocation).id
    let words = named.map(\.text).joined(separator: ", ")
    if !isAddition { try invocation.confirm("Unbind \(named.isEmpty ? "everything" : words) from agent \(id)".shown) }
    var changed: [JSON] = []
    try await invocation.editConfig { before throws(CommandFailure) in
        let there = AgentsView.bindings(in: before.parsed)
        if isAddition {
            try refuseTaken(named, by: id, AgentsView(before), invocation)
            changed = named.map { $0.json(id) }.filter { !there.contains($0) }
            return changed.isEmpty ? [] : [appended(changed, to: before.parsed)]
        }
        changed = there.filter { json in
            json["agentId"]?.string == id && (named.isEmpty || Binding(json: json).map(named.contains) == true)
        }
        guard !changed.isEmpty else {
            throw CommandFailure(
                .notGood, "not-bound", "agent \(id.shown) is not bound to \(named.isEmpty ? "anything" : words)",
                next: ["\(invocation.program) agents bindings"])
        }
        let gone = changed
        return [.set(JSONPointer(["bindings"]), .array(there.filter { !gone.contains($0) }))]
    }
    let done = changed.compactMap { Binding(json: $0)?.text }
    let flags = done.map { "--bind \(ShellWord.quoted($0))" }.joined(separator: " ")
    let deed = isAddition ? (done.isEmpty ? "was bound to \(words) already" : "is bound to") : "is unbound from"
    await invocation.changed(
        "agent \(id) \(deed) \(done.joined(separator: ", "))".trimmedSpace,
        undo: done.isEmpty
            ? nil : "\(invocation.program) agents \(isAddition ? "unbind" : "bind") --agent \(id) \(flags)",
        json: ["agentId": .string(id), isAddition ? "added" : "removed": .array(changed)])
    return .good
}
