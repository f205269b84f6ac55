import Channels
import Gateway
import Platform
import Settings

extension Command {
    static let channelsLogin = Command(
        "channels login", "give an account its token, or another one: asks for it unseen, and the platform first",
        notes: """
            On a terminal it asks for what the platform needs, and before it replaces a token; the token is not shown. A
            script gives --token-file.
            """,
        flags: [
            Flag("--channel", "<name>", "which platform: telegram, discord, slack, irc, …"),
            Flag("--account", "<id>", "which account of it", default: "default"),
            Flag("--token-file", "<path>", "a file with the token", default: "asked for"),
            Flag("--no-check", nil, "do not ask the platform"), .yes, .json,
        ],
        examples: [
            "openclaw channels login --channel telegram",
            "openclaw channels login --channel discord --account work --token-file ~/discord-token --yes",
        ],
        seeAlso: ["channels add", "channels logout", "channels status"],
        run: { invocation throws(CommandFailure) in try await ChannelLogin(invocation).run() })

    static let channelsLogout = Command(
        "channels logout", "stop an account, end its session, and take its secrets out of the configuration",
        notes: """
            A secret in a file or a variable of its own stays there: it is named. On Matrix the session ends at the
            homeserver too.
            """,
        flags: channelFlags + [.yes] + Flag.client,
        examples: [
            "openclaw channels logout --channel telegram",
            "openclaw channels logout --channel matrix --account work --yes",
        ],
        seeAlso: ["channels login", "channels stop", "channels remove"],
        run: { invocation throws(CommandFailure) in try await ChannelLogout(invocation).run() })
}

/// Gives an account what lets it in.
@LoopActor
private struct ChannelLogin {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() async throws(CommandFailure) -> ExitCode {
        var draft = ChannelDraft(try invocation.platform(), account: invocation["--account"])
        let before = try await invocation.configuration()
        let known = draft.settings(in: before.resolved) { before.environment[$0] }
        let hasToken = known?.string(draft.platform.tokenSetting) != nil || known?.string("tokenFile") != nil
        if let path = invocation["--token-file"] {
            if hasToken { try invocation.confirm(replacing(draft)) }
            draft.values = [(draft.platform.tokenSetting, .string(try await invocation.secretFile(path)))]
        } else {
            draft.values = try await ask(draft, known, hasToken)
        }
        return try await invocation.bringIn(draft, undo: "channels logout \(draft.words)", "is logged in")
    }

    private func replacing(_ draft: ChannelDraft) -> String {
        "\(draft.account) has a token already; another one takes its place in \(invocation.instance.configPath)."
    }

    private func ask(
        _ draft: ChannelDraft, _ known: AccountSettings?, _ hasToken: Bool
    ) async throws(CommandFailure) -> [(setting: String, value: JSON)] {
        guard invocation.canAsk else {
            throw CommandFailure(
                .usage, "usage", "there is no terminal to ask for the token on",
                next: ["\(invocation.program) channels login \(draft.words) --token-file <path>"])
        }
        let prompter = try Prompter(invocation, language: .english)
        defer { prompter.close() }
        if hasToken, !invocation.has("--yes") {
            prompter.say(replacing(draft))
            guard case .value(true) = try await prompter.confirm("Go on?", initial: false) else {
                throw prompter.left()
            }
        }
        guard let values = try await ChannelQuestions(prompter).values(draft.platform, known) else {
            throw prompter.left()
        }
        return values
    }
}

/// Takes from an account what lets it in.
@LoopActor
private struct ChannelLogout {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() async throws(CommandFailure) -> ExitCode {
        let channel = try await invocation.channel()
        let name = ChannelAccount(channel: channel, account: invocation["--account"] ?? AccountSettings.defaultName)
        try invocation.confirm("\(name) will be stopped, and its secrets taken out of the configuration.")
        var params: JSON = ["channel": .string(channel)]
        params["accountId"] = invocation["--account"].map { .string($0) }
        let request = params
        let answer: JSON
        do throws(CommandFailure) {
            answer = try await invocation.withGateway { gateway throws(CommandFailure) in
                // The homeserver may take its time.
                try await gateway.call(
                    "channels.logout", request, within: invocation.timeout + GatewaySession.tellingTime)
            }
        } catch {
            let isElsewhere = await invocation.clientSettings().isRemote || invocation["--url"] != nil
            guard error.code == .unreachable, !isElsewhere else { throw error }
            answer = try await alone(channel)
        }
        return tell(answer)
    }

    /// While no gateway runs there is nothing to stop.
    private func alone(_ channel: String) async throws(CommandFailure) -> JSON {
        let draft = ChannelDraft(try invocation.platform(channel), account: invocation["--account"])
        let before = try await invocation.configuration()
        guard before.parsed[draft.place(in: before.parsed)] != nil,
            let settings = draft.settings(in: before.resolved, { before.environment[$0] })
        else {
            throw CommandFailure(
                .notGood, "unknown-channel", "there is no account \("\(draft.account)".shown) in the configuration",
                next: ["\(invocation.program) channels list"])
        }
        let clock = invocation.surroundings.clock
        let session = try? await draft.withConnector(settings, invocation) { connector -> JSON? in
            guard let connector = connector as? any SessionEnding else { return nil }
            let fault = await SessionExit(clock).end(connector, within: ConnectorTrial.time)
            return fault.map { ["ended": false, "error": .string($0.reason)] } ?? ["ended": true]
        }
        var found = ChannelCredentials(draft.account, draft.platform, [:]) { _ in nil }
        try await invocation.editConfig { before throws(CommandFailure) in
            found = ChannelCredentials(draft.account, draft.platform, before.parsed) { before.environment[$0] }
            return found.edits
        }
        return .channelExit(draft.account, found, session ?? nil)
    }

    private func tell(_ answer: JSON) -> ExitCode {
        let output = invocation.output
        let isOut = answer["loggedOut"]?.bool == true
        guard !output.isJSON else {
            output.json(answer)
            return isOut ? .good : .notGood
        }
        let channel = answer["channel"]?.string ?? ""
        let account = answer["accountId"]?.string ?? AccountSettings.defaultName
        let name = ChannelAccount(channel: channel, account: account)
        let cleared = answer["cleared"]?.bool == true
        output.line(
            isOut
                ? "\(output.style.paint("✓", .green)) \("\(name)".shown) is logged out"
                    + (cleared ? "" : ": it had no secret in the configuration")
                : "▲ \("\(name)".shown) is stopped, but what lets it in is elsewhere too")
        for one in answer["remaining"]?.array ?? [] {
            output.sentence(
                "  \(one["setting"]?.string?.shown ?? "") is still in \(one["source"]?.string?.shown ?? "")")
        }
        if let session = answer["session"] {
            let words = session["error"]?.string.map { "did not end at the homeserver: \($0)" }
            output.sentence("  Its session \((words ?? "has ended at the homeserver").shown)")
        }
        output.command(
            "  Undo: ",
            "\(invocation.program) channels login --channel \(channel.shown)"
                + (account == AccountSettings.defaultName ? "" : " --account \(account.shown)"))
        return isOut ? .good : .notGood
    }
}
