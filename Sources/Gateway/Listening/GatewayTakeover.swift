import Platform

/// `--force`: ends the gateway that is in the way, politely first. Nothing else is ever ended: not a process that does
/// not run our program, nor one that has neither the state nor the port.
@LoopActor
struct GatewayTakeover {
    /// A gateway drains for ten seconds.
    static let politeTime = Duration.seconds(12)
    static let hardTime = Duration.seconds(3)
    static let interval = Duration.milliseconds(25)

    let log: Log
    let clock: any Clock

    /// Ends whoever holds the lock file.
    func end(_ owner: LockOwner, holding path: String) async -> Bool {
        guard let process = owner.process else { return false }
        return await end(process) { ProcessFacts.holds(process, file: path) }
    }

    /// Ends whoever listens on the port.
    func end(listenerOn port: UInt16) async -> Bool {
        guard let owner = await BlockingPool.shared.run({ PortOwner.find(port: port) }) else { return false }
        return await end(owner.process) { PortOwner.find(port: port)?.process == owner.process }
    }

    /// Returns whether it is gone. What it is accused of is looked at again before each signal: its number may mean
    /// another process by then.
    private func end(_ process: Int32, _ isInTheWay: @escaping @Sendable () -> Bool) async -> Bool {
        for (isHard, time) in [(false, Self.politeTime), (true, Self.hardTime)] {
            let isMeant = await BlockingPool.shared.run {
                process != ProcessFacts.own && Self.isGateway(process) && isInTheWay()
            }
            guard isMeant else { return !ProcessFacts.isRunning(process) }
            log.warn("ending the gateway that is in the way", ["pid": LogValue(Int(process)), "hard": .flag(isHard)])
            do throws(SystemError) {
                try ProcessFacts.end(process, hard: isHard)
            } catch {
                log.error("it cannot be ended: \(error)", ["pid": LogValue(Int(process))])
                return false
            }
            let deadline = clock.now + time
            while clock.now < deadline {
                if !ProcessFacts.isRunning(process) { return true }
                try? await clock.sleep(for: Self.interval)
            }
        }
        return !ProcessFacts.isRunning(process)
    }

    /// The same program as we are, wherever it lies.
    private nonisolated static func isGateway(_ process: Int32) -> Bool {
        guard let program = ProcessFacts.program(of: process), let own = ProcessFacts.program(of: ProcessFacts.own)
        else {
            return false
        }
        return program == own || program.hasSuffix("/openclaw")
    }
}
