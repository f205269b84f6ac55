import Platform
import Settings
import Store
import Wire

/// What a start takes, one thing after the other.
extension GatewayProcess {
    func takeState() async throws(GatewayRefusal) -> FileLock {
        if let inherited, let lock = FileLock.adopt(inherited.lock, instance.lockPath, as: owner(at: nil)) {
            return lock
        }
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

    func tryState() async throws(GatewayRefusal) -> FileLock.Outcome {
        do throws(FileError) {
            try await PrivateDirectory.create(instance.stateDirectory)
            return try await FileLock.acquire(instance.lockPath, as: owner(at: nil))
        } catch {
            throw .cannotUseState(error)
        }
    }

    func openIdentity() async throws(GatewayRefusal) -> GatewayIdentity {
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
    func listenForMetrics(_ plane: ControlPlane) -> HTTPServer? {
        guard let port = listen.metricsPort else { return nil }
        let text = MetricsText(health: health, hub: plane.hub, failover: plane.failover)
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

    func listenToSignals() throws(GatewayRefusal) -> Signals {
        do throws(SystemError) {
            return try Signals { [weak self, log] signal in
                switch signal {
                case .terminate, .interrupt: self?.end()
                case .user1: self?.restartBySignal()
                case .hangUp, .windowChanged, .stop, .continued:
                    log.info("signal without an effect", ["signal": "\(signal)"])
                }
            }
        } catch {
            throw .cannotPrepare(error)
        }
    }

    func openStore() async throws(GatewayRefusal) -> Store {
        do throws(StoreError) {
            return try await Store.open(at: instance.databasePath, schema: GatewaySchema.schema) {
                [weak self] event in
                self?.storeChanged(event)
            }
        } catch {
            throw .cannotOpenStore(error)
        }
    }

    func storeChanged(_ event: StoreEvent) {
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
    func check(_ store: Store) async {
        do throws(StoreError) {
            try await store.check()
        } catch .closed {
        } catch {
            Log(output, subsystem: "store").error("the check after an unclean stop failed: \(error)")
        }
    }
}
