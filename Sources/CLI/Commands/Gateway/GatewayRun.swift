import Gateway
import Platform
import Settings

extension Command {
    static let gatewayRun = Command(
        "gateway run", "run the gateway in the foreground",
        notes:
            "With --json one object says that it listens and where, and one, alone or behind it, why it did not start: "
            + "error.exitCode and error.reason, the words of which stand in: openclaw help start-reasons",
        flags: [
            Flag(
                "--port", "<number>", "where to listen",
                default: "$OPENCLAW_GATEWAY_PORT, else gateway.port, else 18789 (dev: 19001)"),
            Flag(
                "--bind", "<mode>", "who can reach it: \(words(BindMode.self))", default: "gateway.bind, else loopback"),
            Flag(
                "--auth", "<mode>", "how clients prove themselves: \(words(AuthMode.self))",
                default: "gateway.auth.mode, else token"),
            Flag("--token", "<secret>", "the token for this run: \(SecretArgument.forms)"),
            Flag("--password-file", "<path>", "the password for this run: the first line of a file"),
            Flag("--tailscale", "<mode>", words(TailscaleMode.self), default: "gateway.tailscale.mode, else off"),
            Flag("--allow-unconfigured", nil, "start without gateway.mode, for a first look"),
            Flag("--force", nil, "end the gateway that is in the way first"),
            Flag("--reset", nil, "with --dev: begin with nothing; what was there is put aside, not deleted"),
            Flag(
                "--ws-log", "<style>", "frames in the log: auto, compact, full",
                default: "auto: compact with --verbose, else none"),
            Flag("--verbose", nil, "debug and trace lines on the terminal as well"),
            .json,
        ],
        examples: [
            "openclaw gateway run",
            "openclaw --dev gateway run --allow-unconfigured",
        ],
        seeAlso: ["gateway status", "logs"], isEveryday: true, isGroupDefault: true,
        run: { invocation throws(CommandFailure) in try await runGateway(invocation) })

    private static func words<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> String
    where Word.RawValue == String {
        Word.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

@LoopActor
private func runGateway(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    if invocation.has("--reset") { try await FreshStart(invocation).run() }
    let isTakenBack = try await CutRestore(invocation).takeBack()
    if isTakenBack { invocation.output.note("openclaw: \(restoreWasCut)") }
    if let offer = await ForeignState.offer(invocation) { invocation.output.note(offer) }
    let start = try await prepare(invocation)
    let output = LogOutput(logSettings(invocation, start.log))
    output.redaction.register(all: start.secrets)
    if isTakenBack { Log(output, subsystem: "backup").warn(restoreWasCut) }
    let gateway = GatewayProcess(start, version: Help.version, log: output)
    defer { output.flushBeforeExit() }
    let end: GatewayProcess.End
    do throws(GatewayRefusal) {
        end = try await gateway.run { place in
            StandardStream.output.offer(announcement(of: place, invocation) + "\n")
            for warning in start.warnings { Log(output, subsystem: "config").warn(warning) }
        }
    } catch {
        // A change that keeps the gateway from starting must not keep it down: the last good configuration is next.
        if gateway.hasFailedTrial, !invocation.has("--reset") {
            return gateway.wasAskedToEnd ? .good : try await runGateway(invocation)
        }
        throw CommandFailure(starting: error)
    }
    switch end {
    case .drained: return .good
    case .cutShort: return .notGood
    case .replaced(let program, let handover): throw replace(program, handover, output)
    }
}

private let restoreWasCut = "a restore was cut short: what it had moved is back, and it can be run again"

/// The same command line again, in this process. Returns only when that failed.
@LoopActor
private func replace(_ program: String, _ handover: Handover, _ output: LogOutput) -> CommandFailure {
    output.flushBeforeExit()
    handover.keepOpen()
    let arguments = ProcessReplacement.ownArguments.filter { $0 != "--reset" }
    let error = ProcessReplacement.replace(
        with: program, arguments: arguments, variables: [Handover.variable: handover.text()])
    return CommandFailure(
        .tryAgain, "not-restarted", "\(program) could not be started in the place of this gateway: \(error.reason)",
        details: ["everything is stored; nothing was lost"], next: ["openclaw gateway run"])
}

/// Where it listens, as soon as it does.
private func announcement(of place: ListeningPlace, _ invocation: Invocation) -> String {
    guard invocation.output.isJSON else { return "openclaw \(Help.version) listens on \(place.url)" }
    var object: JSON = [
        "ok": true, "version": .string(Help.version), "profile": .string("\(invocation.instance.profile)"),
        "pid": .int(Int64(HostFacts.processID)), "url": .string(place.url), "socketUrl": .string(place.socketURL),
    ]
    object["fingerprint"] = place.fingerprint.map { .string($0.description) }
    return String(decoding: JSONWriter.bytes(of: object), as: UTF8.self)
}

/// What flags, environment and configuration say together.
@LoopActor
private func prepare(_ invocation: Invocation) async throws(CommandFailure) -> GatewayStart {
    var flags = GatewayFlags()
    flags.bind = invocation["--bind"]
    flags.auth = invocation["--auth"]
    flags.tailscale = invocation["--tailscale"]
    flags.allowUnconfigured = invocation.has("--allow-unconfigured")
    if let style = invocation["--ws-log"] {
        guard let frames = FrameLogStyle(rawValue: style) else {
            throw .usage("--ws-log: \"\(style)\" is none of auto, compact, full", hint: "openclaw gateway run --help")
        }
        flags.frameLog = frames
    }
    flags.isVerbose = invocation.has("--verbose")
    if let text = invocation["--token"] {
        flags.token = try SecretArgument.read(text, flag: "--token", invocation.environment, invocation.output).value
    }
    if let path = invocation["--password-file"] {
        flags.password =
            try SecretArgument.read(
                "file:\(path)", flag: "--password-file", invocation.environment, invocation.output
            ).value
    }
    do throws(ConfigRefusal) {
        return try await GatewayStart(
            invocation.instance, environment: invocation.environment, flags: flags,
            isForced: invocation.has("--force"))
    } catch {
        throw CommandFailure(starting: error)
    }
}

/// The file keeps what matters; the terminal shows it too, and with `--verbose` everything.
private func logSettings(_ invocation: Invocation, _ wanted: GatewayLogSettings) -> LogSettings {
    var settings = LogSettings()
    settings.level = wanted.level ?? .error
    if wanted.level != nil {
        settings.place = LogPlace(
            directory: invocation.instance.logDirectory, profile: invocation.instance.profile.name)
    }
    if wanted.consoleLevel != nil || invocation.has("--verbose") {
        settings.console = .chosen(
            isTerminal: ConsoleStyle.standardErrorIsTerminal, environment: invocation.environment)
    }
    settings.consoleLevel = invocation.has("--verbose") ? .trace : wanted.consoleLevel ?? .error
    return settings
}
