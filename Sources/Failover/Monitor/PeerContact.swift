package import Platform
package import Wire

/// The way to the nodes above: the seam that the monitor is tested through.
@LoopActor
package protocol PeerReaching: AnyObject, Sendable {
    /// One probe. `report` is called at its deadline at the latest, and once more when an answer comes after that.
    func probe(_ peer: Int, within time: Duration, report: @escaping @LoopActor (PeerAnswer) -> Void)
    /// Asks it to make way; nil when it does, else why not.
    func askToStandAside(_ peer: Int) async -> String?
    /// Holds connections to all of them and hands on what they say.
    func follow(_ take: @escaping @LoopActor (Int, LinkHint) -> Void)
    func close()
}

/// A node above, and how to reach it.
package struct PeerAddress: Sendable {
    package let name: String
    package let secret: PairSecret?
    /// Asked each time: another profile on this host may have moved to another port.
    package let url: @LoopActor @Sendable () async -> WebURL?

    package init(name: String, secret: PairSecret?, url: @escaping @LoopActor @Sendable () async -> WebURL?) {
        self.name = name
        self.secret = secret
        self.url = url
    }
}

/// The real way: over the network.
@LoopActor
package final class PeerContact: PeerReaching {
    /// How long the answer to a request may take.
    static let requestTime = Duration.seconds(5)

    private let peers: [PeerAddress]
    private let mark: @LoopActor () -> NodeMark
    private let clock: any Clock
    private var links: [PeerLink] = []
    private var isOpen = true

    package init(_ peers: [PeerAddress], mark: @escaping @LoopActor () -> NodeMark, clock: any Clock) {
        self.peers = peers
        self.mark = mark
        self.clock = clock
    }

    package func probe(_ peer: Int, within time: Duration, report: @escaping @LoopActor (PeerAnswer) -> Void) {
        var isReported = false
        let timer = clock.makeTimer {
            guard !isReported else { return }
            isReported = true
            report(PeerAnswer(.failed(.timedOut)))
        }
        timer.arm(at: clock.now + time)
        startTask { [self] in
            let answer = await look(peer, within: time + .milliseconds(FailoverRules.lateAnswers))
            timer.cancel()
            guard isOpen else { return }
            if isReported {
                // Only that it answers is news.
                if case .answered = answer.result { report(answer) }
            } else {
                isReported = true
                report(answer)
            }
        }
    }

    private func look(_ peer: Int, within time: Duration) async -> PeerAnswer {
        guard let url = await peers[peer].url() else { return PeerAnswer(.failed(.refused)) }
        return await PeerCall(url, peers[peer].secret, mark(), within: time, clock: clock).look()
    }

    package func askToStandAside(_ peer: Int) async -> String? {
        guard let url = await peers[peer].url() else { return "it cannot be found" }
        let call = PeerCall(url, peers[peer].secret, mark(), within: Self.requestTime, clock: clock)
        do throws(ProbeFailure) {
            return try await call.ask(.standAside).refusal
        } catch {
            return error.text
        }
    }

    /// Has the first node above that will say something to the owner. False where none did.
    package func tellOwner(_ text: String) async -> Bool {
        for peer in peers where peer.secret != nil {
            guard let url = await peer.url() else { continue }
            let call = PeerCall(url, peer.secret, mark(), within: Self.requestTime, clock: clock)
            if let answer = try? await call.ask(.tell, text.cut(to: PeerDesk.textLimit)), answer.refusal == nil {
                return true
            }
        }
        return false
    }

    package func follow(_ take: @escaping @LoopActor (Int, LinkHint) -> Void) {
        for (position, peer) in peers.enumerated() where peer.secret != nil {
            let link = PeerLink(peer, mark: mark, clock: clock) { take(position, $0) }
            links.append(link)
            link.start()
        }
    }

    package func close() {
        isOpen = false
        for link in links { link.close() }
        links = []
    }
}
