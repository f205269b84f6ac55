import Channels
import Failover
import Gateway
import Platform
import Settings

extension Command {
    static let failoverPair = Command(
        "failover pair", "make another host the standby of this gateway, over ssh: one command for both",
        notes:
            "Run on the primary. It copies this program, writes the standby's configuration with a bot of its own, its "
            + "models and a copy of the workspace, gives both one secret, installs the service, looks at everything and "
            + "tries it. Cut short, it goes on where it was when run again; failover unpair undoes it. ssh must let this "
            + "user in without a password.",
        arguments: [Argument("host", "the standby, as ssh takes it: user@host")],
        flags: [
            Flag(
                "--mode", "<mode>", "how channels are shared: each node its own", kind: .oneOf(["split"]),
                default: "split"),
            Flag(
                "--channel", "<name:file>", "a bot of the standby's own, as discord:~/standby-token",
                isRepeatable: true),
            Flag("--user", "<name>", "when ssh leads in as root: whose gateway it is to be; made when there is none"),
            Flag("--url", "<url>", "this gateway as the standby reaches it", default: "as ssh comes from here"),
            Flag("--standby-url", "<url>", "the standby as it is reached from here", default: "as ssh goes there"),
            Flag("--standby-port", "<number>", "the port of its gateway", kind: .integer(1...65535), default: "18789"),
            Flag("--no-service", nil, "install no service there"),
            Flag("--no-drill", nil, "do not try it at the end"),
            Flag("--offline", nil, "ask neither the model nor the chat platforms"),
            .yes, .json,
        ],
        examples: [
            "openclaw failover pair claw@standby --channel discord:~/standby-token",
            "openclaw failover pair root@203.0.113.7 --user claw --channel telegram:~/standby-token",
        ],
        seeAlso: ["failover check", "failover unpair", "failover status"],
        run: { invocation throws(CommandFailure) in try await PairRun(invocation).run() })
}

/// `failover pair`: the steps in their order. Each leaves things as they are where they are right already.
@LoopActor
final class PairRun {
    let invocation: Invocation
    let programs: SyncPrograms
    private var steps: [(name: String, text: String)] = []

    init(_ invocation: Invocation) {
        self.invocation = invocation
        let world = invocation.surroundings
        programs = SyncPrograms(invocation.environment, runner: world.runner, clock: world.clock)
    }

    private var instance: Instance { invocation.instance }

    func run() async throws(CommandFailure) -> ExitCode {
        let target = invocation.arguments[0]
        guard !target.hasPrefix("-"), !target.contains(where: { $0.isWhitespace }) else {
            throw .usage("\"\(target.shown)\" is not user@host", hint: "usage: \(invocation.command.usage)")
        }
        let snapshot = try await invocation.configuration(.all)
        var journal = try await journal(target, snapshot)
        let plan = PairPlan(invocation, snapshot)
        let drafts = try await plan.channels()
        for draft in drafts where !journal.channels.contains(draft.platform.id) {
            journal.channels.append(draft.platform.id)
        }
        guard !journal.channels.isEmpty else {
            throw .usage(
                "the standby needs a bot of its own, or nobody could write to it: --channel name:token-file",
                hint: "\(invocation.program) failover pair \(target.shown) --channel discord:~/standby-token")
        }
        try invocation.confirm(
            "\(target.shown) becomes the standby of this gateway: the program is copied there, a configuration written, "
                + "and a service installed.")

        var host = StandbyHost(target, invocation)
        let guest = try await PairGuest(invocation, host).look()
        host = try await enter(guest, host)
        journal.target = host.target
        try await note(&journal, guest, snapshot)
        tell("ssh", "\(host.target) answers: \(guest.system), \(guest.machine)")
        let binary = try await PairBinary(invocation, host).copy(guest, &journal)
        tell("binary", binary.text)
        try await configure(plan, host, binary.path, drafts, &journal, guest)
        try await serve(host, binary.path, &journal)
        try await join(&journal)
        return try await finish(host, binary.path)
    }

    func tell(_ name: String, _ text: String) {
        steps.append((name, text))
        guard !invocation.output.isJSON else { return }
        invocation.output.line("\(invocation.output.style.paint("✓", .green)) \(name): \(text.shown)")
    }

    private func done(_ name: String, _ journal: inout PairJournal) async throws(CommandFailure) {
        if !journal.done.contains(name) { journal.done.append(name) }
        try await journal.write(instance)
    }

    // MARK: What is known

    private func journal(_ target: String, _ snapshot: ConfigSnapshot) async throws(CommandFailure) -> PairJournal {
        if let known = try await PairJournal.read(instance) {
            guard known.target == target || known.target.hasSuffix("@" + target.drop { $0 != "@" }.dropFirst()) else {
                throw CommandFailure(
                    .notGood, "other-pair", "this gateway has a standby already: \(known.target.shown)",
                    next: ["\(invocation.program) failover unpair"])
            }
            return known
        }
        if try await StandbyJournal.read(instance) != nil {
            throw CommandFailure(
                .notGood, "is-standby", "this host is the standby of another gateway; run it there",
                next: ["\(invocation.program) failover leave"])
        }
        guard snapshot.given("gateway.mode")?.string == "local" else {
            throw CommandFailure(
                .notGood, "not-set-up", "no gateway is set up here yet that a standby could stand in for",
                next: ["\(invocation.program) onboard"])
        }
        let others = (snapshot.parsed["failover"]?["peers"]?.array ?? []).compactMap { $0["url"]?.string }
        guard others.isEmpty else {
            throw CommandFailure(
                .notGood, "other-peers",
                "failover.peers names other nodes already: \(others.joined(separator: ", ").shown)",
                details: ["pair sets up two nodes; a third one is added by hand, as Docs/failover.md shows"],
                next: ["\(invocation.program) config unset failover.peers"])
        }
        return PairJournal(target: target, pair: Hex.encode(SecureRandom.bytes(16)))
    }

    /// Where the one who logs in is root, the gateway is to be somebody else's: from then on ssh leads in as that user.
    private func enter(_ guest: PairGuest.Facts, _ host: StandbyHost) async throws(CommandFailure) -> StandbyHost {
        guard let user = invocation["--user"], user != guest.user else {
            guard guest.user != "root" || invocation.has("--no-service") else {
                throw CommandFailure(
                    .notGood, "root", "ssh leads in as root, whose gateway and tools would run as root",
                    next: ["\(invocation.program) failover pair \(host.target.shown) --user claw"])
            }
            return host
        }
        let made = try await PairGuest(invocation, host).make(user, guest)
        tell("user", "\(user) \(made ? "is made" : "is there")")
        let name = host.target.split(separator: "@", maxSplits: 1).last.map(String.init) ?? host.target
        return StandbyHost("\(user)@\(name)", invocation)
    }

    /// Addresses are noted first: all that follows needs them.
    private func note(
        _ journal: inout PairJournal, _ guest: PairGuest.Facts, _ snapshot: ConfigSnapshot
    ) async throws(CommandFailure) {
        let addresses = PairAddresses(invocation, snapshot, guest)
        journal.standbyPort =
            invocation.integer("--standby-port") ?? (journal.standbyPort > 0 ? journal.standbyPort : 18789)
        journal.primaryURL = try addresses.primary(await invocation.clientSettings().port, journal.primaryURL)
        journal.standbyURL = try addresses.standby(journal.standbyPort, journal.standbyURL)
        do throws(FileError) { try await PrivateDirectory.create(instance.stateDirectory) } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
        try await done("ssh", &journal)
    }

    // MARK: The standby

    private func configure(
        _ plan: PairPlan, _ host: StandbyHost, _ binary: String, _ drafts: [ChannelDraft], _ journal: inout PairJournal,
        _ guest: PairGuest.Facts
    ) async throws(CommandFailure) {
        let token = try await secret(&journal)
        var bundle = plan.bundle(journal, drafts, token: token, bind: PairAddresses.bind(journal.standbyURL))
        let workspace = PairWorkspace(invocation, programs, host)
        let found = try await workspace.prepare()
        if found.address == nil || journal.remote != nil { bundle.hostedBranch = found.branch }
        let answer = try await host.openclaw(binary, ["failover", "join"], input: bundle.json)
        tell("secret", "both nodes have it, in files that only their owners may read")
        if bundle.hostedBranch != nil, let repository = answer["repository"]?.string {
            journal.remote = PairWorkspace.remote
            try await journal.write(instance)
            try await workspace.setRemote("\(host.target):\(repository)")
            bundle.workspace = repository
        } else {
            bundle.workspace = found.address
        }
        tell("push", try await workspace.push())
        _ = try await host.openclaw(binary, ["failover", "join"], input: bundle.json)
        try await done("configuration", &journal)
        tell("configuration", "the standby has a bot on \(journal.channels.joined(separator: ", ")), and the workspace")
    }

    /// Made once. It goes over ssh's input, and into files of mode 0600.
    private func secret(_ journal: inout PairJournal) async throws(CommandFailure) -> String {
        let kept = KeptSecrets(instance)
        if let known = try await kept.value(PairPlan.tokenSetting) { return known }
        if !journal.secrets.contains(PairPlan.tokenSetting) { journal.secrets.append(PairPlan.tokenSetting) }
        try await journal.write(instance)
        let token = Hex.encode(SecureRandom.bytes(32))
        try await kept.keep([PairPlan.tokenSetting: token])
        return token
    }

    private func serve(
        _ host: StandbyHost, _ binary: String, _ journal: inout PairJournal
    ) async throws(CommandFailure) {
        guard !invocation.has("--no-service") else { return tell("service", "left to you, as you said") }
        do throws(CommandFailure) {
            // Without it the service would end with ssh's session. Where that needs more rights, the service's note says so.
            _ = try await host.run("loginctl enable-linger >/dev/null 2>&1 || true")
            let answer = try await host.openclaw(binary, ["failover", "install", "--yes"])
            let notes = (answer["notes"]?.array ?? []).compactMap(\.string).map { "; \($0)" }.joined()
            tell("service", "\(answer["service"]?.string ?? answer["monitor"]?.string ?? "it") is installed\(notes)")
        } catch {
            guard error.reason == "no-service-manager" else { throw error }
            tell(
                "service", "no systemd is at work there; start it from what supervises that host: openclaw gateway run")
        }
        try await done("service", &journal)
    }

    // MARK: This node

    private func join(_ journal: inout PairJournal) async throws(CommandFailure) {
        let kept = KeptSecrets(instance)
        let peer: JSON = [
            "url": .string(journal.standbyURL), "priority": 1, "token": KeptSecrets.ref(PairPlan.tokenSetting),
        ]
        let wishes: [(JSONPointer, JSON)] = [
            (KeptSecrets.providerPointer, kept.providerEntry), (JSONPointer(["failover", "enabled"]), true),
            (JSONPointer(["failover", "mode"]), "split"), (JSONPointer(["failover", "role"]), "primary"),
            (JSONPointer(["failover", "peers"]), [peer]),
        ]
        let before = try await invocation.configuration().parsed
        for (pointer, _) in wishes { journal.undo.note(pointer, in: before) }
        try await journal.write(instance)
        let edits = try await invocation.editConfig { now in
            wishes.filter { now.parsed[$0.0] != $0.1 }.map { .set($0.0, $0.1) }
        }
        try await done("primary", &journal)
        tell("primary", edits.isEmpty ? "its configuration says so already" : "its configuration names the standby")
    }

    // MARK: Does it work

    private func finish(_ host: StandbyHost, _ binary: String) async throws(CommandFailure) -> ExitCode {
        let trial = PairTrial(invocation: invocation, host: host, binary: binary)
        let isTried = !invocation.has("--no-drill") && !invocation.has("--no-service")
        var failure = isTried ? await trial.acquaintance() : nil
        let offline = invocation.has("--offline")
        let theirs = try await host.openclaw(binary, ["failover", "check"] + (offline ? ["--offline"] : []))
        var findings = Self.findings(theirs).map { (isError: $0.isError, text: "on \(host.target): \($0.text)") }
        findings += await FailoverInspection(invocation, isOffline: offline).findings().map { finding in
            let text = "here: \(finding.place): \(finding.text)" + (finding.advice.map { "; try: \($0)" } ?? "")
            return (isError: finding.severity == .error, text: text)
        }
        tell("check", findings.isEmpty ? "nothing is wrong on either side" : "\(findings.count) to look at")
        if isTried {
            if failure == nil { failure = await trial.drill() }
            tell(
                "drill",
                failure.map { "not passed: \($0)" } ?? "passed: the standby went through the steps of a promotion")
        }
        let isGood = failure == nil && !findings.contains(where: \.isError)
        show(findings.map(\.text), on: host, isGood: isGood)
        return isGood ? .good : .notGood
    }

    private func show(_ findings: [String], on host: StandbyHost, isGood: Bool) {
        let undo = "\(invocation.program) failover unpair"
        if invocation.output.isJSON {
            invocation.output.json([
                "ok": .bool(isGood), "target": .string(host.target), "undo": .string(undo),
                "steps": .array(steps.map { ["name": .string($0.name), "text": .string($0.text)] }),
                "findings": .array(findings.map(JSON.string)),
            ])
        } else {
            for finding in findings { invocation.output.sentence("▲ \(finding.shown)") }
            invocation.output.command("  Undo: ", undo)
            invocation.output.command("  Next: ", "\(invocation.program) failover status")
        }
    }

    private static func findings(_ answer: JSON) -> [(isError: Bool, text: String)] {
        (answer["checks"]?.array ?? []).flatMap { $0["findings"]?.array ?? [] }
            .filter { $0["severity"]?.string != "note" }
            .map { finding in
                let cure = finding["cure"]?.string.map { "; try: \($0)" } ?? ""
                return (
                    finding["severity"]?.string == "error",
                    "\(finding["where"]?.string ?? ""): \(finding["detail"]?.string ?? "")" + cure
                )
            }
    }
}
