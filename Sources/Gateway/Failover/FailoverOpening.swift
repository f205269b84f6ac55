import Failover
import Platform
import Settings
import Wire

/// What a node takes up failover with: what it is to do, and what it knew when it ended.
struct FailoverOpening: Sendable {
    let settings: FailoverSettings
    /// As others and people know it.
    let name: String
    let machine: FailoverMachine
    /// By the place of the peer in the settings; nil for those without.
    let secrets: [PairSecret?]
    let addresses: [PeerAddress]
    let memoryPath: String
    /// Where a monitor beside this gateway writes down what it does.
    let monitorPath: String
    let monitorSocket: String
    let environment: Environment
    /// Whether the monitor runs in the gateway itself.
    let isMonitored: Bool
    /// The steps with programs outside, for the workspace that is named.
    let copies: @LoopActor @Sendable (_ workspace: String) -> FailoverSync

    @LoopActor
    init(
        _ settings: FailoverSettings, instance: Instance, environment: Environment, version: String,
        memory: FailoverMemory?,
        memoryPath: String, clock: any Clock
    ) {
        self.settings = settings
        self.memoryPath = memoryPath
        self.environment = environment
        monitorSocket = instance.monitorSocketPath
        monitorPath = instance.monitorMemoryPath
        name = HostFacts.hostName + (instance.profile == .default ? "" : " (\(instance.profile))")
        secrets = settings.peers.map { $0.token.map(PairSecret.init) }
        isMonitored = settings.role == .primary || settings.promotion.isWarm
        let programs = SyncPrograms(environment, runner: ChildProcess(clock: clock), clock: clock)
        let host = HostFacts.hostName
        copies = { FailoverSync(settings, instance, workspace: $0, host: host, programs) }
        let major = version.split(separator: ".").first.flatMap { Int($0) } ?? 0
        machine = FailoverMachine(
            FailoverRules(settings, name: name, major: major), memory: memory,
            at: FailoverMonitor.time(Instant.sinceBoot(), clock.wall))
        addresses = settings.above.map { peer in
            let secret = peer.token.map(PairSecret.init)
            switch peer.place {
            case .url(let text):
                let url = try? WebURL(text)
                return PeerAddress(name: text, secret: secret) { url }
            case .profile(let profile):
                let local = LocalPeer(profile, environment: environment, clock: clock)
                return PeerAddress(name: "the profile \(profile)", secret: secret) { await local.url() }
            }
        }
    }
}

extension GatewayProcess {
    /// What was written down before; a file that cannot be read is told and begun anew.
    func openFailover() async -> FailoverServices {
        let settings = start.settings.failover
        guard settings.isEnabled else { return FailoverServices(alone: health, clock: EventLoop.shared) }
        let path = "\(instance.stateDirectory)/\(FailoverShelf.fileName)"
        var memory: FailoverMemory?
        do throws(FileError) {
            memory = try await FailoverShelf.read(path)
        } catch {
            log.error("what failover knew before cannot be read", ["reason": LogValue(error)])
        }
        let services = FailoverServices(
            FailoverOpening(
                settings, instance: instance, environment: start.environment, version: version, memory: memory,
                memoryPath: path, clock: EventLoop.shared),
            health: health, clock: EventLoop.shared)
        // Known before the first question comes: whoever hears that it owns nothing could take what it has.
        services.take(start.snapshot)
        return services
    }
}
