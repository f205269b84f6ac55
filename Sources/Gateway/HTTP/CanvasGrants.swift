import Platform

/// Addresses that let somebody see the canvas without further proof: they are random, live for a few minutes after they
/// were last used, and end with the connection that they were given to.
@LoopActor
final class CanvasGrants {
    nonisolated static let lifetime = Duration.seconds(600)
    /// However often one is used.
    nonisolated static let longest = Duration.seconds(12 * 3600)
    /// At once; the one that was used the longest ago gives way.
    nonisolated static let limit = 256
    private nonisolated static let bytes = 32

    private struct Grant {
        let digest: SecretDigest
        /// The connection that it ends with.
        let holder: String
        let madeAt: Instant
        var until: Instant
    }

    private let clock: any Clock
    private var grants: [Grant] = []

    init(clock: any Clock) { self.clock = clock }

    var count: Int { grants.count }

    /// A new one, for the connection of that name. It is shown once, and kept as its digest.
    func issue(to holder: String) -> (token: String, until: WallTime) {
        forgetOld()
        if grants.count >= Self.limit, let oldest = grants.indices.min(by: { grants[$0].until < grants[$1].until }) {
            grants.remove(at: oldest)
        }
        let token = Base64.url.encode(SecureRandom.bytes(Self.bytes))
        grants.append(
            Grant(
                digest: SecretDigest(of: token), holder: holder, madeAt: clock.now, until: clock.now + Self.lifetime))
        return (token, WallTime(nanoseconds: clock.wall.nanoseconds + Self.lifetime.inNanoseconds))
    }

    /// Whether it is one of ours and alive; it lives on from here.
    func use(_ token: String) -> Bool {
        forgetOld()
        let digest = SecretDigest(of: token)
        guard let index = grants.firstIndex(where: { $0.digest.matches(digest) }) else { return false }
        grants[index].until = min(clock.now + Self.lifetime, grants[index].madeAt + Self.longest)
        return true
    }

    /// The connection is gone.
    func revoke(_ holder: String) { grants.removeAll { $0.holder == holder } }

    private func forgetOld() { grants.removeAll { $0.until <= clock.now } }
}
