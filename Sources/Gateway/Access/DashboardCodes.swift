import Platform

/// One-time codes by which a browser proves that its user may run commands here: the link of `openclaw dashboard`
/// carries one in its fragment.
@LoopActor
final class DashboardCodes {
    static let lifetime = Duration.seconds(120)
    /// Codes that wait to be used at once; the oldest gives way.
    static let limit = 16
    private static let codeBytes = 32

    private let clock: any Clock
    private var waiting: [(code: SecretDigest, until: Instant)] = []

    init(clock: any Clock) { self.clock = clock }

    /// A new code. It is shown once and kept as its digest.
    func issue() -> String { issueTimed().code }

    /// The same, with its end for clocks on walls.
    func issueTimed() -> (code: String, until: WallTime) {
        forgetOld()
        if waiting.count >= Self.limit { waiting.removeFirst() }
        let code = Base64.url.encode(SecureRandom.bytes(Self.codeBytes))
        waiting.append((SecretDigest(of: code), clock.now + Self.lifetime))
        return (code, WallTime(nanoseconds: clock.wall.nanoseconds + Self.lifetime.inNanoseconds))
    }

    /// Those that wait are good no more.
    func forgetAll() { waiting = [] }

    /// Whether it is one of ours, young and unused. It is used then.
    func redeem(_ code: String) -> Bool {
        forgetOld()
        let digest = SecretDigest(of: code)
        guard let index = waiting.firstIndex(where: { $0.code.matches(digest) }) else { return false }
        waiting.remove(at: index)
        return true
    }

    private func forgetOld() { waiting.removeAll { $0.until <= clock.now } }
}
