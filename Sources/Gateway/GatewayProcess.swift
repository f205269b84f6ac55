package import Platform
import Settings
import Store
import Wire

/// `gateway run`: takes the state directory, listens, opens what must survive, and ends in the reverse order.
@LoopActor
package final class GatewayProcess {
    /// How a gateway that ran came to its end.
    package enum End: Sendable {
        /// Everything under way was finished.
        case drained
        /// A second signal or the deadline ended it earlier.
        case cutShort
        /// The program at this path is to take our place.
        case replaced(program: String, Handover)
    }

    /// From the first signal to the end of what is under way.
    static let drainTime = Duration.seconds(10)
    /// Clients wait that long at most for a start that replaces another program.
    static let holdTime = Duration.seconds(2)

    let start: GatewayStart
    let instance: Instance
    let version: String
    private let access: AccessSettings
    let listen: ListenSettings
    let output: LogOutput
    let log: Log
    let health: GatewayHealth
    let stop = StopRequests()
    let restarts: RestartDesk
    let manager: ServiceNotifier?
    let inherited: Handover?
    /// The restart that is the reason to stop; a signal to end takes its place.
    var restart: RestartRequest?
    /// Somebody wants the end, for good.
    private(set) var isEnding = false
    private let trial: ConfigTrial

    package init(_ start: GatewayStart, version: String, log output: LogOutput) {
        self.start = start
        instance = start.instance
        access = AccessSettings(start.settings)
        listen = ListenSettings(start.settings, isForced: start.isForced)
        self.version = version
        self.output = output
        log = Log(output, subsystem: "gateway")
        health = GatewayHealth(version: version, clock: EventLoop.shared)
        restarts = RestartDesk(means: RestartMeans.find(start.environment), clock: EventLoop.shared)
        manager = ServiceNotifier(start.environment, clock: EventLoop.shared)
        inherited = Handover.taken(from: start.environment)
        trial = ConfigTrial(start.opening, start.instance, clock: EventLoop.shared, log: log.part("config"))
    }

    /// Whether it could not start because of a changed configuration that was on trial.
    package var hasFailedTrial: Bool { trial.hasFailed }
    /// Somebody wanted it to end while it was being started, and it did not start.
    package private(set) var wasAskedToEnd = false

    /// Asks for the end, as a signal does.
    package func end() {
        isEnding = true
        restart = nil
        stop.ask()
    }

    /// Runs until a signal asks for the end. `onListening` is told the address as soon as probes are answered.
    package func run(onListening: @LoopActor (ListeningPlace) -> Void) async throws(GatewayRefusal) -> End {
        let lock = try await takeState()
        await trial.begin()
        do throws(GatewayRefusal) {
            let end = try await serveUntilSignal(lock, onListening)
            await trial.stopped()
            // The next program holds the lock already.
            if case .replaced = end {} else { lock.release() }
            return end
        } catch {
            await trial.failed("\(error)".split(separator: "\n").first.map(String.init) ?? "it did not start")
            lock.release()
            throw error
        }
    }

    private func serveUntilSignal(
        _ lock: FileLock, _ onListening: @LoopActor (ListeningPlace) -> Void
    ) async throws(GatewayRefusal) -> End {
        let signals = try listenToSignals()
        let end: End
        do throws(GatewayRefusal) {
            end = try await serve(lock, onListening)
        } catch {
            // Another start may follow in this process; what comes from now on is for that one.
            wasAskedToEnd = isEnd(signals.leave()) || stop.isAsked
            throw error
        }
        guard case .replaced = end else {
            signals.stop()
            return end
        }
        // Whoever wanted it to end while its place was being given away still wants that.
        if isEnd(signals.leave()) { restart = nil }
        return restart == nil ? .drained : end
    }

    private func isEnd(_ signals: [ProcessSignal]) -> Bool { signals.contains { $0 == .terminate || $0 == .interrupt } }

    private func serve(
        _ lock: FileLock, _ onListening: @LoopActor (ListeningPlace) -> Void
    ) async throws(GatewayRefusal) -> End {
        let failover = await openFailover()
        let routes = GatewayRoutes(
            health: health, doorstep: Doorstep(access, hostName: HostFacts.hostName), failover: failover.route)
        let server = HTTPServer(
            handler: routes, commonFields: GatewayRoutes.commonFields(strictTransport: listen.strictTransport),
            clock: EventLoop.shared)
        let held = holdIfReplacing(server)
        let place = try await listening.start(server, requiresAuth: access.mode != .none)
        let identity: GatewayIdentity
        do throws(GatewayRefusal) {
            identity = try await openIdentity()
        } catch {
            server.cut()
            throw error
        }
        let configuration = LiveConfiguration(
            instance, environment: start.environment, schema: .product, clock: EventLoop.shared)
        configuration.requestRestart = { [weak self] in self?.restartForChange($0) }
        trial.onFailure = configuration.requestRestart
        let plane = makePlane(identity, configuration, failover)
        routes.open(plane)
        await lock.describe(owner(at: place))
        onListening(place)
        say(place)
        let metrics = listenForMetrics(plane)
        defer { metrics?.cut() }
        EventLoop.shared.onSlowTurn = { [log] in log.warn("the loop was busy for too long", ["turnMs": LogValue($0)]) }
        health.phase = .starting(pending: "store")
        let store: Store
        do throws(GatewayRefusal) {
            store = try await openStore()
        } catch {
            server.cut()
            throw error
        }
        do throws(StoreError) {
            try await plane.attach(store)
        } catch {
            server.cut()
            await store.close()
            throw .cannotOpenStore(error)
        }
        restarts.begin = { [weak self] in self?.begin($0) }
        await ConfigFollowing(start, configuration, output: output).begin(plane)
        defer { configuration.stopWatching() }
        let watch = StateWatch(health: health, log: log, clock: EventLoop.shared) { await lock.isStillInPlace() }
        watch.start()
        defer { watch.stop() }
        health.phase = .running
        held?.cancel()
        server.release()
        plane.started()
        trial.onProof = { startTask { await configuration.proven() } }
        trial.ready()
        log.info("ready", ["afterMs": LogValue(health.uptimeMilliseconds)])
        manager?.ready("ready on \(place.url)")
        defer { manager?.end() }
        StartupPages.releaseSoon()
        if store.stoppedUncleanly { startTask { await self.check(store) } }
        await stop.first()
        return await finish(server, plane, store, lock)
    }

    /// Clients of the program that we replaced wait for a gateway that can answer them; not for ever, as probes do too.
    private func holdIfReplacing(_ server: HTTPServer) -> LoopTimer? {
        guard inherited != nil else { return nil }
        server.hold()
        let timer = LoopTimer(EventLoop.shared) { [weak server] in server?.release() }
        timer.arm(at: EventLoop.shared.now + Self.holdTime)
        return timer
    }

    private func makePlane(
        _ identity: GatewayIdentity, _ configuration: LiveConfiguration, _ failover: FailoverServices
    ) -> ControlPlane {
        failover.isKnown(as: identity.deviceID)
        let plane = ControlPlane(
            facts: facts(identity), health: health, access: access, configuration: configuration,
            models: AgentServices.desk(EventLoop.shared, environment: start.environment, version: version),
            restarts: restarts, failover: failover, environment: start.environment, clock: EventLoop.shared, log: log)
        plane.desk.frames = FrameLog(start.flags.frameLog, isVerbose: start.flags.isVerbose, log.part("frames"))
        return plane
    }

    private func facts(_ identity: GatewayIdentity) -> GatewayFacts {
        GatewayFacts(
            version: version, profile: "\(instance.profile)", hostName: HostFacts.hostName,
            platform: HostFacts.platform, configPath: instance.configPath,
            stateDirectory: instance.stateDirectory, authMode: access.mode.rawValue, defaultAgentID: "main",
            databasePath: instance.databasePath, workspaceDirectory: instance.workspaceDirectory, identity: identity)
    }

    private func say(_ place: ListeningPlace) {
        log.info(
            "listening",
            [
                "address": LogValue(place.address), "version": "\(version)", "profile": LogValue(instance.profile),
                "fingerprint": .text(place.fingerprint?.description ?? "no TLS"),
            ])
    }

    /// What a second gateway on this state, and `gateway status`, read of us.
    func owner(at place: ListeningPlace?) -> LockOwner {
        var details = ["version": version, "profile": "\(instance.profile)"]
        details["run"] = restarts.runID
        details["address"] = place.map { "\($0.address)" }
        details["url"] = place?.socketURL
        details["fingerprint"] = place?.fingerprint?.description
        return .current(details)
    }

    private var listening: GatewayListening {
        GatewayListening(
            settings: listen, stateDirectory: instance.stateDirectory, socketPath: instance.socketPath,
            hostName: HostFacts.hostName,
            inherited: inherited.map { InheritedListeners($0) } ?? InheritedListeners(), log: log,
            clock: EventLoop.shared)
    }
}
