import Failover
import Platform
import Settings
import Supervision

extension Command {
    static let failoverInstall = Command(
        "failover install", "install what this node's part in failover needs, and start it",
        notes:
            "A primary, and a standby that is warm (failover.promote.warm, the usual way), need one service: the gateway's "
            + "own, with the monitor inside. A cold standby gets two units: openclaw-health-monitor.service, which is "
            + "enabled, and the gateway's (failover.promote.unit), which only the monitor starts. With --system a rule of "
            + "polkit lets that user start that one unit.",
        flags: [
            Flag("--system", nil, "units of the system, for a machine on which nobody logs in; needs root"),
            Flag("--user", "<name>", "with --system: whose processes they are", default: "$SUDO_USER"),
            Flag("--force", nil, "replace a unit that another program installed, whatever it says"),
            Flag("--remove", nil, "stop them and take them away again"),
            Flag("--dry-run", nil, "print what would be written and run, and change nothing"),
            .yes, .json,
        ],
        examples: [
            "openclaw failover install", "openclaw failover install --system --user claw --dry-run",
        ],
        seeAlso: ["failover check", "failover pair", "gateway install"],
        run: { invocation throws(CommandFailure) in try await FailoverInstaller(invocation).run() })
}

/// `failover install`: which units this node needs, and that nothing else starts the same gateway.
@LoopActor
struct FailoverInstaller {
    private let invocation: Invocation
    private let desk: ServiceDesk

    init(_ invocation: Invocation) {
        self.invocation = invocation
        desk = ServiceDesk(invocation)
    }

    private var kind: ServiceKind { invocation.has("--system") ? .system : .user }

    func run() async throws(CommandFailure) -> ExitCode {
        let settings = try await invocation.failoverSettings()
        guard settings.isEnabled || invocation.has("--remove") else {
            throw CommandFailure(
                .notGood, "not-enabled", "failover is not enabled in this profile's configuration",
                next: ["\(invocation.program) failover pair user@standby", "\(invocation.program) gateway install"])
        }
        let cold = try await installation(settings)
        if invocation.has("--remove") { return try await remove(cold) }
        guard settings.startsGateway else {
            // The two ways would start the same gateway.
            if cold.isInstalled, !invocation.has("--dry-run") {
                throw CommandFailure(
                    .notGood, "other-owner",
                    "the units of a cold standby are installed, and this node's gateway is to run all the time",
                    next: ["\(invocation.program) failover install --remove"])
            }
            return try await ServiceInstallation(invocation).run()
        }
        guard desk.platform == .linux else {
            throw CommandFailure(
                .notGood, "no-service-manager", "a cold standby needs systemd; a warm one does not",
                next: ["\(invocation.program) config unset failover.promote.warm"])
        }
        if invocation.has("--dry-run") { return show(cold.preview) }
        try await replaceable(cold)
        try invocation.confirm("Install \(monitor(settings).monitorName), which starts \(settings.promotion.unit)")
        return try await install(cold, settings)
    }

    private func monitor(_ settings: FailoverSettings, user: UserAccount? = nil, port: UInt16 = 0) -> StandbyUnits {
        StandbyUnits(desk.wanted(kind, port: port, user: user), gateway: settings.promotion.unit)
    }

    private func installation(_ settings: FailoverSettings) async throws(CommandFailure) -> StandbyInstallation {
        let port = await invocation.clientSettings().port
        return StandbyInstallation(monitor(settings, user: try user(), port: port), desk.host)
    }

    private func user() throws(CommandFailure) -> UserAccount? {
        guard kind == .system else { return nil }
        guard let name = invocation["--user"] ?? invocation.environment["SUDO_USER"] else {
            throw .usage("--system needs --user <name>: whose process the gateway is", hint: invocation.command.usage)
        }
        guard let account = UserAccount.named(name) else {
            throw .usage("--user: this system knows no user \(name.shown)", hint: invocation.command.usage)
        }
        return account
    }

    /// A unit of that name that is somebody's own, or another profile's, is not taken away without a word.
    private func replaceable(_ cold: StandbyInstallation) async throws(CommandFailure) {
        guard let present = await cold.present(), !invocation.has("--force") else { return }
        let owner = present.environment["OPENCLAW_STATE_DIR"]
        if present.environment["OPENCLAW_SERVICE_MARKER"] != nil {
            guard let owner, owner != invocation.instance.stateDirectory else { return }
            let name = "openclaw-standby\(invocation.instance.profile.suffix).service"
            throw CommandFailure(
                .notGood, "other-owner", "\(present.path) is the unit of the gateway in \(owner.shown)",
                details: ["each profile's unit needs a name of its own"],
                next: ["\(invocation.program) config set failover.promote.unit \(name)"])
        }
        throw CommandFailure(
            .notGood, "foreign-service", "\(present.path) is there already, and was not written by this program",
            details: ["it starts: \(([present.binary] + present.arguments).joined(separator: " ").shown)"],
            next: ["\(invocation.program) failover install --force"])
    }

    // MARK: Doing

    private func install(
        _ cold: StandbyInstallation, _ settings: FailoverSettings
    ) async throws(CommandFailure) -> ExitCode {
        let outcome: InstallOutcome
        do throws(SupervisionError) { outcome = try await cold.install() } catch {
            throw CommandFailure(error, invocation)
        }
        let name = monitor(settings).monitorName
        invocation.done(
            "\(name) is \(outcome.change == nil ? "installed as it was" : "installed") and watches; "
                + "\(settings.promotion.unit) waits",
            undo: "\(invocation.program) failover install --remove",
            json: [
                "ok": true, "mode": "cold", "monitor": .string(name), "gateway": .string(settings.promotion.unit),
                "path": .string(outcome.path), "change": .string(outcome.change?.rawValue ?? "none"),
                "notes": .array(outcome.notes.map { .string($0) }),
            ])
        guard !invocation.output.isJSON else { return .good }
        for note in outcome.notes { invocation.output.sentence("  Note: \(note)") }
        invocation.output.command("  Next: ", "\(invocation.program) failover check")
        return .good
    }

    private func remove(_ cold: StandbyInstallation) async throws(CommandFailure) -> ExitCode {
        let wasThere: Bool
        do throws(SupervisionError) { wasThere = try await cold.remove() } catch {
            throw CommandFailure(error, invocation)
        }
        invocation.done(
            wasThere ? "the units of the standby are removed" : "no units of a cold standby are installed",
            undo: wasThere ? "\(invocation.program) failover install" : nil,
            json: ["ok": true, "change": wasThere ? "removed" : "none"])
        return .good
    }

    private func show(_ preview: ServicePreview) -> ExitCode {
        if invocation.output.isJSON {
            invocation.output.json([
                "ok": true, "mode": "cold",
                "files": .array(preview.files.map { ["path": .string($0.path), "text": .string($0.text)] }),
                "commands": .array(preview.commands.map { .array($0.map { .string($0) }) }),
                "notes": .array(preview.notes.map { .string($0) }),
            ])
            return .good
        }
        for file in preview.files { invocation.output.write("# \(file.path)\n\(file.text)\n") }
        invocation.output.line("# then")
        for command in preview.commands {
            invocation.output.line(command.map { ShellWord.quoted($0) }.joined(separator: " "))
        }
        for note in preview.notes { invocation.output.sentence("# \(note)") }
        return .good
    }
}

extension FailoverSettings {
    /// Whether this node's gateway is down until the monitor starts it.
    var startsGateway: Bool { isEnabled && role == .standby && !promotion.isWarm }
}

extension Invocation {
    /// What the configuration says of failover.
    @LoopActor
    func failoverSettings(_ demand: ConfigLoader.Demand = .none) async throws(CommandFailure) -> FailoverSettings {
        let snapshot = try await configuration(demand)
        do throws(ConfigRefusal) { return try FailoverSettings(snapshot, instance: instance) } catch {
            throw CommandFailure(error)
        }
    }
}
