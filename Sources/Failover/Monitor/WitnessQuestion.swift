package import Platform
import Wire

/// Asks others whether this node is cut off.
@LoopActor
package protocol WitnessAsking: AnyObject, Sendable {
    func anyAnswers(within time: Duration) async -> Bool
}

/// The real question, to all witnesses at once; the first answer is enough. Who refuses a connection is there.
@LoopActor
package final class WitnessQuestion: WitnessAsking {
    /// Where a router may listen, or refuse.
    static let gatewayPorts: [UInt16] = [53, 80, 443, 22]
    static let namePort: UInt16 = 53

    private let witnesses: [Witness]
    private let dialer: Dialer
    private let clock: any Clock
    private let read: @Sendable (String) async -> String

    package init(
        _ witnesses: [Witness], dialer: Dialer = Dialer(), clock: any Clock,
        read: @escaping @Sendable (String) async -> String = WitnessQuestion.text
    ) {
        self.witnesses = witnesses
        self.dialer = dialer
        self.clock = clock
        self.read = read
    }

    package nonisolated static func text(_ path: String) async -> String {
        let bytes = try? await FileReading.read(path, limit: HostNetwork.sizeLimit)
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    package func anyAnswers(within time: Duration) async -> Bool {
        let deadline = clock.now + time
        let answer = Awaited<Bool>(clock)
        let asking = witnesses.map { witness in
            startTask { [self] in
                if await self.answers(witness, by: deadline) { answer.bring(true) }
            }
        }
        let end = startTask {
            for task in asking { _ = await task.result }
            answer.bring(false)
        }
        let isAnswered = await answer.wait(until: deadline) ?? false
        for task in asking { task.cancel() }
        end.cancel()
        return isAnswered
    }

    private func answers(_ witness: Witness, by deadline: Instant) async -> Bool {
        switch witness {
        case .defaultGateway:
            let gateways = HostNetwork.gateways(inRoutes: await read(HostNetwork.routes))
            let places = gateways.flatMap { gateway in Self.gatewayPorts.map { ("\(gateway)", $0) } }
            return await isThere(places, by: deadline)
        case .nameServer:
            var servers = HostNetwork.nameServers(inResolver: await read(HostNetwork.resolver))
            if servers.isEmpty {
                servers = HostNetwork.nameServers(inResolver: await read(HostNetwork.resolverBehind))
            }
            return await isThere(servers.map { ($0, Self.namePort) }, by: deadline)
        case .tcp(let host, let port): return await isThere([(host, port)], by: deadline)
        case .url(let url): return await isThere([(url.host, url.port)], by: deadline)
        }
    }

    /// Whether one of the places takes a connection or refuses it.
    private func isThere(_ places: [(host: String, port: UInt16)], by deadline: Instant) async -> Bool {
        let answer = Awaited<Bool>(clock)
        let asking = places.map { host, port in
            startTask { [self] in
                if await self.isThere(host, port, by: deadline) { answer.bring(true) }
            }
        }
        let end = startTask {
            for task in asking { _ = await task.result }
            answer.bring(false)
        }
        let isAnswered = await answer.wait(until: deadline) ?? false
        for task in asking { task.cancel() }
        end.cancel()
        return isAnswered
    }

    private func isThere(_ host: String, _ port: UInt16, by deadline: Instant) async -> Bool {
        do throws(DialError) {
            try await dialer.dial(DialTarget(.host(host, port: port)), by: deadline).stream.close()
            return true
        } catch {
            guard case .unreachable(_, let attempts) = error else { return false }
            return attempts.contains { $0.error.isRefusal }
        }
    }
}
