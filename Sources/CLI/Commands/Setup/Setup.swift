import Gateway
import Platform
import Settings
import Wire

extension Command {
    static let setup = Command(
        "setup", "the first steps: a configuration, a token, the directories",
        notes:
            "On a terminal it asks; with --non-interactive, or with an answer for everything, it does not. What is set "
            + "already stays. A profile beside others gets a port of its own. Secrets are not printed. --wizard asks for "
            + "all the rest too: model, access, service.",
        flags: [
            Flag("--mode", "<mode>", "where the gateway runs", kind: .oneOf(["local", "remote"]), default: "local"),
            Flag("--workspace", "<dir>", "where agents work"),
            Flag("--port", "<number>", "the gateway's port; written to the configuration"),
            Flag("--remote-url", "<url>", "with --mode remote: the gateway's address, ws:// or wss://"),
            Flag("--remote-token", "<secret>", "with --mode remote: its token: \(SecretArgument.forms)"),
            Flag("--baseline", nil, "write what is missing without asking"),
            Flag("--non-interactive", nil, "the same"),
            Flag("--wizard", nil, "all questions, as onboard asks them"), .json,
        ],
        examples: [
            "openclaw setup", "openclaw --profile rescue setup --non-interactive --json",
        ],
        seeAlso: ["onboard", "config set", "models auth", "gateway install"],
        run: { invocation throws(CommandFailure) in
            if invocation.has("--wizard") { return try await OnboardRun(asWizard: invocation).run() }
            return try await SetupRun(invocation).run()
        })
}

extension OnboardRun {
    /// `setup --wizard`: what was said already counts as said.
    fileprivate init(asWizard invocation: Invocation) throws(CommandFailure) {
        guard !invocation.has("--non-interactive"), !invocation.has("--baseline") else {
            throw .usage(
                "--wizard asks; without questions it is another command",
                hint: "\(invocation.program) onboard --non-interactive --accept-risk")
        }
        var other = invocation
        other.values["--gateway-port"] = invocation.values["--port"]
        self.init(other)
    }
}

/// `setup`: the answers of flags and of a person become settings, written at once.
@LoopActor
private struct SetupRun {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var instance: Instance { invocation.instance }

    private var asks: Bool {
        !invocation.has("--non-interactive") && !invocation.has("--baseline") && invocation.canAsk
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let url = invocation["--remote-url"]
        let mode = invocation["--mode"] ?? (asks && url != nil ? "remote" : nil)
        if url != nil || invocation["--remote-token"] != nil, mode != "remote" {
            throw .usage("--remote-url and --remote-token go with --mode remote", hint: "openclaw setup --help")
        }
        if mode == "remote", url == nil, !asks {
            throw .usage("--mode remote needs --remote-url", hint: "openclaw setup --help")
        }
        if let url, ![.ws, .wss].contains((try? WebURL(url))?.scheme) {
            throw .usage(
                "--remote-url: \(url.shown) does not begin with ws:// or wss://", hint: "openclaw setup --help")
        }
        var answers = OnboardAnswers()
        if asks { try await ask(mode, &answers) } else { answers.isRemote = mode == "remote" }
        if let url { answers.remoteURL = url }
        if let path = invocation["--workspace"] { answers.workspace = path }
        if let text = invocation["--remote-token"] {
            let token = try SecretArgument.read(
                text, flag: "--remote-token", invocation.environment, invocation.output)
            answers.remoteToken = .string(token.value)
        }
        if !answers.isRemote {
            answers.port = try await port()
            answers.secret = .generated
        }
        let changed = try await invocation.carryOut(OnboardPlan(answers), setsMode: mode != nil || asks)
        tell(changed, isRemote: answers.isRemote)
        return .good
    }

    /// The one that was asked for. Without that, a gateway whose own port is in another's way gets a free one.
    private func port() async throws(CommandFailure) -> UInt16? {
        if invocation["--port"] != nil { return instance.requestedPort }
        let given = try await invocation.configuration().given("gateway.port")
        let neighbours = await Neighbours(beside: invocation)
        guard given == nil, neighbours.conflict(instance.profile.defaultPort) != nil,
            ProcessQuery(invocation: invocation).process == nil
        else { return nil }
        return neighbours.proposal { PortTrial.taken($0) == nil }
    }

    // MARK: Asking

    /// The questions are those that clients of the protocol are asked.
    private func ask(_ mode: String?, _ answers: inout OnboardAnswers) async throws(CommandFailure) {
        let prompter = try Prompter(invocation, language: .english)
        defer { prompter.close() }
        var wizard = SetupWizard(
            configPath: instance.shown(instance.configPath),
            usualWorkspace: instance.shown(instance.workspaceDirectory),
            mode: mode, workspace: invocation["--workspace"])
        // As it was before each question that was answered.
        var trail: [SetupWizard] = []
        while let question = wizard.json, let id = question["id"]?.string {
            if id == "url", let url = invocation["--remote-url"], (try? wizard.answer(.string(url), to: id)) != nil {
                continue
            }
            guard case .value(let answer) = try await answer(to: question, prompter) else {
                if let last = trail.popLast() { wizard = last }
                continue
            }
            let before = wizard
            do throws(SetupWizard.Problem) {
                try wizard.answer(answer, to: id)
                if question["type"]?.string != "note" { trail.append(before) }
            } catch {
                if case .answer(let text) = error { prompter.say(text, indent: 2) }
            }
        }
        guard wizard.isConfirmed else { throw prompter.left() }
        for case .set(let pointer, let value) in wizard.edits {
            switch pointer.tokens.last {
            case "mode": answers.isRemote = value.string == "remote"
            case "url": answers.remoteURL = value.string
            case "workspace": answers.workspace = value.string
            default: break
            }
        }
    }

    private func answer(
        to question: JSON, _ prompter: Prompter
    ) async throws(CommandFailure) -> PromptAnswer<JSON?> {
        let message = question["message"]?.string ?? ""
        let standard = question["initialValue"]
        switch question["type"]?.string {
        case "note":
            prompter.say(message)
            return .value(nil)
        case "confirm":
            guard case .value(let isYes) = try await prompter.confirm(message, initial: standard?.bool ?? true) else {
                return .back
            }
            return .value(.bool(isYes))
        case "select":
            let options = question["options"]?.array ?? []
            let shown = options.map { PromptOption($0["label"]?.string ?? "", hint: $0["hint"]?.string) }
            guard case .value(let choice) = try await prompter.pick(message, shown) else { return .back }
            return .value(options[choice]["value"])
        default:
            guard case .value(let text) = try await prompter.text(message, initial: standard?.string) else {
                return .back
            }
            return .value(.string(text))
        }
    }

    // MARK: Telling

    private func tell(_ changed: [String], isRemote: Bool) {
        let next =
            isRemote
            ? ["\(invocation.program) status"]
            : ["\(invocation.program) gateway install", "\(invocation.program) gateway run"]
        if invocation.output.isJSON {
            return invocation.output.json([
                "ok": true, "profile": .string("\(instance.profile)"), "config": .string(instance.configPath),
                "changed": .array(changed.map { .string($0) }), "next": .array(next.map { .string($0) }),
            ])
        }
        let text = changed.isEmpty ? "nothing was missing" : "set: \(changed.joined(separator: ", "))"
        invocation.done("\(instance.shown(instance.configPath)): \(text)", undo: nil, json: .null)
        invocation.output.command("  Next: ", next[0])
        for command in next.dropFirst() { invocation.output.line("        \(command)") }
    }
}
