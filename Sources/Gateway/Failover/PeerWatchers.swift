import Failover
import Platform
import Wire

/// Nodes that hold a connection to this one, so that its end does not go unnoticed.
@LoopActor
final class PeerWatchers {
    /// So often they are told that this node lives.
    static let interval = Duration.seconds(10)
    static let limit = 16

    @LoopActor
    private final class Watcher {
        var words: [LinkWord]
        var isOver = false
        let place: Suspension

        init(_ first: LinkWord, _ clock: any Clock) {
            words = [first]
            place = Suspension(clock)
        }
    }

    private var watchers: [Watcher] = []
    private let clock: any Clock

    init(clock: any Clock) { self.clock = clock }

    /// Hands on what is said until somebody ends it.
    func serve(_ exchange: HTTPExchange, _ question: PeerDesk.Question, _ first: LinkWord) async {
        guard watchers.count < Self.limit else { return exchange.respond(.text(.unavailable, "too many")) }
        guard
            let stream = exchange.startStream(
                .ok, ["Content-Type": "application/x-ndjson", "Cache-Control": "no-store"])
        else { return }
        let watcher = Watcher(first, clock)
        exchange.onClientGone = { [weak watcher] in
            watcher?.isOver = true
            watcher?.place.wake()
        }
        watchers.append(watcher)
        defer { watchers.removeAll { $0 === watcher } }
        var count = 0
        while true {
            let words = watcher.words
            watcher.words = []
            for word in words {
                guard (try? await stream.write(question.sealed(word, place: count))) != nil else { return }
                count += 1
            }
            if watcher.words.isEmpty {
                if watcher.isOver { break }
                let wake = await watcher.place.wait(until: clock.now + Self.interval)
                if wake == .deadline { watcher.words.append(.alive) }
                if wake == .cancelled { break }
            }
        }
        stream.finish()
    }

    func tell(_ word: LinkWord) {
        for watcher in watchers {
            watcher.words.append(word)
            watcher.place.wake()
        }
    }

    /// Says a last word and ends all of them.
    func end(_ word: LinkWord) {
        for watcher in watchers { watcher.isOver = true }
        tell(word)
    }
}
