import Failover
import Gateway
import Platform
import Settings

extension Command {
    static let failoverRun = Command(
        "failover run", "run the monitor alone, beside a gateway that it starts and stops",
        notes:
            "For a standby whose gateway does not run while it stands by (failover.promote.warm false): it watches the primary "
            + "and starts and stops failover.promote.unit through systemctl. Else the monitor runs in the gateway itself. "
            + "PRIMARY_IP, PRIMARY_PORT, SECRETS_HOST, FAIL_THRESHOLD and CHECK_INTERVAL count where the configuration says "
            + "nothing.",
        flags: [Flag("--verbose", nil, "debug lines on the terminal as well")],
        examples: ["openclaw failover run", "openclaw failover run --verbose"],
        seeAlso: ["failover status", "gateway run"],
        run: { invocation throws(CommandFailure) in try await runMonitor(invocation) })
}

@LoopActor
private func runMonitor(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let snapshot: ConfigSnapshot
    let settings: FailoverSettings
    do throws(ConfigRefusal) {
        let loader = ConfigLoader(invocation.instance, environment: invocation.environment, schema: .product)
        snapshot = try await loader.load()
        settings = try FailoverSettings(snapshot, instance: invocation.instance)
    } catch {
        throw CommandFailure(starting: error)
    }
    let wanted = GatewayLogSettings(snapshot, instance: invocation.instance)
    var logging = LogSettings()
    logging.console = .chosen(
        isTerminal: ConsoleStyle.standardErrorIsTerminal, environment: invocation.environment)
    logging.consoleLevel = invocation.has("--verbose") ? .debug : wanted.consoleLevel ?? .info
    let output = LogOutput(logging)
    output.redaction.register(all: snapshot.secrets)
    defer { output.flushBeforeExit() }
    let process = MonitorProcess(
        snapshot, settings, instance: invocation.instance, environment: invocation.environment, version: Help.version,
        runner: invocation.surroundings.runner, log: Log(output, subsystem: "failover"))
    do throws(MonitorProcess.Refusal) {
        try await process.run { StandardStream.output.offer("openclaw \(Help.version) watches\n") }
    } catch {
        throw CommandFailure(.notGood, "not-started", "\(error)", next: ["\(invocation.program) failover status"])
    }
    return .good
}
