import Platform

/// Counts failed attempts to come in, by where they come from. Ten in a minute lock that place out for five, right
/// credentials included: otherwise guessing would go on. A success forgives nothing, or somebody with a small
/// credential could go on guessing a greater one.
@LoopActor
final class AttemptLimiter {
    /// Places remembered at once.
    static let placeLimit = 4096

    private struct Place {
        var failures: [(credential: SecretDigest, at: Instant)] = []
        var lockedUntil: Instant?
        var touched: Instant
    }

    private let clock: any Clock
    private var places: [String: Place] = [:]

    init(clock: any Clock) { self.clock = clock }

    /// How long this place is still locked out; nil when it is not.
    func lockout(of place: String) -> Duration? {
        guard let until = places[place]?.lockedUntil, until > clock.now else { return nil }
        return until - clock.now
    }

    /// The same wrong credential shown again, as by a client that reconnects, counts once while it is remembered.
    func failed(_ place: String, _ credential: SecretDigest, _ limit: AccessSettings.Limit) {
        let now = clock.now
        var entry = places[place] ?? Place(touched: now)
        entry.touched = now
        if let until = entry.lockedUntil, until <= now {
            entry.lockedUntil = nil
            entry.failures = []
        }
        entry.failures.removeAll { now - $0.at > limit.window }
        if !entry.failures.contains(where: { $0.credential == credential }) {
            entry.failures.append((credential, now))
        }
        if entry.lockedUntil == nil, entry.failures.count >= limit.attempts {
            entry.lockedUntil = now + limit.lockout
        }
        if places[place] == nil, places.count >= Self.placeLimit { makeRoom(limit) }
        places[place] = entry
    }

    /// Forgets what has no meaning any more, else whoever was quiet the longest, the locked out last.
    private func makeRoom(_ limit: AccessSettings.Limit) {
        let now = clock.now
        places = places.filter { _, place in
            place.lockedUntil.map { $0 > now } ?? (now - place.touched <= limit.window)
        }
        guard places.count >= Self.placeLimit else { return }
        let isFree = { (place: Place) in place.lockedUntil == nil }
        let oldest = places.min { a, b in
            isFree(a.value) != isFree(b.value) ? isFree(a.value) : a.value.touched < b.value.touched
        }
        if let oldest { places[oldest.key] = nil }
    }
}
