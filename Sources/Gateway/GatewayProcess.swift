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
    }

    /// From the first signal to the end of what is under way.
    static let drainTime = Duration.seconds(10)

    private let start: GatewayStart
    private let instance: Instance
    private let version: String
    private let access: AccessSettings
    private let listen: ListenSettings
    private let output: LogOutput
    private let log: Log
    private let health: GatewayHealth
    private let stop = StopRequests()

    package init(_ start: GatewayStart, version: String, log output: LogOutput) {
        self.start = start
        instance = start.instance
        access = AccessSettings(start.settings)
        listen = ListenSettings(start.settings, isForced: start.isForced)
        self.version = version
        self.output = output
        log = Log(output, subsystem: "gateway")
        health = GatewayHealth(version: version, clock: EventLoop.shared)
    }

    /// Asks for the end, as a signal does.
    package func end() { stop.ask() }

    /// Runs until a signal asks for the end. `onListening` is told the address as soon as probes are answered.
    package func run(onListening: @LoopActor (ListeningPlace) -> Void) async throws(GatewayRefusal) -> End {
        let lock = try await takeState()
        defer { lock.release() }
        let signals = try listenToSignals()
        defer { signals.stop() }
        let routes = GatewayRoutes(health: health, doorstep: Doorstep(access, hostName: HostFacts.hostName))
        let server = HTTPServer(
            handler: routes, commonFields: GatewayRoutes.commonFields(strictTransport: listen.strictTransport),
            clock: EventLoop.shared)
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
        let plane = makePlane(identity, configuration)
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
        await follow(configuration, plane)
        defer { configuration.stopWatching() }
        let watch = StateWatch(health: health, log: log, clock: EventLoop.shared) { await lock.isStillInPlace() }
        watch.start()
        defer { watch.stop() }
        health.phase = .running
        plane.started()
        log.info("ready", ["afterMs": LogValue(health.uptimeMilliseconds)])
        StartupPages.releaseSoon()
        if store.stoppedUncleanly { startTask { await self.check(store) } }
        await stop.first()
        return await drain(server, plane, store)
    }

    private func makePlane(_ identity: GatewayIdentity, _ configuration: LiveConfiguration) -> ControlPlane {
        let plane = ControlPlane(
            facts: facts(identity), health: health, access: access, configuration: configuration,
            models: AgentServices.desk(EventLoop.shared, environment: start.environment, version: version),
            environment: start.environment, clock: EventLoop.shared, log: log)
        plane.desk.frames = FrameLog(start.flags.frameLog, isVerbose: start.flags.isVerbose, log.part("frames"))
        return plane
    }

    /// Takes over at once what may change while the gateway runs: who may come in, and what the log must hide.
    private func follow(_ configuration: LiveConfiguration, _ plane: ControlPlane) async {
        configuration.rules = { [start, instance] (snapshot) throws(ConfigRefusal) in
            _ = try GatewaySettings(snapshot, instance: instance, flags: start.flags)
        }
        let sections = ["gateway.auth", "gateway.trustedProxies", "gateway.allowedHosts", "gateway.controlUi"]
        configuration.add(
            sections + ["gateway.nodes", "gateway.http.endpoints", "gateway.http.lenientModel"]
        ) {
            [start, output, instance] (snapshot) throws(ConfigRefusal) in
            let settings = try GatewaySettings(snapshot, instance: instance, flags: start.flags)
            output.redaction.register(all: snapshot.secrets.union(settings.secrets))
            plane.entrance.replace(AccessSettings(settings))
            plane.api.settings = settings.http
            plane.nodes.registry.policy = NodeCommandPolicy(
                allow: Set(settings.allowCommands), deny: Set(settings.denyCommands))
        }
        await configuration.begin(with: start.snapshot)
        await configuration.watch { [log] (outcome) in
            switch outcome {
            case .success(let taken) where !taken.isEmpty:
                log.info("the configuration changed", ["inUse": .text(taken.joined(separator: ", "))])
            case .success: break
            case .failure(let refusal):
                log.error("the changed configuration is not used", ["reason": LogValue(refusal)])
            }
        }
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
    private func owner(at place: ListeningPlace?) -> LockOwner {
        var details = ["version": version, "profile": "\(instance.profile)"]
        details["address"] = place.map { "\($0.address)" }
        details["url"] = place?.socketURL
        details["fingerprint"] = place?.fingerprint?.description
        return .current(details)
    }

    private var listening: GatewayListening {
        GatewayListening(
            settings: listen, stateDirectory: instance.stateDirectory, socketPath: instance.socketPath,
            hostName: HostFacts.hostName, log: log,
            clock: EventLoop.shared)
    }

    // MARK: Start

    private func takeState() async throws(GatewayRefusal) -> FileLock {
        switch try await tryState() {
        case .acquired(let lock): return lock
        case .heldBy(let owner):
            let takeover = GatewayTakeover(log: log, clock: EventLoop.shared)
            if listen.isForced, await takeover.end(owner, holding: instance.lockPath),
                case .acquired(let lock) = try await tryState()
            {
                return lock
            }
            throw .stateOwned(directory: instance.stateDirectory, owner: owner)
        }
    }

    private func tryState() async throws(GatewayRefusal) -> FileLock.Outcome {
        do throws(FileError) {
            try await PrivateDirectory.create(instance.stateDirectory)
            return try await FileLock.acquire(instance.lockPath, as: owner(at: nil))
        } catch {
            throw .cannotUseState(error)
        }
    }

    private func openIdentity() async throws(GatewayRefusal) -> GatewayIdentity {
        do throws(GatewayIdentity.Failure) {
            let directory = instance.stateDirectory
            return try await BlockingPool.shared.run { () throws(GatewayIdentity.Failure) in
                try GatewayIdentity.open(in: directory)
            }
        } catch {
            throw .noIdentity(error)
        }
    }

    /// The port for those who scrape figures is a convenience: without it the gateway runs all the same.
    private func listenForMetrics(_ plane: ControlPlane) -> HTTPServer? {
        guard let port = listen.metricsPort else { return nil }
        let text = MetricsText(health: health, hub: plane.hub)
        let server = HTTPServer(
            handler: MetricsPort(text: text, hostName: HostFacts.hostName),
            commonFields: GatewayRoutes.commonFields(), clock: EventLoop.shared)
        do throws(SystemError) {
            let address = try server.listen(on: .loopback(port: port))
            log.info("figures for Prometheus", ["address": LogValue(address)])
        } catch {
            log.warn(
                "no port for figures (gateway.metrics.port)",
                ["port": LogValue(Int(port)), "reason": LogValue(error.reason)])
        }
        return server
    }

    private func listenToSignals() throws(GatewayRefusal) -> Signals {
        do throws(SystemError) {
            return try Signals { [stop, log] signal in
                switch signal {
                case .terminate, .interrupt: stop.ask()
                case .hangUp, .user1, .windowChanged, .stop, .continued:
                    log.info("signal without an effect", ["signal": "\(signal)"])
                }
            }
        } catch {
            throw .cannotPrepare(error)
        }
    }

    private func openStore() async throws(GatewayRefusal) -> Store {
        do throws(StoreError) {
            return try await Store.open(at: instance.databasePath, schema: GatewaySchema.schema) {
                [weak self] event in
                self?.storeChanged(event)
            }
        } catch {
            throw .cannotOpenStore(error)
        }
    }

    private func storeChanged(_ event: StoreEvent) {
        let storeLog = Log(output, subsystem: "store")
        switch event {
        case .created, .migrated, .sound: storeLog.info(event.description)
        case .movedAside: storeLog.error(event.description)
        case .troubled:
            storeLog.error(event.description)
            health.report("store", failure: event.description)
        case .recovered:
            storeLog.info(event.description)
            health.report("store", failure: nil)
        }
    }

    /// After an unclean stop the file is read through, beside all other work.
    private func check(_ store: Store) async {
        do throws(StoreError) {
            try await store.check()
        } catch .closed {
        } catch {
            Log(output, subsystem: "store").error("the check after an unclean stop failed: \(error)")
        }
    }

    // MARK: Stop

    private func drain(_ server: HTTPServer, _ plane: ControlPlane, _ store: Store) async -> End {
        health.phase = .draining
        log.info("draining", ["connections": LogValue(server.connectionCount)])
        let clock = EventLoop.shared
        let timer = LoopTimer(clock) { [stop] in stop.ask() }
        timer.arm(at: clock.now + Self.drainTime)
        var end = End.drained
        let cut = startTask {
            await self.stop.second()
            guard !Task.isCancelled else { return }
            end = .cutShort
            server.cut()
            plane.cut()
        }
        await plane.drain(reason: "gateway stopping")
        await server.drain()
        timer.cancel()
        cut.cancel()
        stop.release()
        await store.close()
        EventLoop.shared.onSlowTurn = nil
        log.info("stopped", ["drained": .flag(end == .drained)])
        return end
    }
}
