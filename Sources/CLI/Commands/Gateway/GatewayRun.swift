import Gateway
import Platform
import Settings

extension Command {
    static let gatewayRun = Command(
        "gateway run", "run the gateway in the foreground",
        flags: [
            Flag("--port", "<number>", "where to listen", default: "$OPENCLAW_GATEWAY_PORT, else 18789 (dev: 19001)"),
            Flag("--verbose", nil, "debug and trace lines on the terminal as well"),
        ],
        examples: [
            "openclaw gateway run",
            "openclaw --dev gateway run --port 19101",
        ],
        seeAlso: ["gateway status", "logs"], isEveryday: true, isGroupDefault: true,
        run: { invocation in await runGateway(invocation) })
}

@LoopActor
private func runGateway(_ invocation: Invocation) async -> ExitCode {
    let instance = invocation.instance
    let output = LogOutput(logSettings(invocation))
    let gateway = GatewayProcess(instance: instance, version: Help.version, log: output)
    defer { output.flushBeforeExit() }
    do throws(GatewayRefusal) {
        let end = try await gateway.run { place in
            StandardStream.output.offer("openclaw \(Help.version) listens on \(place.url)\n")
        }
        switch end {
        case .drained: return .good
        case .cutShort: return .notGood
        }
    } catch {
        StandardStream.error.write("openclaw: \(error)\n")
        return error.isFinal ? .willNotStart : .notGood
    }
}

/// The file keeps what matters; the terminal shows it too, and with `--verbose` everything.
private func logSettings(_ invocation: Invocation) -> LogSettings {
    let place = LogPlace(
        directory: invocation.instance.logDirectory, profile: invocation.instance.profile.name)
    var settings = LogSettings(
        place: place,
        console: .chosen(
            isTerminal: ConsoleStyle.standardErrorIsTerminal, environment: invocation.environment))
    settings.consoleLevel = invocation.has("--verbose") ? .trace : .info
    return settings
}
