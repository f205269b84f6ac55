import Platform
import Wire

/// A vendor's stream as events of ours. It reads when it is asked and not before, so a slow reader holds up the sender.
@LoopActor
final class VendorStream: ModelEventSource {
    /// How long a stream that has said all may stay open, so that its connection can serve again.
    static let settling = Duration.seconds(1)

    private enum Body {
        case events(HTTPEventStream)
        /// A server that does not stream sends the answer as one piece.
        case whole(HTTPResponseBody)
    }

    private let body: Body
    private var decoder: any AnswerDecoder
    private let exchange: ModelExchange
    private let deadlines: ModelDeadlines
    private var ready: ArraySlice<ModelEvent> = []
    private var isOver = false
    /// What ended the stream from our side.
    private var ended: ModelError?

    init(
        _ events: HTTPEventStream, _ decoder: any AnswerDecoder, _ exchange: ModelExchange, _ deadlines: ModelDeadlines
    ) {
        body = .events(events)
        self.decoder = decoder
        self.exchange = exchange
        self.deadlines = deadlines
    }

    init(
        whole body: HTTPResponseBody, _ decoder: any AnswerDecoder, _ exchange: ModelExchange,
        _ deadlines: ModelDeadlines
    ) {
        self.body = .whole(body)
        self.decoder = decoder
        self.exchange = exchange
        self.deadlines = deadlines
    }

    func next() async throws(ModelError) -> ModelEvent? {
        if let event = ready.popFirst() { return event }
        if isOver { return nil }
        let timer = exchange.timer { [weak self] in self?.expire() }
        timer.arm(at: exchange.now + deadlines.progress)
        defer { timer.cancel() }
        while true {
            var events: [ModelEvent] = []
            do {
                isOver = try await !advance(&events)
            } catch let fault as VendorFault {
                abandon()
                throw exchange.error(fault)
            } catch let error as HTTPClientError {
                throw ended ?? exchange.error(error, isBegun: true)
            } catch {
                throw .cancelled
            }
            if let ended { throw ended }
            if decoder.isComplete, !isOver {
                isOver = true
                settle()
            }
            ready = events[...]
            if let event = ready.popFirst() { return event }
            if isOver { return nil }
        }
    }

    /// Reads one event; false at the end.
    private func advance(_ output: inout [ModelEvent]) async throws -> Bool {
        switch body {
        case .events(let stream):
            guard let event = try await stream.next() else {
                try decoder.end(&output)
                return false
            }
            try decoder.decode(event, &output)
            return true
        case .whole(let body):
            let event = SSEEvent(data: try await body.collect())
            try decoder.decode(event, &output)
            try decoder.end(&output)
            return false
        }
    }

    func cancel() {
        // What is complete is left to settle.
        if isOver { return }
        ended = ended ?? .cancelled
        abandon()
    }

    private func expire() {
        ended =
            ended
            ?? ModelError(
                .stall, provider: exchange.endpoint.provider,
                detail: "nothing but signs of life for \(deadlines.progress.inNanoseconds / 1_000_000_000) s")
        abandon()
    }

    private func abandon() {
        switch body {
        case .events(let stream): stream.abandon()
        case .whole(let body): body.abandon()
        }
    }

    /// Reads on to the stream's end, which is most often there already, and gives the connection back.
    private func settle() {
        guard case .events(let stream) = body else { return }
        let timer = exchange.timer { stream.abandon() }
        timer.arm(at: exchange.now + Self.settling)
        startTask { [exchange] in
            // A timer does not outlive its clock, which the exchange holds.
            defer { exchange.stop(timer) }
            while try await stream.next() != nil {}
        }
    }
}
