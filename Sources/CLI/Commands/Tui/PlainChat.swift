import Platform

/// The chat in plain lines: for pipes, and for terminals that cannot move their cursor.
@LoopActor
final class PlainChat {
    private enum Input {
        case line(String)
        case inputEnded
        case interrupt
        case news(ChatLink.News)
        case sent(Result<String?, CommandFailure>, String)
    }

    private let invocation: Invocation
    private var inbox: [Input] = []
    private let arrival: Suspension
    private var story = ChatStory()
    private var waiting: [String] = []
    private var isSending = false
    private var inputEnded = false
    private var wasInterrupted = false
    private var isConnected = false
    private var isLineOpen = false
    private var outcome: Result<ExitCode, CommandFailure>?
    private var link: ChatLink?

    init(_ invocation: Invocation) {
        self.invocation = invocation
        arrival = Suspension(invocation.surroundings.clock)
        waiting = invocation["--message"].map { [$0] } ?? []
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let signals = try? Signals([.interrupt]) { [weak self] _ in self?.put(.interrupt) }
        let link = ChatLink(invocation) { [weak self] in self?.put(.news($0)) }
        self.link = link
        link.begin()
        readLines()
        while outcome == nil {
            while !inbox.isEmpty, outcome == nil { take(inbox.removeFirst()) }
            guard outcome == nil else { break }
            advance()
            if outcome == nil, inbox.isEmpty { _ = await arrival.wait() }
        }
        link.end()
        signals?.stop()
        closeLine()
        return try (outcome ?? .success(.good)).get()
    }

    private func put(_ input: Input) {
        inbox.append(input)
        arrival.wake()
    }

    private func readLines() {
        startTask {
            while let line = await BlockingPool.shared.run({ readLine() }) { self.put(.line(line)) }
            self.put(.inputEnded)
        }
    }

    private func take(_ input: Input) {
        switch input {
        case .line(let line):
            wasInterrupted = false
            if ["/quit", "/q"].contains(line.trimmedSpace) { return outcome = .success(.good) }
            if Self.isUrgent(line) { return send(line) }
            if !line.trimmedSpace.isEmpty { waiting.append(line) }
        case .inputEnded: inputEnded = true
        case .interrupt:
            if wasInterrupted || !story.isAnswering { return outcome = .success(.notGood) }
            wasInterrupted = true
            link?.abort()
            invocation.output.note("ending the answer; Ctrl-C again ends the chat")
        case .sent(.success(let run), let line):
            isSending = false
            if let run { story.began(run, line) }
        case .sent(.failure(let failure), _):
            isSending = false
            invocation.output.note("not sent: \(failure.message)")
        case .news(let news): take(news)
        }
    }

    /// One message after the other, so that each answer stands behind its question.
    private func advance() {
        guard isConnected, !isSending, !story.isAnswering else { return }
        guard !waiting.isEmpty else {
            if inputEnded { outcome = .success(story.lastFailed ? .notGood : .good) }
            return
        }
        send(waiting.removeFirst())
    }

    /// What the answer under way may be waiting for.
    private static func isUrgent(_ line: String) -> Bool {
        ["/approve", "/stop"].contains { line == $0 || line.hasPrefix($0 + " ") }
    }

    private func send(_ line: String) {
        guard let link else { return }
        isSending = true
        startTask {
            do throws(CommandFailure) {
                self.put(.sent(.success(try await link.send(line)), line))
            } catch {
                self.put(.sent(.failure(error), line))
            }
        }
    }

    private func take(_ news: ChatLink.News) {
        switch news {
        case .connected(let history):
            isConnected = true
            show(story.take(history: history, limit: invocation.integer("--history-limit") ?? 20))
        case .lost(let reason, let pause):
            isConnected = false
            closeLine()
            invocation.output.note("openclaw: \(reason); trying again in \(Age.span(pause))")
        case .failed(let failure): outcome = .failure(failure)
        case .event(let event): show(story.take(event))
        }
    }

    private func show(_ pieces: [ChatStory.Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let text):
                let shown = text.harmless
                invocation.output.write(shown)
                isLineOpen = !shown.hasSuffix("\n")
            case .end: closeLine()
            case .note(let text):
                closeLine()
                let lines = text.harmless.split(separator: "\n")
                invocation.output.note(lines.map { "  \($0)" }.joined(separator: "\n"))
            case .user(let text): invocation.output.line("> " + text.harmless)
            }
        }
    }

    private func closeLine() {
        if isLineOpen { invocation.output.line("") }
        isLineOpen = false
    }
}
