import Gateway
import Platform
import Settings
import Supervision

extension Command {
    static let gatewayInstall = Command(
        "gateway install", "install the gateway as a service that starts with this machine, and start it",
        notes: "Done twice, it changes nothing the second time. The service's file holds no secret: token and keys are "
            + "read from the configuration and from <state>/.env at each start.",
        flags: [
            Flag("--port", "<number>", "where to listen; written to the configuration", default: "gateway.port"),
            Flag(
                "--token-file", "<path>",
                "a file whose first line is the token; it is written to the configuration, not to the service"),
            Flag("--system", nil, "a service of the system, for a machine on which nobody logs in; needs root"),
            Flag("--user", "<name>", "with --system: whose process it is", default: "$SUDO_USER"),
            Flag("--wrapper", "<path>", "a program of your own to start instead, which ends by running openclaw"),
            Flag("--force", nil, "replace a service that another program installed, whatever it says"),
            Flag("--dry-run", nil, "print what would be written and run, and change nothing"),
            Flag(
                "--platform", "<name>", "with --dry-run: for which system",
                kind: .oneOf(ServicePlatform.allCases.map(\.rawValue)), default: "this one"),
            .yes, .json,
        ],
        examples: [
            "openclaw gateway install", "openclaw gateway install --dry-run --platform macos",
        ],
        seeAlso: ["gateway status", "gateway uninstall", "gateway restart"],
        run: { invocation throws(CommandFailure) in try await ServiceInstallation(invocation).run() })
}

/// `gateway install`.
@LoopActor
struct ServiceInstallation {
    let invocation: Invocation
    private let desk: ServiceDesk
    private let kind: ServiceKind

    init(_ invocation: Invocation) {
        self.invocation = invocation
        desk = ServiceDesk(invocation)
        kind = invocation.has("--system") ? .system : .user
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let settings = await invocation.clientSettings()
        let service = desk.wanted(
            kind, port: settings.port, user: try user(), wrapper: try wrapper())
        if invocation.has("--dry-run") { return try preview(service) }
        if invocation["--platform"] != nil {
            throw .usage("--platform goes with --dry-run", hint: "openclaw gateway install --help")
        }
        let token = try invocation["--token-file"].map { path throws(CommandFailure) in
            try SecretArgument.read("file:\(path)", flag: "--token-file", invocation.environment, invocation.output)
        }
        let before = await desk.backend.inspect(service.place)
        try replaceable(before, service)
        try invocation.confirm("Install \(service.name(on: desk.platform.backend)), which starts \(service.binary)")
        try await configure(token)
        finish(try await install(service, before))
        return .good
    }

    /// What an installation did.
    struct Installed {
        let outcome: InstallOutcome
        let state: ServiceState
        let notes: [String]
    }

    /// Installs and starts the service of this user as the configuration has it, without a question.
    func installUsual() async throws(CommandFailure) -> Installed {
        let service = desk.wanted(kind, port: await invocation.clientSettings().port)
        let before = await desk.backend.inspect(service.place)
        try replaceable(before, service)
        return try await install(service, before)
    }

    private func install(
        _ service: ServiceDescription, _ before: ServiceState
    ) async throws(CommandFailure) -> Installed {
        try await startable(service)
        let outcome: InstallOutcome
        do throws(SupervisionError) {
            outcome = try await desk.backend.install(service)
        } catch {
            throw CommandFailure(error, invocation)
        }
        return try await start(service, outcome, before)
    }

    // MARK: What is asked for

    private func user() throws(CommandFailure) -> UserAccount? {
        guard kind == .system else {
            if invocation["--user"] != nil {
                throw .usage("--user goes with --system", hint: "openclaw gateway install --help")
            }
            return nil
        }
        guard let name = invocation["--user"] ?? invocation.environment["SUDO_USER"] else {
            throw .usage("--system needs --user <name>: whose process the gateway is", hint: invocation.command.usage)
        }
        guard let account = UserAccount.named(name) else {
            throw .usage("--user: this system knows no user \(name.shown)", hint: invocation.command.usage)
        }
        return account
    }

    private func wrapper() throws(CommandFailure) -> String? {
        guard let path = invocation["--wrapper"] else { return nil }
        guard path.hasPrefix("/") else {
            throw .usage("--wrapper: \(path.shown) is not a full path", hint: invocation.command.usage)
        }
        if let error = ProcessReplacement.obstacle(path) {
            throw .usage("--wrapper: \(path.shown) cannot be run: \(error.reason)", hint: invocation.command.usage)
        }
        return path
    }

    private func preview(_ service: ServiceDescription) throws(CommandFailure) -> ExitCode {
        let platform = invocation["--platform"].flatMap { ServicePlatform(rawValue: $0) } ?? desk.platform
        let preview: ServicePreview
        do throws(SupervisionError) {
            preview = try ServiceBackends.preview(service, for: platform, desk.host)
        } catch {
            throw CommandFailure(error, invocation)
        }
        if invocation.output.isJSON {
            let files = preview.files.map { file -> JSON in
                ["path": .string(file.path), "text": .string(file.text)]
            }
            invocation.output.json([
                "ok": true, "platform": .string(platform.rawValue), "files": .array(files),
                "commands": .array(preview.commands.map { .array($0.map { .string($0) }) }),
                "notes": .array(preview.notes.map { .string($0) }),
            ])
        } else {
            for file in preview.files { invocation.output.write("# \(file.path)\n\(file.text)\n") }
            invocation.output.line("# then")
            for command in preview.commands {
                invocation.output.line(command.map { ShellWord.quoted($0) }.joined(separator: " "))
            }
            for note in preview.notes { invocation.output.sentence("# \(note)") }
        }
        return .good
    }

    // MARK: What must hold

    /// A service of this name that somebody else wrote is not taken away without a word.
    private func replaceable(_ state: ServiceState, _ service: ServiceDescription) throws(CommandFailure) {
        guard let installed = state.installed, !invocation.has("--force"),
            installed.environment["OPENCLAW_SERVICE_MARKER"] == nil || installed.arguments.first != "gateway"
        else { return }
        throw CommandFailure(
            .notGood, "foreign-service", "\(state.name) is installed already, and starts something else",
            details: [
                "it starts: \(([installed.binary] + installed.arguments).joined(separator: " ").shown)",
                "its file: \(installed.path)",
            ],
            next: ["\(invocation.program) gateway install --force"])
    }

    private func configure(_ token: GatewayCredential?) async throws(CommandFailure) {
        let port = invocation.instance.requestedPort.flatMap { invocation["--port"] == nil ? nil : $0 }
        guard token != nil || port != nil else { return }
        try await invocation.editConfig { _ in
            var edits: [ConfigEdit] = []
            if let token { edits.append(.set(JSONPointer(["gateway", "auth", "token"]), .string(token.value))) }
            if let port { edits.append(.set(JSONPointer(["gateway", "port"]), .int(Int64(port)))) }
            return edits
        }
    }

    /// A service sees nothing of this shell's variables: what the configuration needs has to be found without them.
    private func startable(_ service: ServiceDescription) async throws(CommandFailure) {
        do throws(ConfigRefusal) {
            _ = try await GatewayStart(
                service.instance, environment: Environment(service.environment), flags: GatewayFlags(), isForced: false)
        } catch {
            let failure = CommandFailure(starting: error)
            throw CommandFailure(
                .willNotStart, failure.reason, "the service would not start: \(failure.message)",
                details: failure.details
                    + [
                        "variables of this shell are not the service's; put them into "
                            + service.instance.shown(service.instance.environmentFilePath)
                    ],
                next: ["\(invocation.program) config validate"], facts: failure.facts)
        }
    }

    // MARK: What follows

    private func start(
        _ service: ServiceDescription, _ outcome: InstallOutcome, _ before: ServiceState
    ) async throws(CommandFailure) -> Installed {
        var notes = outcome.notes
        let process = ProcessQuery(invocation: invocation).process.map { Int($0) }
        if let process, process != before.processID {
            notes.append(
                "a gateway runs outside the service (pid \(process)); to change over: "
                    + "\(invocation.program) gateway stop, then \(invocation.program) gateway start")
        } else if before.processID == nil {
            try await desk.control(.start, service.place)
        } else if outcome.change != nil {
            try await desk.control(.restart, service.place)
        }
        return Installed(outcome: outcome, state: await desk.backend.inspect(service.place), notes: notes)
    }

    private func finish(_ installed: Installed) {
        let (outcome, state, notes) = (installed.outcome, installed.state, installed.notes)
        if invocation.output.isJSON {
            var json: JSON = [
                "ok": true, "service": .string(state.name), "kind": .string(kind.rawValue),
                "path": .string(outcome.path), "change": .string(outcome.change?.rawValue ?? "none"),
                "state": .string(state.condition.word), "notes": .array(notes.map { .string($0) }),
            ]
            json["pid"] = state.processID.map { .int(Int64($0)) }
            return invocation.output.json(json)
        }
        let what =
            switch outcome.change {
            case .created: "is installed"
            case .replaced: "is brought up to date"
            case nil: "was installed as it is"
            }
        let runs = state.processID.map { " and runs, pid \($0)" } ?? ""
        invocation.done(
            "\(state.name) \(what)\(runs)", undo: "\(invocation.program) gateway uninstall", json: .null)
        invocation.output.sentence("  File: \(invocation.instance.shown(outcome.path))")
        for note in notes { invocation.output.sentence("  Note: \(note)") }
        invocation.output.command("  Next: ", "\(invocation.program) gateway status")
    }
}
