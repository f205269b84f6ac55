import Platform

/// How many connections a client keeps.
package struct HTTPPoolLimits: Equatable, Sendable {
    /// Connections to one origin in use or idle; who needs one more waits.
    package var perOrigin = 64
    /// Idle connections kept to one origin.
    package var idlePerOrigin = 8
    /// Idle connections kept in all; beyond, the one idle for longest is closed.
    package var idle = 64
    /// Without a use. Below the 60 to 75 seconds after which common servers close.
    package var idleTime = Duration.seconds(50)

    package init() {}
}

/// Connections between their uses. A place is the right to one connection to an origin: `take` gives it, either with
/// an idle connection or to open a new one, and `giveBack` or `release` must follow.
@LoopActor
final class HTTPConnectionPool {
    private struct Idle {
        let connection: HTTPClientConnection
        let timer: LoopTimer
        let since: UInt64
    }

    private final class Waiter {
        let suspension: Suspension
        /// Whether it was given a place, with a connection or without.
        var isServed = false
        var connection: HTTPClientConnection?

        init(_ clock: any Clock) { suspension = Suspension(clock) }
    }

    private struct Entry {
        /// The most recently used comes last and is taken first.
        var idle: [Idle] = []
        var used = 0
        var waiters: [Waiter] = []

        var isUnused: Bool { idle.isEmpty && used == 0 && waiters.isEmpty }
    }

    let limits: HTTPPoolLimits
    private let clock: any Clock
    private var entries: [HTTPOrigin: Entry] = [:]
    private var sequence: UInt64 = 0
    private(set) var idleCount = 0
    private(set) var isClosed = false

    init(limits: HTTPPoolLimits, clock: any Clock) {
        self.limits = limits
        self.clock = clock
    }

    /// Whether no connection is open and nobody waits for one.
    var isEmpty: Bool { entries.isEmpty }
    func usedCount(_ origin: HTTPOrigin) -> Int { entries[origin]?.used ?? 0 }
    func waiterCount(_ origin: HTTPOrigin) -> Int { entries[origin]?.waiters.count ?? 0 }

    /// A place, with an idle connection if one is alive. Callers beyond the limit are served in their order.
    func take(_ origin: HTTPOrigin, until deadline: HTTPDeadline?) async throws(HTTPClientError)
        -> HTTPClientConnection?
    {
        if isClosed { throw .closed }
        while let idle = entries[origin]?.idle.last {
            remove(idle.connection)
            guard idle.connection.unpark() else { continue }
            entries[origin, default: Entry()].used += 1
            return idle.connection
        }
        if usedCount(origin) < limits.perOrigin {
            entries[origin, default: Entry()].used += 1
            return nil
        }
        let waiter = Waiter(clock)
        entries[origin]?.waiters.append(waiter)
        let wake = await waiter.suspension.wait(until: deadline?.at)
        if waiter.isServed { return waiter.connection }
        entries[origin]?.waiters.removeAll { $0 === waiter }
        forgetIfUnused(origin)
        if isClosed { throw .closed }
        throw wake == .deadline ? deadline?.error ?? .cancelled : .cancelled
    }

    /// Ends the use of a connection that can serve another request.
    func giveBack(_ connection: HTTPClientConnection, idleTime: Duration) {
        let origin = connection.origin
        guard !isClosed, connection.isOpen else {
            connection.close(.closed)
            return release(origin)
        }
        if serveWaiter(origin, connection) { return }
        entries[origin]?.used -= 1
        park(connection, idleTime)
        makeRoom(origin)
    }

    /// Ends the use of a place whose connection is closed or was never opened.
    func release(_ origin: HTTPOrigin) {
        if serveWaiter(origin, nil) { return }
        entries[origin]?.used -= 1
        forgetIfUnused(origin)
    }

    /// Closes the idle connections to an origin: one of them turned out to be dead.
    func closeIdle(_ origin: HTTPOrigin) {
        for idle in entries[origin]?.idle ?? [] { drop(idle.connection) }
    }

    /// Closes all idle connections and lets no one wait; connections in use close when their use ends.
    func close() {
        isClosed = true
        for origin in Array(entries.keys) {
            closeIdle(origin)
            for waiter in entries[origin]?.waiters ?? [] { waiter.suspension.wake() }
            forgetIfUnused(origin)
        }
    }

    /// Passes a place on. A waiter that has just given up cannot take it, so the next one is asked.
    private func serveWaiter(_ origin: HTTPOrigin, _ connection: HTTPClientConnection?) -> Bool {
        while entries[origin]?.waiters.isEmpty == false {
            guard let waiter = entries[origin]?.waiters.removeFirst() else { return false }
            guard waiter.suspension.isWaiting else { continue }
            waiter.isServed = true
            waiter.connection = connection
            waiter.suspension.wake()
            return true
        }
        return false
    }

    private func park(_ connection: HTTPClientConnection, _ idleTime: Duration) {
        let timer = clock.makeTimer { [weak self, weak connection] in
            if let connection { self?.drop(connection) }
        }
        timer.arm(at: clock.now + min(limits.idleTime, idleTime))
        sequence += 1
        idleCount += 1
        entries[connection.origin, default: Entry()].idle.append(
            Idle(connection: connection, timer: timer, since: sequence))
        connection.park { [weak self, weak connection] in
            if let connection { self?.remove(connection) }
        }
    }

    /// Closes what is idle beyond the limits, the longest idle first.
    private func makeRoom(_ origin: HTTPOrigin) {
        if let entry = entries[origin], entry.idle.count > limits.idlePerOrigin { drop(entry.idle[0].connection) }
        guard idleCount > limits.idle else { return }
        let oldest = entries.values.compactMap(\.idle.first).min { $0.since < $1.since }
        if let oldest { drop(oldest.connection) }
    }

    private func drop(_ connection: HTTPClientConnection) {
        remove(connection)
        connection.close(.closed)
    }

    private func remove(_ connection: HTTPClientConnection) {
        guard let index = entries[connection.origin]?.idle.firstIndex(where: { $0.connection === connection }) else {
            return
        }
        entries[connection.origin]?.idle.remove(at: index).timer.cancel()
        idleCount -= 1
        forgetIfUnused(connection.origin)
    }

    private func forgetIfUnused(_ origin: HTTPOrigin) {
        if entries[origin]?.isUnused == true { entries[origin] = nil }
    }
}
