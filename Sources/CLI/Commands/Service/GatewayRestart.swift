import Gateway
import Platform
import Settings
import Supervision

extension Command {
    static let gatewayRestart = Command(
        "gateway restart", "start the gateway anew, and say when it is ready",
        notes:
            "Many at once are one restart. A service ends and is started by its manager; without one the program takes "
            + "its own place and keeps its sockets, so that clients wait instead of failing. A configuration that would not "
            + "start is told, and the gateway goes on.",
        flags: [
            Flag("--safe", nil, "wait for runs under way, for gateway.reload.deferralTimeoutMs at most"),
            Flag("--skip-deferral", nil, "with --safe: do not wait for them after all"),
            Flag("--wait", "<duration>", "for what is under way, as 30s or 5m; 0: for ever", default: "10s"),
            Flag("--force", nil, "cut what is under way"), .timeout, .json,
        ],
        examples: ["openclaw gateway restart", "openclaw gateway restart --safe"],
        seeAlso: ["gateway status", "gateway start", "gateway stop"], isEveryday: false,
        run: { invocation throws(CommandFailure) in try await GatewayRestart(invocation).run() })
}

/// `gateway restart`: asks the gateway itself, and its manager only where it does not answer.
@LoopActor
private struct GatewayRestart {
    /// From the end of the drain to readiness.
    static let startTime = Duration.seconds(30)
    /// How long a gateway may be away before that is looked into.
    static let absence = Duration.seconds(5)
    static let drainTime = Duration.seconds(10)

    let invocation: Invocation
    private let desk: ServiceDesk
    private let gateway: RunningGateway

    init(_ invocation: Invocation) {
        self.invocation = invocation
        desk = ServiceDesk(invocation)
        gateway = RunningGateway(invocation)
    }

    private var clock: any Clock { invocation.surroundings.clock }

    func run() async throws(CommandFailure) -> ExitCode {
        let wait = try drain()
        let (place, state) = await desk.found()
        guard let old = gateway.owner, let process = old.process else {
            guard state.isInstalled else {
                throw CommandFailure(
                    .notGood, "not-running", "no gateway runs for profile \(invocation.instance.profile)",
                    next: ["\(invocation.program) gateway run", "\(invocation.program) gateway install"])
            }
            // It may be between two processes of another restart: a start is then that same one, sooner.
            try await desk.control(.start, place)
            report("started", gateway.owner, nil, .zero)
            return .good
        }
        let began = clock.now
        let isService = state.processID == Int(process)
        let answer: JSON?
        do throws(CommandFailure) {
            answer = try await ask(old.details["run"], wait)
        } catch  where error.code == .unreachable || error.code == .tryAgain {
            // Another restart may be under way; what hangs is left to its manager.
            answer = nil
        }
        if answer?["status"]?.string == "deferred" {
            let runs = answer?["activeRuns"]?.int ?? 0
            invocation.done(
                "it starts anew when \(runs) \(runs == 1 ? "run has" : "runs have") ended", undo: nil,
                json: answer ?? .null)
            return .good
        }
        var isBack = await comesBack(
            old, within: answer == nil ? Self.absence : (wait ?? Self.drainTime) + Self.startTime)
        if !isBack, answer == nil {
            // One that is still there and does not answer is stuck; one that is gone is on its way back.
            if isService, gateway.owner?.isLaterStart(than: old) == false { try await desk.control(.restart, place) }
            isBack = await comesBack(old, within: Self.startTime)
        }
        guard isBack else { throw await absent(old, place, isService) }
        report("restarted", gateway.owner, old, clock.now - began)
        return .good
    }

    private func drain() throws(CommandFailure) -> Duration? {
        guard let text = invocation["--wait"] else { return nil }
        for flag in ["--safe", "--force"] where invocation.has(flag) {
            throw .usage("--wait and \(flag) exclude each other", hint: "openclaw gateway restart --help")
        }
        if invocation.has("--safe"), invocation.has("--force") {
            throw .usage("--safe and --force exclude each other", hint: "openclaw gateway restart --help")
        }
        guard let time = SettingDuration.parse(text) ?? SettingDuration.parse(text + "ms") else {
            throw .usage(
                "--wait: \(text.shown) is no duration; write 30s, 5m or 500 (ms)",
                hint: "openclaw gateway restart --help")
        }
        return time
    }

    private func ask(_ run: String?, _ wait: Duration?) async throws(CommandFailure) -> JSON? {
        var params: JSON = ["reason": "openclaw gateway restart"]
        params["runId"] = run.map { .string($0) }
        params["drainMs"] = wait.map { .int($0.inNanoseconds / 1_000_000) }
        let isSafe = invocation.has("--safe") && !invocation.has("--skip-deferral")
        params["mode"] = .string(invocation.has("--force") ? "force" : isSafe ? "safe" : "now")
        return try await invocation.withGateway { (session) throws(CommandFailure) -> JSON? in
            // An older program's gateway is left to its manager.
            guard session.hello.methods.contains("gateway.restart.request") else { return nil }
            return try await session.call("gateway.restart.request", params)
        }
    }

    /// Waits until another start than `old` is ready.
    private func comesBack(_ old: LockOwner, within time: Duration) async -> Bool {
        let access = await invocation.access()
        let query = ListenerQuery(clock: clock, resolver: invocation.surroundings.resolver)
        return await gateway.wait(time) {
            guard let owner = gateway.owner, owner.isLaterStart(than: old), owner.details["url"] != nil,
                let route = try? access.finder.local(), case .gateway("started", _, _, _, _) = await query.ask(route)
            else { return false }
            return true
        }
    }

    private func absent(_ old: LockOwner, _ place: ServicePlace, _ isService: Bool) async -> CommandFailure {
        let logs = "\(invocation.program) logs --limit 20"
        guard let owner = gateway.owner, let process = owner.process else {
            let state = isService ? await desk.backend.inspect(place).condition.word : "not running"
            return CommandFailure(
                .notGood, "not-back", "the gateway ended and did not come back; it is \(state)",
                next: [logs, isService ? "\(invocation.program) gateway start" : "\(invocation.program) gateway run"])
        }
        if owner.isLaterStart(than: old) {
            return CommandFailure(
                .notGood, "not-ready", "the gateway (pid \(process)) started anew and is not ready yet",
                next: ["\(invocation.program) gateway status", logs])
        }
        return CommandFailure(
            .notGood, "not-restarted", "the gateway (pid \(process)) goes on and does not answer",
            next: ["\(invocation.program) gateway stop", logs])
    }

    private func report(_ status: String, _ owner: LockOwner?, _ old: LockOwner?, _ took: Duration) {
        var json: JSON = ["ok": true, "status": .string(status)]
        json["pid"] = owner?.process.map { .int(Int64($0)) }
        json["previousPid"] = old?.process.map { .int(Int64($0)) }
        json["runId"] = owner?.details["run"].map { .string($0) }
        json["tookMs"] = .int(took.inNanoseconds / 1_000_000)
        var text = "the gateway \(status == "started" ? "is started" : "started anew")"
        if let process = owner?.process {
            text += owner?.process == old?.process ? " in its process, pid \(process)" : ", pid \(process)"
        }
        if took > .zero { text += ", ready after \(Age.latency(took))" }
        invocation.done(text, undo: nil, json: json)
    }
}

extension LockOwner {
    /// Gateways before this one said no more than their process.
    fileprivate func isLaterStart(than old: LockOwner) -> Bool {
        details["run"] != nil ? details["run"] != old.details["run"] : process != old.process
    }
}
