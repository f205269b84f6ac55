import Platform
import Store
import Wire

/// How a gateway comes to its end: drained, cut short, or replaced.
extension GatewayProcess {
    /// How long clients are told that it takes.
    private static let restartTime = Duration.seconds(1)

    func begin(_ request: RestartRequest) {
        guard !isEnding else { return }
        log.info("restarting", ["reason": .text(request.reason)])
        restart = request
        stop.ask()
    }

    func restartBySignal() {
        guard restarts.isOn else { return log.warn("SIGUSR1 is without an effect: commands.restart is false") }
        ask(RestartRequest(reason: "SIGUSR1"))
    }

    /// A changed setting needs it; runs under way do not know of that, and end first.
    func restartForChange(_ reason: String) { ask(RestartRequest(reason: reason, patience: .whenIdle)) }

    private func ask(_ request: RestartRequest) {
        startTask { [restarts, log] in
            do throws(RestartRefusal) {
                if case .waits = try await restarts.ask(request) {
                    log.info("the restart waits for runs under way", ["reason": .text(request.reason)])
                }
            } catch {
                log.error("no restart: \(error)")
            }
        }
    }

    func finish(_ server: HTTPServer, _ plane: ControlPlane, _ store: Store, _ lock: FileLock) async -> End {
        health.phase = .draining
        log.info("draining", ["connections": LogValue(server.connectionCount)])
        plane.failover.drain(restartExpected: restart == nil ? nil : Self.restartTime)
        manager?.stopping(restart == nil ? "ending" : "restarting")
        var replacement: String?
        if restart != nil, case .inPlace(let program) = restarts.means { replacement = program }
        let isCut = await drain(server, plane, replacement != nil)
        var handover: Handover?
        if replacement != nil, restart != nil, let copy = lock.handOver() {
            handover = Handover(lock: copy, listeners: server.surrenderListeners())
        }
        await server.drain()
        await store.close()
        EventLoop.shared.onSlowTurn = nil
        if let replacement, let handover {
            log.info("handing over", ["program": .text(replacement)])
            return .replaced(program: replacement, handover)
        }
        log.info("stopped", ["drained": .flag(!isCut)])
        return isCut ? .cutShort : .drained
    }

    /// Lets what is under way come to its end, for as long as there is time. Returns whether something was cut.
    private func drain(_ server: HTTPServer, _ plane: ControlPlane, _ isReplaced: Bool) async -> Bool {
        let time = restart?.drainTime ?? Self.drainTime
        let clock = EventLoop.shared
        let timer = LoopTimer(clock) { [stop] in stop.ask() }
        timer.arm(at: clock.now + time)
        var isCut = false
        let cut = startTask {
            await self.stop.second()
            guard !Task.isCancelled else { return }
            isCut = true
            if isReplaced { server.cutConnections() } else { server.cut() }
            plane.cut()
        }
        if restart?.patience == .atOnce { stop.ask() }
        // Who connects from now on is served by the next program, so those who are here come first.
        if isReplaced { await server.retire() }
        await plane.drain(
            reason: restart == nil ? "gateway stopping" : "gateway restarting",
            within: restart?.drainTime.map { max($0 - ControlPlane.endTime, .zero) } ?? ControlPlane.runTime,
            restartExpected: restart == nil ? nil : Self.restartTime)
        if !isReplaced { await server.drain() }
        timer.cancel()
        cut.cancel()
        stop.release()
        return isCut
    }
}
