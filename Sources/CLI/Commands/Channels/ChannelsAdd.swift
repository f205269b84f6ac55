import Channels
import Platform
import Settings

extension Command {
    static let channelsAdd = Command(
        "channels add", "set up an account of a chat platform: asks the platform first, then writes the configuration",
        notes: """
            A secret is best given in a file. A token that another gateway of this host uses is refused: each would take the
            other's messages.
            """,
        flags: [
            Flag("--channel", "<name>", "which platform: telegram, discord, slack, irc, …"),
            Flag("--account", "<id>", "which account of it", default: "default"),
            Flag("--token-file", "<path>", "a file with the bot's token"),
            Flag(
                "--set", "<name=value>", "another setting of the account; `@` and a path for a file's content",
                isRepeatable: true),
            Flag("--no-check", nil, "do not ask the platform"), .json,
        ],
        examples: [
            "openclaw channels add --channel telegram --token-file ~/telegram-token",
            "openclaw channels add --channel irc --set host=irc.libera.chat --set nick=molly-bot --set 'channels=[\"#molly\"]'",
        ],
        seeAlso: ["channels login", "channels status", "channels remove", "pairing list"],
        run: { invocation throws(CommandFailure) in try await ChannelAddition(invocation).add() })

    static let channelsRemove = Command(
        "channels remove", "take an account out of the configuration; what it received and sent stays in the state",
        flags: [
            Flag("--channel", "<name>", "which platform"),
            Flag("--account", "<id>", "which account of it", default: "all of them"),
            .yes, .json,
        ],
        examples: [
            "openclaw channels remove --channel irc",
            "openclaw channels remove --channel telegram --account work --yes",
        ],
        seeAlso: ["channels add", "channels logout", "channels stop", "config restore"],
        run: { invocation throws(CommandFailure) in
            let channel = try invocation.required("--channel").lowercased()
            let account = invocation["--account"]?.lowercased()
            let steps = ["channels", channel] + (account.map { ["accounts", $0] } ?? [])
            let pointer = JSONPointer(steps)
            try invocation.confirm(
                "\(steps.joined(separator: ".").shown) will be taken out of \(invocation.instance.configPath).")
            try await invocation.editConfig { before throws(CommandFailure) in
                guard before.parsed[pointer] != nil else {
                    throw CommandFailure(
                        .notGood, "unknown-channel",
                        "there is no \(steps.joined(separator: ".").shown) in the configuration",
                        next: ["\(invocation.program) channels list"])
                }
                return [.remove(pointer)]
            }
            await invocation.changed(
                "\(steps.joined(separator: ".").shown) is removed", undo: "\(invocation.program) config restore",
                json: ["channel": .string(channel)])
            return .good
        })
}

/// One account on its way into the configuration.
@LoopActor
private struct ChannelAddition {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func add() async throws(CommandFailure) -> ExitCode {
        var draft = ChannelDraft(try invocation.platform(), account: invocation["--account"])
        draft.values = try await settings(draft.platform)
        return try await invocation.bringIn(draft, undo: "channels remove \(draft.words)", "is set up")
    }

    // MARK: What is given

    private func settings(_ platform: ChannelPlatform) async throws(CommandFailure) -> [(setting: String, value: JSON)]
    {
        var values: [(setting: String, value: JSON)] = []
        if let path = invocation["--token-file"] {
            values.append((platform.tokenSetting, .string(try await invocation.secretFile(path))))
        }
        for text in invocation.values["--set"] ?? [] {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw .usage("--set: \"\(text.shown)\" is no name=value", hint: "usage: \(invocation.command.usage)")
            }
            values.append((parts[0], try await value(parts[1])))
        }
        return values
    }

    private func value(_ text: String) async throws(CommandFailure) -> JSON {
        if text.hasPrefix("@") { return .string(try await invocation.secretFile(String(text.dropFirst()))) }
        guard let json = try? JSONParser.parse(Array(text.utf8)) else { return .string(text) }
        return json
    }
}

extension Invocation {
    /// Bytes of a file with a secret.
    private static let secretLimit = 64 << 10

    /// The channel that `--channel` names, or else the only one that is set up.
    @LoopActor
    func channel() async throws(CommandFailure) -> String {
        if let name = self["--channel"] { return name.lowercased() }
        let section = (try? await configuration())?.resolved["channels"]
        let names = ChannelPlatform.all.map(\.id).filter { section?[$0]?.object != nil }
        if names.count == 1 { return names[0] }
        throw .usage(
            names.isEmpty
                ? "no channel is set up, so --channel must name one"
                : "several channels are set up, so --channel must name one: \(names.joined(separator: ", "))",
            hint: "usage: \(command.usage)")
    }

    /// The platform that `--channel` names.
    func platform() throws(CommandFailure) -> ChannelPlatform { try platform(try required("--channel").lowercased()) }

    func platform(_ name: String) throws(CommandFailure) -> ChannelPlatform {
        if let platform = ChannelPlatform.all.first(where: { $0.id == name }) { return platform }
        throw CommandFailure(
            .usage, "usage", "there is no channel \"\(name.shown)\"",
            details: ["one of \(ChannelPlatform.all.map(\.id).joined(separator: ", "))"])
    }

    /// What a file holds, without the space around it.
    func secretFile(_ path: String) async throws(CommandFailure) -> String {
        let path = instance.expanded(path)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try await FileReading.read(path, limit: Self.secretLimit)
        } catch {
            throw CommandFailure(.notGood, "no-secret", "the file with the secret cannot be read: \(error)")
        }
        let text = String(decoding: bytes, as: UTF8.self).withoutOuterSpace
        guard !text.isEmpty else { throw CommandFailure(.notGood, "no-secret", "\(path.shown) is empty") }
        return text
    }

    /// Checks an account and writes it.
    @LoopActor
    func bringIn(_ draft: ChannelDraft, undo: String, _ done: String) async throws(CommandFailure) -> ExitCode {
        let identity = try await check(draft)
        try await editConfig { before throws(CommandFailure) in draft.edits(before.parsed) }
        var json: JSON = ["channel": .string(draft.platform.id), "accountId": .string(draft.name)]
        json["bot"] = identity.map { ["id": .string($0.id), "name": .string($0.name)] }
        let words = identity.map { ": the platform knows it as \($0.name.shown)" } ?? ""
        await changed("\(draft.account) \(done)\(words)", undo: "\(program) \(undo)", json: json)
        guard !output.isJSON else { return .good }
        for finding in identity?.findings ?? [] { output.line("  ▲ \(finding.shown)") }
        output.command("  Next: write to it, then ", "\(program) pairing list")
        return .good
    }

    /// Nil when the platform was not to be asked.
    @LoopActor
    private func check(_ draft: ChannelDraft) async throws(CommandFailure) -> BotIdentity? {
        if let (setting, profile, theirs) = draft.user(among: await Neighbours(beside: self)) {
            throw CommandFailure(
                .notGood, "token-taken", "\(setting.shown) is used by profile \(profile) already (\(theirs))",
                details: ["each gateway would take the other's messages; give this one an account of its own"],
                next: ["\(program) channels list"])
        }
        let before = try await configuration()
        guard let settings = draft.settings(in: before.resolved, { before.environment[$0] }) else {
            throw CommandFailure(.notGood, "no-account", "\(draft.platform.id) has no account \(draft.name.shown)")
        }
        if has("--no-check") {
            do throws(ChannelProblem) { try await draft.withConnector(settings, self) { _ in } } catch {
                throw incomplete(error)
            }
            return nil
        }
        switch await draft.verdict(settings, self) {
        case .known(let identity): return identity
        case .incomplete(let problem): throw incomplete(problem)
        case .refused(let fault):
            var details: [String] = ["nothing was written; --no-check writes it all the same"]
            if case .lasting(_, let cure) = fault { details.insert(cure, at: 0) }
            throw CommandFailure(
                .notGood, "not-working", "\(draft.platform.facts.label) does not let it in: \(fault.reason.shown)",
                details: details)
        }
    }

    private func incomplete(_ problem: ChannelProblem) -> CommandFailure {
        CommandFailure(
            .notGood, "incomplete", "\(problem.setting.shown) \(problem.reason)", details: [problem.cure],
            next: ["\(program) channels add --help"])
    }
}
