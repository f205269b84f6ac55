import Platform
import Settings
import Supervision

/// A gateway that runs, seen from outside: by its lock and its listener.
@LoopActor
struct RunningGateway {
    static let interval = Duration.milliseconds(50)
    /// A drain takes 10 seconds at most.
    static let stopTime = Duration.seconds(15)

    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var clock: any Clock { invocation.surroundings.clock }

    /// Who holds the state directory now.
    var owner: LockOwner? { ProcessQuery(invocation: invocation).holder }

    /// Ends one that runs in a terminal, as Ctrl-C there would.
    func stop() async throws(CommandFailure) -> ExitCode {
        guard let process = owner?.process else {
            invocation.done("no gateway runs", undo: nil, json: ["ok": true, "state": "stopped", "change": "none"])
            return .good
        }
        if invocation.environment["OPENCLAW_SUPERVISOR_MODE"] == "external" {
            throw CommandFailure(SupervisionError.external, invocation)
        }
        try invocation.confirm("End the gateway with pid \(process)")
        do throws(SystemError) {
            try ProcessFacts.end(process, hard: false)
        } catch {
            throw CommandFailure(.notGood, "not-stopped", "pid \(process) cannot be ended: \(error.reason)")
        }
        guard await wait(Self.stopTime, until: { !ProcessFacts.isRunning(process) }) else {
            throw CommandFailure(
                .notGood, "not-stopped", "pid \(process) still runs", next: ["\(invocation.program) gateway status"])
        }
        invocation.done(
            "the gateway (pid \(process)) has ended", undo: "\(invocation.program) gateway run",
            json: ["ok": true, "state": "stopped", "pid": .int(Int64(process))])
        return .good
    }

    /// Looks again and again; false when it did not become true in time.
    func wait(_ time: Duration, until holds: () async -> Bool) async -> Bool {
        let deadline = clock.now + time
        while true {
            if await holds() { return true }
            guard clock.now < deadline else { return false }
            try? await clock.sleep(for: Self.interval)
        }
    }
}
