import Platform
import Wire

/// Makes a server listen: on the port, as the settings say, and on the unix socket in the state directory.
@LoopActor
struct GatewayListening {
    let settings: ListenSettings
    let stateDirectory: String
    let socketPath: String
    let hostName: String
    /// Of the program that we replaced.
    let inherited: InheritedListeners
    let log: Log
    let clock: any Clock

    func start(_ server: HTTPServer, requiresAuth: Bool) async throws(GatewayRefusal) -> ListeningPlace {
        let plan = try plan()
        guard requiresAuth || plan.isLoopbackOnly else {
            throw .wouldBeOpen(plan.places.first { !$0.address.isLoopback }?.address ?? .loopback(port: settings.port))
        }
        let certificate = try await certificate()
        var wrap: (@LoopActor (SocketStream) -> any ByteStream)?
        // Who accepts keeps the watch alive.
        if let certificate { wrap = { certificate.context.start(on: $0) } }
        var first: SocketAddress?
        for place in plan.places {
            // Port 0 is decided by the first; the others follow.
            let wanted = first?.port.map { place.address.withPort($0) } ?? place.address
            if let address = try await listen(server, wanted, isRequired: place.isRequired, wrap) {
                first = first ?? address
            }
        }
        guard let address = first else {
            throw .cannotListen(plan.places[0].address, SystemError(code: 0, call: "bind"))
        }
        listenOnSocket(server)
        inherited.closeRest()
        return ListeningPlace(
            address: address, isEncrypted: certificate != nil, fingerprint: certificate?.context.fingerprint)
    }

    private func plan() throws(GatewayRefusal) -> BindPlan {
        do throws(BindPlan.Failure) {
            return try BindPlan(
                settings.bind, customHost: settings.customHost, port: settings.port,
                interfaces: NetworkInterfaces.addresses)
        } catch {
            throw .noAddress(error)
        }
    }

    private func certificate() async throws(GatewayRefusal) -> CertificateWatch? {
        guard let tls = settings.tls else { return nil }
        let files = TLSFiles(tls, stateDirectory: stateDirectory)
        do throws(TLSFailure) {
            let identity = try await BlockingPool.shared.run { [hostName, now = clock.wall] () throws(TLSFailure) in
                try files.identity(hostName: hostName, now: now)
            }
            let context: TLSServerContext
            do throws(StreamError) {
                context = try TLSServerContext(identity, clock: clock)
            } catch {
                throw TLSFailure(reason: "\(error)")
            }
            let watch = CertificateWatch(context, files, log: log, clock: clock)
            await watch.start()
            return watch
        } catch {
            throw .noCertificate(error)
        }
    }

    /// Nil when the address is not required and cannot be had.
    private func listen(
        _ server: HTTPServer, _ address: SocketAddress, isRequired: Bool,
        _ wrap: (@LoopActor (SocketStream) -> any ByteStream)?
    ) async throws(GatewayRefusal) -> SocketAddress? {
        for isLast in settings.isForced ? [false, true] : [true] {
            do throws(SystemError) {
                return try server.listen(
                    on: address, inherited: inherited.take(address), wrap: wrap, onExhausted: exhausted)
            } catch {
                guard error.isAddressTaken else {
                    guard !isRequired else { throw .cannotListen(address, error) }
                    log.debug("not listening there", ["address": LogValue(address), "reason": LogValue(error.reason)])
                    return nil
                }
                let takeover = GatewayTakeover(log: log, clock: clock)
                if !isLast, let port = address.port, await takeover.end(listenerOn: port) { continue }
                let conflict = await PortConflict.look(at: address)
                guard !isRequired else { throw .portTaken(conflict) }
                log.warn(
                    "another program has this address; clients that try it first do not reach this gateway",
                    ["address": LogValue(address), "owner": .text(conflict.ownerText ?? "unknown")])
                return nil
            }
        }
        return nil
    }

    /// Beneath the state's lock nobody else can be listening there: a file that is left over is replaced.
    private func listenOnSocket(_ server: HTTPServer) {
        let path = socketPath
        guard path.utf8.count <= SocketAddress.pathLimit else {
            return log.warn(
                "no unix socket: its path is longer than the system allows; commands use the port and need the token",
                ["path": .text(path), "limit": LogValue(SocketAddress.pathLimit)])
        }
        do throws(SystemError) {
            let address = SocketAddress.unix(path: path)
            try server.listen(on: address, inherited: inherited.take(address), onExhausted: exhausted)
        } catch {
            log.warn(
                "no unix socket; commands use the port and need the token",
                ["path": .text(path), "reason": LogValue(error.reason)])
        }
    }

    private func exhausted(_ error: SystemError) {
        log.warn("no descriptor for a new connection; it was turned away", ["reason": LogValue(error.reason)])
    }
}
