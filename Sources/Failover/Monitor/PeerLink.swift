import Platform
import Wire

/// Holds a connection to a node, so that its end, or what it says before, is noticed at once. All of it is a hint: what
/// counts are the probes.
@LoopActor
final class PeerLink {
    static let shortestWait = Duration.seconds(1)
    static let longestWait = Duration.seconds(15)

    private let peer: PeerAddress
    private let mark: @LoopActor () -> NodeMark
    private let clock: any Clock
    private let take: @LoopActor (LinkHint) -> Void
    private var work: Task<Void, any Error>?

    init(
        _ peer: PeerAddress, mark: @escaping @LoopActor () -> NodeMark, clock: any Clock,
        take: @escaping @LoopActor (LinkHint) -> Void
    ) {
        self.peer = peer
        self.mark = mark
        self.clock = clock
        self.take = take
    }

    func start() {
        guard work == nil else { return }
        work = startTask { await self.hold() }
    }

    func close() {
        work?.cancel()
        work = nil
    }

    private func hold() async {
        var wait = Self.shortestWait
        while !Task.isCancelled {
            if await connect() { wait = Self.shortestWait }
            guard !Task.isCancelled, await Suspension(clock).wait(until: clock.now + wait) == .deadline else { return }
            wait = min(wait * 2, Self.longestWait)
        }
    }

    /// Returns, when the connection is over, whether there was one.
    private func connect() async -> Bool {
        guard let url = await peer.url() else { return false }
        let call = PeerCall(url, peer.secret, mark(), within: nil, clock: clock)
        var wasOpen = false
        do throws(ProbeFailure) {
            try await call.follow { word in
                if !wasOpen {
                    wasOpen = true
                    take(.opened)
                }
                if case .hint(let hint) = word, hint != .opened { take(hint) }
            }
        } catch {}
        if wasOpen, !Task.isCancelled { take(.closed) }
        return wasOpen
    }
}
