import Failover
import Platform
import Settings

extension Command {
    static let failoverCheck = Command(
        "failover check", "whether this node can do its part in failover: every fault with its cure",
        notes:
            "Looked at are the configuration, the other nodes and their clocks, the workspace and its remote, ssh and rsync, "
            + "the service, the witnesses, and whether this node's model and its bots' tokens work; no message is taken "
            + "from any platform. Exit code 0 when nothing of weight is found, else 1.",
        flags: [
            Flag("--offline", nil, "ask neither the model nor the chat platforms"), .timeout, .json,
        ],
        examples: ["openclaw failover check", "openclaw failover check --json"],
        seeAlso: ["failover pair", "failover install", "doctor"],
        run: { invocation throws(CommandFailure) in
            try await FailoverInspection(invocation, isOffline: invocation.has("--offline")).run()
        })
}

/// One thing that can be wrong with a node's part in failover.
struct FailoverCheck: Sendable {
    let id: String
    let title: String
    let look: @LoopActor @Sendable (FailoverScene) async -> [DoctorFinding]

    init(
        _ id: String, _ title: String, _ look: @escaping @LoopActor @Sendable (FailoverScene) async -> [DoctorFinding]
    ) {
        self.id = id
        self.title = title
        self.look = look
    }

    static let all: [FailoverCheck] = setup + peers + proofs
}

/// What the checks look at, read once.
@LoopActor
struct FailoverScene {
    /// What one look at the outside may take.
    static let lookTime = Duration.seconds(10)
    /// Clocks that differ by more than this tell other stories of the same night.
    static let clockTolerance: Int64 = 5000

    let invocation: Invocation
    let snapshot: ConfigSnapshot
    let settings: FailoverSettings
    /// What the monitor says, in the running gateway or alone; nil where none runs.
    let status: JSON?
    let isRunning: Bool
    /// Neither the model nor the chat platforms are asked.
    let isOffline: Bool
    let programs: SyncPrograms

    var instance: Instance { invocation.instance }
    var program: String { invocation.program }
    var clock: any Clock { invocation.surroundings.clock }
    var deadline: Instant { clock.now + Self.lookTime }
    var isStandby: Bool { settings.role == .standby }

    init(
        _ invocation: Invocation, _ snapshot: ConfigSnapshot, _ settings: FailoverSettings, isOffline: Bool
    ) async {
        self.invocation = invocation
        self.isOffline = isOffline
        self.snapshot = snapshot
        self.settings = settings
        let world = invocation.surroundings
        programs = SyncPrograms(invocation.environment, runner: world.runner, clock: world.clock)
        var status: JSON?
        do throws(CommandFailure) {
            status = try await invocation.withGateway { gateway throws(CommandFailure) in
                await gateway.callIfServed("failover.status")
            }
            isRunning = true
        } catch {
            isRunning = error.code != .unreachable
        }
        let alone = try? await MonitorCall(invocation: invocation).ask("failover.status")
        self.status = alone ?? status
    }

    var workspace: String {
        snapshot.string("agents.defaults.workspace").map { instance.expanded($0) } ?? instance.workspaceDirectory
    }
}

/// `failover check`: all looks, and what they found.
@LoopActor
struct FailoverInspection {
    private let invocation: Invocation
    private let isOffline: Bool

    init(_ invocation: Invocation, isOffline: Bool) {
        self.invocation = invocation
        self.isOffline = isOffline
    }

    /// A check and what it found; nothing is good.
    private struct Entry {
        let id: String
        let title: String
        let findings: [DoctorFinding]

        var isGood: Bool { findings.allSatisfy { $0.severity == .note } }
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let entries = await entries()
        show(entries)
        return entries.allSatisfy(\.isGood) ? .good : .notGood
    }

    /// What is wrong, of weight.
    func findings() async -> [DoctorFinding] {
        await entries().flatMap(\.findings).filter { $0.severity >= .warning }
    }

    private func entries() async -> [Entry] {
        let title = "the configuration"
        func only(_ text: String, _ cure: String) -> [Entry] {
            let place = invocation.instance.shown(invocation.instance.configPath)
            let finding = DoctorFinding(.error, place, text, advice: cure)
            return [Entry(id: "config", title: title, findings: [finding])]
        }
        let snapshot: ConfigSnapshot
        let settings: FailoverSettings
        do throws(ConfigRefusal) {
            snapshot = try await invocation.configLoader.load(.all)
            settings = try FailoverSettings(snapshot, instance: invocation.instance)
        } catch {
            let first = error.problems.first.map { "\($0)" } ?? "\(error)"
            return only(first, "\(invocation.program) config validate")
        }
        guard settings.isEnabled else {
            return only(
                "failover is not enabled here", "on the primary: \(invocation.program) failover pair user@standby")
        }
        let scene = await FailoverScene(invocation, snapshot, settings, isOffline: isOffline)
        var entries = [Entry(id: "config", title: title, findings: [])]
        for check in FailoverCheck.all {
            entries.append(Entry(id: check.id, title: check.title, findings: await check.look(scene)))
        }
        return entries
    }

    // MARK: Telling

    private func show(_ entries: [Entry]) {
        let bad = entries.filter { !$0.isGood }
        guard !invocation.output.isJSON else {
            return invocation.output.json([
                "ok": .bool(bad.isEmpty), "profile": .string("\(invocation.instance.profile)"),
                "checks": .array(entries.map(json)),
            ])
        }
        let hasErrors = entries.contains { $0.findings.contains { $0.severity == .error } }
        var report = Report(
            verdict: bad.isEmpty ? .good : hasErrors ? .bad : .degraded,
            state: bad.isEmpty ? "ready for failover" : "\(bad.count) of \(entries.count) to look at")
        report.subject = ["\(invocation.instance.profile)"]
        for entry in entries {
            guard !entry.findings.isEmpty else {
                report.facts.append(Fact(entry.id, entry.title, "good", isGood: true))
                continue
            }
            for finding in entry.findings {
                var fact = Fact(
                    entry.id, finding.place, finding.text, isGood: finding.severity == .note ? nil : false)
                if let advice = finding.advice { fact.lines.append("try: \(advice)") }
                report.facts.append(fact)
            }
        }
        invocation.output.report(report, now: invocation.surroundings.clock.wall)
    }

    private func json(_ entry: Entry) -> JSON {
        let findings = entry.findings.map { finding -> JSON in
            var json: JSON = [
                "severity": .string(finding.severity.rawValue), "where": .string(finding.place),
                "detail": .string(finding.text),
            ]
            json["cure"] = finding.advice.map(JSON.string)
            return json
        }
        return [
            "id": .string(entry.id), "title": .string(entry.title), "ok": .bool(entry.isGood),
            "findings": .array(findings),
        ]
    }
}
