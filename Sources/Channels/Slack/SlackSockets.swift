import Platform
import Store
import Wire

/// Keeps two sockets open, so that one is there while the other is replaced. Slack brings each event to one of them.
@LoopActor
final class SlackSockets {
    static let wanted = 2
    /// How often it is looked whether Slack was heard of.
    static let interval = Duration.seconds(5)
    /// A socket that lived so long was well: the next may be opened at once.
    static let wellAfter = Duration.seconds(10)

    private let make: @LoopActor (@escaping @LoopActor () -> Void) -> SlackLink
    private let receiver: SlackReceiver
    private let history: SlackHistory
    private let clock: any Clock
    private let place: Suspension
    /// The app of the bot, as far as it is known.
    private let app: String?
    private var links: [SlackLink] = []
    private var changes = 0
    private var lastBeat: Instant?
    private var backoff = Backoff()
    private var nextOpen: Instant
    private var reading: Task<Void, any Error>?
    private var storeFault: StoreError?

    init(
        _ receiver: SlackReceiver, _ history: SlackHistory, app: String?, _ clock: any Clock,
        make: @escaping @LoopActor (@escaping @LoopActor () -> Void) -> SlackLink
    ) {
        self.receiver = receiver
        self.history = history
        self.app = app
        self.clock = clock
        self.make = make
        place = Suspension(clock)
        nextOpen = clock.now
    }

    func run() async throws(ConnectorFault) {
        defer { end() }
        while !Task.isCancelled {
            let seen = changes
            if let storeFault { throw .store(storeFault) }
            try look()
            open()
            try await beat()
            guard changes == seen else { continue }
            var deadline = clock.now + Self.interval
            if links.count < Self.wanted, nextOpen > clock.now { deadline = min(deadline, nextOpen) }
            _ = await place.wait(until: deadline)
        }
        throw .passing("it was stopped")
    }

    /// Takes note of what became of the sockets.
    private func look() throws(ConnectorFault) {
        for link in links where link.state == .ended {
            links.removeAll { $0 === link }
            guard let fault = link.fault else { continue }
            switch fault {
            case .lasting, .store: throw fault
            case .passing(_, let after):
                guard !links.isEmpty else { throw fault }
                if !link.isNoted, !wasWell(link) { postpone(after) }
            }
        }
        for link in links where link.state == .leaving && !link.isNoted {
            link.isNoted = true
            // Slack does not want a socket just now.
            if !wasWell(link) { postpone(nil) }
        }
        for link in links where link.state == .ready {
            guard let app, let other = link.app, app != other else { continue }
            throw SlackConnector.mismatch
        }
        if links.contains(where: { $0.state == .ready }) {
            for link in links where link.state == .leaving { link.leave() }
            startReading()
        }
    }

    /// The first socket at once, another when there is one that works; never two at a time.
    private func open() {
        let good = links.count { $0.state == .ready }
        guard good < Self.wanted, !links.contains(where: { $0.state == .opening }), nextOpen <= clock.now else {
            return
        }
        let link = make { [weak self] in self?.change() }
        links.append(link)
        link.start()
    }

    private func wasWell(_ link: SlackLink) -> Bool {
        guard let readyAt = link.readyAt, clock.now - readyAt >= Self.wellAfter else { return false }
        backoff.reset()
        return true
    }

    private func postpone(_ asked: Duration?) {
        nextOpen = clock.now + max(backoff.next(chance: 0), asked ?? .zero)
    }

    private func beat() async throws(ConnectorFault) {
        let heard = links.compactMap(\.heardAt).max()
        guard let heard, lastBeat.map({ $0 < heard }) ?? true, links.contains(where: { $0.readyAt != nil }) else {
            return
        }
        lastBeat = heard
        do throws(StoreError) {
            try await receiver.beat()
        } catch {
            throw .store(error)
        }
    }

    /// What was said before comes first; what comes on the sockets waits for it.
    private func startReading() {
        guard reading == nil else { return }
        reading = startTask { [self] in
            do throws(StoreError) {
                try await receiver.catchUp(history)
            } catch {
                storeFault = error
            }
            change()
            for link in links { link.open() }
        }
    }

    private func change() {
        changes += 1
        place.wake()
    }

    private func end() {
        reading?.cancel()
        for link in links { link.cut() }
        links = []
    }
}
