import Platform
import Wire

/// The way out of a streamed answer. The head goes out with the first event, so that what fails before it still is an
/// answer of its own status, but no later than `patience`; in long silences a comment shows that nobody has died.
@LoopActor
final class EventSink {
    /// Proxies and libraries give up on a head that does not come, some after half a minute; most attempts at an answer
    /// have been made by then.
    static let patience = Duration.seconds(20)
    /// Common proxies give up after 60 seconds of silence.
    static let silence = Duration.seconds(15)
    private static let comment = Array(": still working\n\n".utf8)

    private enum State {
        /// No head is out.
        case waiting
        case open(ResponseStream)
        case over
    }

    private let exchange: APIExchange
    private let clock: any Clock
    private var state = State.waiting
    /// What has to go out before anything else.
    private var opening: [UInt8]
    private var isWriting = false
    /// Who has to let a comment go first.
    private var waiting: CheckedContinuation<Void, Never>?
    private var quietSince: Instant
    private var timer: LoopTimer?

    init(_ exchange: APIExchange, opening: [UInt8], clock: any Clock) {
        self.exchange = exchange
        self.opening = opening
        self.clock = clock
        quietSince = clock.now
        let timer = clock.makeTimer { [weak self] in self?.timePassed() }
        timer.arm(at: clock.now + Self.patience)
        self.timer = timer
    }

    /// Whether the client may have seen something.
    var isBegun: Bool {
        if case .waiting = state { false } else { true }
    }

    /// Sends the head, if it is not out yet, and what the stream begins with.
    func begin() async { await write([]) }

    /// Sends events, and waits while the client does not read.
    func write(_ bytes: [UInt8]) async {
        if isWriting { await withCheckedContinuation { waiting = $0 } }
        guard let stream = opened() else { return }
        let all = opening.isEmpty ? bytes : opening + bytes
        opening = []
        guard !all.isEmpty else { return }
        quietSince = clock.now
        isWriting = true
        do throws(StreamError) { try await stream.write(all) } catch { close() }
        quietSince = clock.now
        isWriting = false
        waiting?.resume()
        waiting = nil
    }

    /// Sends the last events and ends the stream.
    func finish(_ bytes: [UInt8]) async {
        await write(bytes)
        if case .open(let stream) = state { stream.finish() }
        close()
    }

    /// Nothing was sent: the answer is another one.
    func giveWay() { close() }

    private func opened() -> ResponseStream? {
        switch state {
        case .open(let stream): return stream
        case .over: return nil
        case .waiting:
            guard let stream = exchange.startEvents() else {
                close()
                return nil
            }
            state = .open(stream)
            timer?.arm(at: clock.now + Self.silence)
            return stream
        }
    }

    private func close() {
        state = .over
        timer?.cancel()
        timer = nil
    }

    private func timePassed() {
        switch state {
        case .over: return
        case .waiting: startTask { await self.begin() }
        case .open:
            let due = quietSince + Self.silence
            if due > clock.now || isWriting {
                timer?.arm(at: max(due, clock.now + .seconds(1)))
            } else {
                timer?.arm(at: clock.now + Self.silence)
                startTask { if !self.isWriting { await self.write(Self.comment) } }
            }
        }
    }
}
