import Agents
import Channels
import Failover
import Platform
import Settings
import Wire

/// Failover in this gateway, put together: who acts, who is watched, who is told.
@LoopActor
final class FailoverServices: FailoverNode {
    nonisolated static let standsBy = "this node stands by for another one"

    /// What decides whether this gateway acts.
    enum Part: Equatable {
        /// Nobody else could.
        case alone
        /// The monitor in it.
        case monitored
        /// The monitor beside it, which starts and stops it.
        case started
    }

    let settings: FailoverSettings?
    let part: Part
    let desk: PeerDesk
    let watchers: PeerWatchers
    /// Nil where nobody else could act: then nothing has to be asked.
    let gate: ActionGate?
    private(set) var monitor: FailoverMonitor?
    private(set) var voice: FailoverVoice?
    private(set) var mark: NodeMark
    let opened: FailoverOpening?
    let health: GatewayHealth
    let clock: any Clock
    private var credentials: [String] = []
    var saidFarewell = false
    private(set) var steps: GatewaySteps?
    /// Whether a monitor beside this gateway has it act.
    var isActing = false
    let following: Suspension
    private(set) var isEnding = false
    private(set) var copies: FailoverCopies?
    private(set) var proofs: StandbyProofs?
    /// As the configuration is now.
    private var snapshot: ConfigSnapshot?
    /// Fetches the secrets anew; returns why that cannot be done.
    var refreshSecrets: @LoopActor () async -> String? = { nil }
    /// Told when something changed.
    var onChange: @LoopActor () -> Void = {}
    /// Told of each change of state, by its word.
    private var onTransition: @LoopActor (String) -> Void = { _ in }

    /// A gateway without failover.
    init(alone health: GatewayHealth, clock: any Clock) {
        settings = nil
        part = .alone
        desk = PeerDesk([]) { clock.now }
        watchers = PeerWatchers(clock: clock)
        gate = nil
        opened = nil
        mark = NodeMark(node: nil, boot: 0)
        self.health = health
        self.clock = clock
        following = Suspension(clock)
    }

    init(_ opened: FailoverOpening, health: GatewayHealth, clock: any Clock) {
        self.opened = opened
        settings = opened.settings
        part = opened.isMonitored ? .monitored : .started
        desk = PeerDesk(opened.secrets) { clock.now }
        watchers = PeerWatchers(clock: clock)
        // Beside the profile that it watches a node has channels of its own all the time.
        gate = opened.settings.mode == .split ? ActionGate() : nil
        mark = NodeMark(node: nil, boot: UInt64.random(in: 1..<(1 << 53)))
        self.health = health
        self.clock = clock
        following = Suspension(clock)
        health.role = opened.machine.announcement.role.rawValue
    }

    var route: FailoverRoute { FailoverRoute(services: self) }

    // MARK: The gateway's life

    /// By its key, which it has only when it has started so far.
    func isKnown(as node: String) { mark.node = node }

    /// Ties the parts of the gateway to it. Nothing is connected yet.
    func attach(
        _ plane: ControlPlane, sender: ChannelSender, http: any HTTPFetching,
        workspace: String, owner: @escaping @LoopActor () -> RunOrigin?, log: Log
    ) {
        guard let opened, let settings else { return }
        let release = settings.role == .primary ? ChannelRelease.all : ChannelRelease(listed: settings.channels)
        let contact = PeerContact(
            opened.addresses, mark: { [weak self] in self?.mark ?? NodeMark(node: nil, boot: 0) }, clock: clock)
        voice = FailoverVoice(
            settings.alert, channels: plane.channels, sender: sender, http: http, owner: owner,
            elsewhere: { await contact.tellOwner($0) }, clock: clock, log: log)
        let steps = GatewaySteps(
            plane.channels, gate: gate, lease: HeldLease(after: opened.machine.epoch), release: release, clock: clock)
        steps.isChannelNeeded = settings.role == .standby
        self.steps = steps
        guard part == .monitored else { return attachStarted(plane, release) }
        let copies = FailoverCopies(opened.copies(workspace), clock: clock, log: log)
        self.copies = copies
        steps.preparation = { [weak self] in await self?.prepare($0, by: $1) ?? .done }
        steps.owned = { [weak self] in self?.fingerprints ?? [] }
        steps.farewell = { [weak self] in await self?.sayFarewell() }
        let shelf = FailoverShelf(opened.memoryPath, clock: clock) { [health] in
            health.report("failover state", failure: $0)
        }
        let monitor = FailoverMonitor(
            opened.machine, contact: contact, witnesses: WitnessQuestion(settings.witnesses, clock: clock),
            steps: steps, shelf: shelf, clock: clock)
        monitor.onNews = { [weak self] in self?.hear($0) }
        self.monitor = monitor
        let proof = StandbyProof(
            settings, environment: opened.environment, version: health.version, clock: clock, log: log)
        proofs = StandbyProofs(settings, monitor, clock: clock) { [weak self] in
            guard let snapshot = self?.snapshot else { return [] }
            let faults = await proof.faults(snapshot)
            // Where secrets are fetched before it acts, it is these that count.
            guard !faults.isEmpty, settings.promotion.secretsHost != nil, let self else { return faults }
            await self.proofs?.fetching {
                _ = await self.prepare(.secrets, by: self.clock.now + StandbyProof.secretsTime)
            }
            return await proof.faults(self.snapshot ?? snapshot)
        }
        proofs?.onNews = { [weak self] in self?.heard(proof: $0) }
        onTransition = { [hooks = plane.hooks] in hooks.failoverChanged(to: $0) }
        guard let gate else { return }
        plane.channels.expect(.none(Self.standsBy))
        plane.cron.mayStart = { [weak monitor, gate] in
            guard let monitor, gate.mayAct, monitor.machine.word == .active else { return false }
            return settings.role == .primary || settings.runsCron
        }
        plane.heartbeats.mayAct = { [weak monitor, gate] in gate.mayAct && monitor?.machine.word == .active }
    }

    /// A node that acts connects its channels at once; what it makes sure of it has then.
    func prepare(_ plane: ControlPlane) async {
        if part == .started { isActing = await monitorActs() }
        guard gate != nil, let steps, let settings, isActing || monitor?.machine.word == .active else { return }
        _ = try? await steps.openGate()
        plane.channels.expect(settings.role == .primary ? .all : ChannelRelease(listed: settings.channels))
    }

    /// The gateway serves.
    func start() {
        monitor?.start()
        monitor?.owns(fingerprints)
        copies?.start { [weak self] in self?.machine?.word == .active }
        proofs?.start()
        if part == .started { startTask { await self.followMonitor() } }
        show()
    }

    /// Before everything else ends: what follows is our own doing, and no reason for anything.
    func drain(restartExpected: Duration?) {
        isEnding = true
        following.wake()
        monitor?.stop()
        copies?.drain()
        proofs?.drain()
        watchers.end(.hint(.shutdown(restartExpected: restartExpected.map { $0.inNanoseconds / 1_000_000 })))
    }

    func take(_ snapshot: ConfigSnapshot) {
        guard let settings else { return }
        self.snapshot = snapshot
        proofs?.configurationChanged()
        let release = settings.role == .primary ? ChannelRelease.all : ChannelRelease(listed: settings.channels)
        credentials = ChannelOwnership.credentials(snapshot, release)
        monitor?.owns(fingerprints)
    }

    // MARK: What others are told

    var name: String { opened?.name ?? HostFacts.hostName }

    private var machine: FailoverMachine? { monitor?.machine ?? opened?.machine }

    var announcement: PeerAnnouncement {
        var announcement =
            machine?.announcement
            ?? PeerAnnouncement(role: .primary, phase: .running, willAct: true, epoch: 0, priority: 0, major: 0)
        if part == .started {
            announcement.role = isActing ? .active : .standby
            // One that is held counts like one that does not run: its monitor would have to begin first.
            announcement.willAct = isActing
        }
        switch health.phase {
        case .starting: announcement.phase = .starting(progress: health.progress)
        case .draining: announcement.phase = .draining
        case .running: break
        }
        return announcement
    }

    func statement(for peer: Int) -> PeerStatement {
        PeerStatement(
            node: mark.node, boot: mark.boot, uptime: health.uptimeMilliseconds, isReady: health.isReady,
            version: health.version, announcement: announcement, owns: fingerprints(for: peer))
    }

    /// Changes with what matters of it.
    var trouble: String? { monitor.map { "\($0.machine.word.rawValue) \($0.machine.epoch)" } }

    var openingWord: LinkWord {
        switch health.phase {
        case .starting: .hint(.starting(progress: health.progress))
        case .draining: .hint(.draining)
        case .running: .hint(.opened)
        }
    }

    private func fingerprints(for peer: Int) -> [String] {
        guard let opened, opened.secrets.indices.contains(peer), let secret = opened.secrets[peer] else { return [] }
        return credentials.map(secret.fingerprint)
    }

    /// Under the secrets of all nodes that could have the same.
    private var fingerprints: [String] { (opened?.secrets ?? []).indices.flatMap { fingerprints(for: $0) } }

    var pair: FailoverSettings? { settings }

    /// Says to the owner what another node cannot say itself. Returns why not.
    func passOn(_ text: String) -> String? {
        voice?.pass(on: text) == true ? nil : "its own channels are held back, or it knows no owner"
    }

    /// Makes way for the node that asks. Returns why not.
    func standAside() async -> String? {
        guard let monitor else { return "its monitor does not run in it" }
        return await monitor.order(.demote).map(\.text)
    }

    // MARK: News

    private func hear(_ news: FailoverNews) {
        switch news {
        case .changed(let transition):
            voice?.log.info(
                "failover: \(transition.to.rawValue)",
                ["from": .text(transition.from.rawValue), "reason": .text(transition.reason)])
            onTransition(transition.to.rawValue)
            show()
        case .alert(let alert):
            let isFarewell = if case .steppedBack = alert { true } else { false }
            voice?.say(
                words(alert), turn: alert.turn(machine?.epoch ?? 0), isHeard: isFarewell && saidFarewell, from: name,
                state: machine?.word.rawValue ?? "")
            onChange()
        case .ended(let step, let outcome):
            if case .failed(let reason) = outcome {
                voice?.log.warn("failover: the step \(step.word) did not work", ["reason": .text(reason)])
            }
        }
    }

    private func words(_ alert: FailoverAlert) -> String {
        let text = "\(name): \(alert.text)"
        if settings?.mode == .local {
            switch alert {
            case .tookOver(let reason): return "\(name): \(reason.text); ask here what is the matter with it"
            case .steppedBack(let reason): return "\(name): \(reason.text) again"
            case .isolated, .flapping, .blocked, .foreign, .stillUp, .wouldNotStandAside: return text
            }
        }
        guard case .tookOver = alert, let settings, settings.role == .standby else { return text }
        let age = copies?.workspace.map {
            $0["ageMs"]?.int.map { "; its workspace was pulled \($0 / 1000) s ago" }
                ?? "; its workspace was not pulled since it started"
        }
        return text + (age ?? "") + jobsNote
    }

    private func sayFarewell() async {
        // Once the channels are held it can say nothing more.
        guard gate != nil, let reason = machine?.history.last?.reason else { return }
        saidFarewell = await voice?.post("\(name): steps back: \(reason)") ?? false
    }

    private func heard(proof failure: String?) {
        voice?.say("\(name): \(StandbyFault.news(failure))", from: name, state: machine?.word.rawValue ?? "")
        onChange()
    }

    /// A step of a promotion with programs outside. Secrets that came are of no use before they are read.
    private func prepare(_ step: FailoverStep, by deadline: Instant) async -> StepOutcome {
        let outcome = await copies?.run(step, by: deadline) ?? .done
        guard step == .secrets, settings?.promotion.secretsHost != nil, case .done = outcome else { return outcome }
        guard let failure = await refreshSecrets() else { return .done }
        return .failed("the secrets came, and cannot be used: \(failure)")
    }

    /// What probes and health say.
    private func show() {
        if part == .started { return showStarted() }
        guard let machine, part == .monitored else { return }
        health.role = machine.announcement.role.rawValue
        health.report(
            "failover",
            failure: machine.isReady ? nil : "\(machine.word.rawValue): \(machine.history.last?.reason ?? "")")
        onChange()
    }
}
