import Agents
import Platform
import Wire

/// A conversation as events: what is there, then each new message. What comes while a client does not read is not kept
/// for it: it gets the page anew.
@LoopActor
final class HistoryStream {
    /// Messages that wait for a client before it gets the page anew instead.
    static let backlog = 64
    static let silence = EventSink.silence

    private let exchange: APIExchange
    private let key: SessionKey
    private let limit: Int
    private let sessions: any SessionReading
    private let clock: any Clock
    private var stream: ResponseStream?
    private var subscription: AnyObject?
    private var pending: [HistoryNews] = []
    private var isWorking = false
    private var timer: LoopTimer?

    init(_ exchange: APIExchange, key: SessionKey, limit: Int, sessions: any SessionReading, clock: any Clock) {
        self.exchange = exchange
        self.key = key
        self.limit = limit
        self.sessions = sessions
        self.clock = clock
    }

    func begin(_ page: HistoryExcerpt) {
        guard let stream = exchange.startEvents() else { return }
        self.stream = stream
        // The exchange keeps this alive for as long as the client is there.
        exchange.exchange.onClientGone = { self.end() }
        subscription = sessions.follow(key) { [weak self] news in self?.heard(news) }
        timer = clock.makeTimer { [weak self] in self?.timePassed() }
        timer?.arm(at: clock.now + Self.silence)
        startTask {
            var bytes = Array("retry: 1000\n\n".utf8)
            bytes += self.history(page)
            await self.write(bytes)
            await self.work()
        }
        isWorking = true
    }

    private func heard(_ news: HistoryNews) {
        guard stream != nil else { return }
        if pending.count >= Self.backlog { pending = [.changed] } else { pending.append(news) }
        guard !isWorking else { return }
        isWorking = true
        startTask { await self.work() }
    }

    private func work() async {
        while stream != nil, !pending.isEmpty {
            let news = pending.removeFirst()
            switch news {
            case .message(let message, let id, let number):
                var event: JSON = ["sessionKey": .string("\(key)"), "message": message]
                event["messageId"] = id.map { .string($0) }
                event["messageSeq"] = number.map { JSON($0) }
                await write(EventBytes.event(event, name: "message"))
            case .changed:
                pending.removeAll()
                if let page = try? await sessions.history(key, limit: limit, before: nil) {
                    await write(history(page))
                }
            }
        }
        isWorking = false
    }

    private func history(_ page: HistoryExcerpt) -> [UInt8] {
        EventBytes.event(SessionsEndpoint.json(page, key), name: "history")
    }

    private func write(_ bytes: [UInt8]) async {
        guard let stream else { return }
        timer?.arm(at: clock.now + Self.silence)
        do throws(StreamError) { try await stream.write(bytes) } catch { end() }
    }

    private func timePassed() {
        guard stream != nil else { return }
        guard !isWorking else {
            timer?.arm(at: clock.now + Self.silence)
            return
        }
        isWorking = true
        startTask {
            await self.write(Array(":\n\n".utf8))
            await self.work()
        }
    }

    private func end() {
        guard let stream else { return }
        // Let go of at the end: that cuts the connection, which calls this again.
        defer { withExtendedLifetime(stream) {} }
        self.stream = nil
        subscription = nil
        pending = []
        timer?.cancel()
        timer = nil
    }
}
