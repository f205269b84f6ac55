package import Platform
package import Settings
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

    private let instance: Instance
    private let version: String
    private let output: LogOutput
    private let log: Log
    private let health: GatewayHealth
    private let stop = StopRequests()

    package init(instance: Instance, version: String, log output: LogOutput) {
        self.instance = instance
        self.version = version
        self.output = output
        log = Log(output, subsystem: "gateway")
        health = GatewayHealth(version: version, clock: EventLoop.shared)
    }

    /// Runs until a signal asks for the end. `onListening` is told the address as soon as probes are answered.
    package func run(onListening: @LoopActor (SocketAddress) -> Void) async throws(GatewayRefusal) -> End {
        let lock = try await takeState()
        defer { lock.release() }
        let signals = try listenToSignals()
        defer { signals.stop() }
        let configuration = LiveConfiguration(
            instance, environment: .process, schema: .product, clock: EventLoop.shared)
        let plane = ControlPlane(
            facts: facts, health: health, admission: SharedSecretGate(token: "secret"), configuration: configuration,
            clock: EventLoop.shared, log: log)
        let server = HTTPServer(
            handler: GatewayRoutes(health: health, desk: plane.desk), commonFields: GatewayRoutes.commonFields,
            clock: EventLoop.shared)
        let address = try listen(server)
        onListening(address)
        log.info(
            "listening",
            ["address": LogValue(address), "version": "\(version)", "profile": LogValue(instance.profile)])
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
        await configuration.begin()
        health.phase = .running
        plane.started()
        log.info("ready", ["afterMs": LogValue(health.uptimeMilliseconds)])
        StartupPages.releaseSoon()
        if store.stoppedUncleanly { startTask { await self.check(store) } }
        await stop.first()
        return await drain(server, plane, store)
    }

    private var facts: GatewayFacts {
        GatewayFacts(
            version: version, profile: "\(instance.profile)", hostName: HostFacts.hostName,
            platform: HostFacts.platform, configPath: instance.configPath,
            stateDirectory: instance.stateDirectory, authMode: "token", defaultAgentID: "main",
            databasePath: instance.databasePath, workspaceDirectory: instance.workspaceDirectory)
    }

    // MARK: Start

    private func takeState() async throws(GatewayRefusal) -> FileLock {
        let outcome: FileLock.Outcome
        do throws(FileError) {
            try await PrivateDirectory.create(instance.stateDirectory)
            let owner = LockOwner.current(["version": version, "profile": "\(instance.profile)"])
            outcome = try await FileLock.acquire(instance.lockPath, as: owner)
        } catch {
            throw .cannotUseState(error)
        }
        switch outcome {
        case .acquired(let lock): return lock
        case .heldBy(let owner): throw .stateOwned(directory: instance.stateDirectory, owner: owner)
        }
    }

    private func listenToSignals() throws(GatewayRefusal) -> Signals {
        do throws(SystemError) {
            return try Signals { [stop, log] signal in
                switch signal {
                case .terminate, .interrupt: stop.ask()
                case .hangUp, .user1: log.info("signal without an effect", ["signal": "\(signal)"])
                }
            }
        } catch {
            throw .cannotPrepare(error)
        }
    }

    private func listen(_ server: HTTPServer) throws(GatewayRefusal) -> SocketAddress {
        let wanted = SocketAddress.loopback(port: instance.port)
        do throws(SystemError) {
            return try server.listen(
                on: wanted,
                onExhausted: { [log] error in
                    log.warn(
                        "no descriptor for a new connection; it was turned away", ["reason": LogValue(error.reason)])
                })
        } catch {
            throw error.isAddressTaken ? .portTaken(wanted) : .cannotListen(wanted, error)
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
