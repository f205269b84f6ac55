import Contract
import Platform

/// How often one client may change what everybody shares (protocol.md section 1, control-plane writes).
@LoopActor
final class ControlWrites {
    static let limit = 3
    static let window = Duration.seconds(60)
    /// Clients remembered. Beyond it those that wrote longest ago are forgotten.
    static let clientLimit = 1000

    private let clock: any Clock
    private var writes: [String: [Instant]] = [:]

    init(clock: any Clock) { self.clock = clock }

    func admit(_ method: String, _ client: Client) throws(RPCError) {
        try admit(method, from: client.deviceID ?? client.origin.limitKey)
    }

    func admit(_ method: String, from client: String) throws(RPCError) {
        let now = clock.now
        var recent = (writes[client] ?? []).filter { now - $0 < Self.window }
        guard recent.count < Self.limit else {
            throw RPCError(
                .unavailable, "too many changes: \(method) may be called \(Self.limit) times in a minute",
                details: ["method": .string(method), "limit": .string("\(Self.limit) per 60s")],
                retryAfter: Self.window - (now - recent[0]))
        }
        recent.append(now)
        writes[client] = recent
        if writes.count > Self.clientLimit { forget(now) }
    }

    private func forget(_ now: Instant) {
        writes = writes.filter { now - ($0.value.last ?? now) < Self.window }
        while writes.count > Self.clientLimit,
            let oldest = writes.min(by: { ($0.value.last ?? now) < ($1.value.last ?? now) })
        {
            writes[oldest.key] = nil
        }
    }
}
