import Gateway
import Platform
import Settings

extension Command {
    static let gatewayRun = Command(
        path: ["gateway", "run"],
        summary: "run the gateway in the foreground",
        flags: [
            Flag("--port", "<number>", "where to listen; default: $OPENCLAW_GATEWAY_PORT, else 18789 (dev: 19001)"),
            Flag("--verbose", "debug and trace lines on the terminal as well"),
        ],
        examples: [
            "openclaw gateway run",
            "openclaw --dev gateway run --port 19101",
        ],
        run: { invocation in
            Signals.ignoreBrokenPipes()
            let outcome = Outcome()
            startTask {
                await outcome.run(invocation)
                EventLoop.shared.stop()
            }
            EventLoop.shared.run()
            return LoopActor.assumeOver { outcome.code }
        })
}

/// The run's result, carried from the loop to the end of the process.
@LoopActor
private final class Outcome {
    var code = ExitCode.notGood

    nonisolated init() {}

    func run(_ invocation: Invocation) async {
    }
}
