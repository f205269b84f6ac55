import Channels
package import Failover
package import Platform
package import Settings
import Wire

/// `failover run`: the monitor alone, beside a gateway that it starts and stops.
@LoopActor
package final class MonitorProcess: FailoverNode {
    /// Why it does not run.
    package enum Refusal: Error, CustomStringConvertible {
        case primary
        /// The gateway's own monitor does the same.
        case warm
        case nobodyToWatch
        case held(LockOwner)
        case file(FileError)
        case signals(SystemError)

        package var description: String {
            switch self {
            case .primary: "this node is the primary (failover.role): there is nobody that it watches"
            case .warm:
                "the monitor runs in the gateway itself (failover.promote.warm is not false): openclaw gateway run"
            case .nobodyToWatch: "no node is named that this one could watch: failover.peers, or PRIMARY_IP"
            case .held(let owner): "another monitor runs on this state: process \(owner.process.map { "\($0)" } ?? "?")"
            case .file(let error): "\(error)"
            case .signals(let error): "\(error)"
            }
        }
    }

    package nonisolated static let lockName = "failover.lock"

    private let instance: Instance
    private let environment: Environment
    private let settings: FailoverSettings
    private let version: String
    private let runner: any ProcessRunner
    private let log: Log
    private(set) var monitor: FailoverMonitor?
    private(set) var copies: FailoverCopies?
    private(set) var proofs: StandbyProofs?
    private(set) var name = ""
    private var webhook: FailoverWebhook?
    private var contact: PeerContact?
    private let workspace: String

    var pair: FailoverSettings? { settings }
    var isActing: Bool { monitor?.machine.memory.isActing ?? false }
    private var alerts: OwnerAlerts?

    package init(
        _ snapshot: ConfigSnapshot, _ settings: FailoverSettings, instance: Instance, environment: Environment,
        version: String, runner: any ProcessRunner, log: Log
    ) {
        self.settings = settings
        self.instance = instance
        workspace =
            snapshot.string("agents.defaults.workspace").map { instance.expanded($0) } ?? instance.workspaceDirectory
        self.environment = environment
        self.version = version
        self.runner = runner
        self.log = log
    }

    /// Runs until a signal asks for the end. What it started stays up: the next monitor goes on from there.
    package func run(onStart: @LoopActor () -> Void) async throws(Refusal) {
        guard settings.role == .standby else { throw .primary }
        guard !settings.above.isEmpty else { throw .nobodyToWatch }
        // Who set nothing but the variables of the shell monitor runs it as that one was run.
        guard !settings.isEnabled || !settings.promotion.isWarm else { throw .warm }
        let lock = try await take()
        defer { lock.release() }
        let monitor = try await make()
        self.monitor = monitor
        let signals: Signals
        do throws(SystemError) {
            signals = try Signals { signal in
                if signal == .terminate || signal == .interrupt { monitor.drain() }
            }
        } catch {
            throw .signals(error)
        }
        defer { signals.stop() }
        let manager = ServiceNotifier(environment, clock: EventLoop.shared)
        manager?.ready("watching \(settings.above.first?.place.text ?? "")")
        let door = MonitorDoor(self, log: log)
        door.open(instance.monitorSocketPath, clock: EventLoop.shared)
        defer { door.close() }
        onStart()
        log.info("failover: watching", ["node": .text(settings.above.first?.place.text ?? "")])
        copies?.start { monitor.machine.word == .active }
        proofs?.start()
        try? await monitor.run()
        copies?.drain()
        proofs?.drain()
        manager?.stopping("ending")
        manager?.end()
        log.info("failover: ended", ["state": .text(monitor.machine.word.rawValue)])
    }

    private func take() async throws(Refusal) -> FileLock {
        let outcome: FileLock.Outcome
        do throws(FileError) {
            try await PrivateDirectory.create(instance.stateDirectory)
            let path = "\(instance.stateDirectory)/\(Self.lockName)"
            outcome = try await FileLock.acquire(path, as: .current(["version": version]))
        } catch {
            throw .file(error)
        }
        switch outcome {
        case .acquired(let lock): return lock
        case .heldBy(let owner): throw .held(owner)
        }
    }

    private func make() async throws(Refusal) -> FailoverMonitor {
        let clock = EventLoop.shared
        let path = instance.monitorMemoryPath
        var memory: FailoverMemory?
        do throws(FileError) {
            memory = try await FailoverShelf.read(path)
        } catch {
            log.error("what the monitor knew before cannot be read", ["reason": LogValue(error)])
        }
        let opening = FailoverOpening(
            settings, instance: instance, environment: environment, version: version, memory: memory,
            memoryPath: path, clock: clock)
        name = opening.name
        let steps = UnitSteps(settings.promotion.unit, environment: environment, runner: runner, clock: clock)
        steps.owned = { [weak self] in await self?.fingerprints(opening.secrets) }
        let copies = FailoverCopies(opening.copies(workspace), clock: clock, log: log)
        self.copies = copies
        steps.preparation = { await copies.run($0, by: $1) }
        let boot = UInt64.random(in: 1..<(1 << 53))
        let shelf = FailoverShelf(path, clock: clock) { [log] failure in
            if let failure { log.error("the monitor cannot write down where it stands", ["reason": .text(failure)]) }
        }
        let contact = PeerContact(opening.addresses, mark: { NodeMark(node: nil, boot: boot) }, clock: clock)
        self.contact = contact
        let monitor = FailoverMonitor(
            opening.machine, contact: contact,
            witnesses: WitnessQuestion(settings.witnesses, clock: clock), steps: steps, shelf: shelf, clock: clock)
        webhook = FailoverWebhook(
            settings.alert.webhook,
            http: HTTPClient(connector: HTTPDialer(clock: clock), clock: clock, userAgent: "openclaw/\(version)"),
            clock: clock, log: log)
        monitor.onNews = { [weak self] in self?.hear($0) }
        let proof = StandbyProof(settings, environment: environment, version: version, clock: clock, log: log)
        proofs = StandbyProofs(settings, monitor, clock: clock) { [weak self, settings] in
            guard let self else { return [] }
            let faults = await self.faults(proof)
            // Where secrets are fetched before it acts, it is these that count.
            guard !faults.isEmpty, settings.promotion.secretsHost != nil else { return faults }
            _ = await copies.run(.secrets, by: clock.now + StandbyProof.secretsTime)
            return await self.faults(proof)
        }
        proofs?.onNews = { [weak self] failure in
            self?.tell(StandbyFault.news(failure))
        }
        alerts = OwnerAlerts(clock: clock, log: log) { await contact.tellOwner($0) }
        return monitor
    }

    private func faults(_ proof: StandbyProof) async -> [StandbyFault] {
        do throws(ConfigRefusal) {
            return await proof.faults(try await configuration())
        } catch {
            let first = error.problems.first.map { "\($0)" } ?? "\(error)"
            return [.configuration(first)]
        }
    }

    /// As it is now: the gateway that would use it is not there to be asked.
    private func configuration() async throws(ConfigRefusal) -> ConfigSnapshot {
        try await ConfigLoader(instance, environment: environment, schema: .product).load()
    }

    /// Nil where the configuration cannot be read.
    private func fingerprints(_ secrets: [PairSecret?]) async -> [String]? {
        guard let snapshot = try? await configuration() else { return nil }
        let credentials = ChannelOwnership.credentials(snapshot, ChannelRelease(listed: settings.channels))
        return secrets.compactMap { $0 }.flatMap { secret in credentials.map(secret.fingerprint) }
    }

    private func hear(_ news: FailoverNews) {
        switch news {
        case .changed(let transition):
            log.info(
                "failover: \(transition.to.rawValue)",
                ["from": .text(transition.from.rawValue), "reason": .text(transition.reason)])
        case .alert(let alert):
            // Of its switches the gateway tells that is started and stopped: it has channels.
            tell(alert.text, turn: alert.turn(monitor?.machine.epoch ?? 0), isHeard: alert.isSwitch)
        case .ended(let step, .failed(let reason)):
            log.warn("failover: the step \(step.word) did not work", ["reason": .text(reason)])
        case .ended: break
        }
    }

    /// The log, the webhook, and whichever node can say it on a channel: this process has none.
    private func tell(_ words: String, turn: String = "", isHeard: Bool = false) {
        let text = "\(name): \(words)"
        guard let alerts, alerts.isNew(text, turn: turn) else { return }
        let state = monitor?.machine.word.rawValue ?? ""
        if let webhook { startTask { [name] in await webhook.tell(text, from: name, state: state) } }
        if !isHeard { alerts.tell(text) }
    }
}
