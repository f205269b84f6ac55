import Agents
import Platform

/// Puts a run into the events of one API.
@LoopActor
protocol RunWriter: AnyObject {
    /// What the stream begins with.
    var opening: [UInt8] { get }
    func text(_ text: String) -> [UInt8]
    /// All that is left to say, the end included.
    func end(_ result: RunResult) -> [UInt8]
    /// The same for a run that failed after the stream had begun.
    func end(_ error: APIError, _ result: RunResult) -> [UInt8]
}

/// Follows a run and streams what it says. The run waits for the client: what is not read holds up the model's sender.
@LoopActor
final class StreamedRun: RunObserver {
    private let exchange: APIExchange
    private let writer: any RunWriter
    private let sink: EventSink
    private let needsTool: Bool
    private let onEnd: @LoopActor (RunResult) -> Void
    private var hasText = false

    init(
        _ exchange: APIExchange, writer: any RunWriter, needsTool: Bool, clock: any Clock,
        onEnd: @escaping @LoopActor (RunResult) -> Void = { _ in }
    ) {
        self.exchange = exchange
        self.writer = writer
        self.needsTool = needsTool
        self.onEnd = onEnd
        sink = EventSink(exchange, opening: writer.opening, clock: clock)
    }

    func take(_ event: RunEvent) async {
        switch event {
        case .text(let text):
            hasText = true
            await sink.write(writer.text(text))
        // From here on no other status can be answered, and the client may know that something goes on.
        case .thinking, .toolStarted: if !sink.isBegun { await sink.begin() }
        case .finished(let result): await finish(result)
        case .started, .answering, .toolProgress, .toolEnded, .compactionStarted, .compactionEnded: break
        }
    }

    /// The run never began.
    func refuse(_ error: APIError) {
        sink.giveWay()
        exchange.respond(error)
    }

    private func finish(_ result: RunResult) async {
        onEnd(result)
        if let error = APIError.ofResult(result, needsTool: needsTool) {
            guard sink.isBegun else { return refuse(error) }
            return await sink.finish(writer.end(error, result))
        }
        var bytes: [UInt8] = []
        // A command of the gateway's own, say, is answered as a whole.
        if !hasText, let text = result.shownText { bytes = writer.text(text) }
        await sink.finish(bytes + writer.end(result))
    }
}

/// Waits for a run's end and answers with all of it.
@LoopActor
final class CollectedRun: RunObserver {
    private let exchange: APIExchange
    private let needsTool: Bool
    private let answer: @LoopActor (RunResult) -> JSON

    init(_ exchange: APIExchange, needsTool: Bool, answer: @escaping @LoopActor (RunResult) -> JSON) {
        self.exchange = exchange
        self.needsTool = needsTool
        self.answer = answer
    }

    func take(_ event: RunEvent) async {
        guard case .finished(let result) = event else { return }
        let json = answer(result)
        if let error = APIError.ofResult(result, needsTool: needsTool) { return exchange.respond(error) }
        exchange.respond(json)
    }
}

extension RunResult {
    /// What people see of a run: a run that called tools may have said nothing, any other says so.
    var shownText: String? {
        if !text.isEmpty { return text }
        return toolCalls.isEmpty ? "No response from OpenClaw." : nil
    }
}
