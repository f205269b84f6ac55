import Platform

/// The chat on a terminal that can move its cursor.
@LoopActor
final class TerminalChat {
    /// Ctrl-C again within this time ends the chat.
    static let secondInterrupt = Duration.seconds(2)

    private enum Input {
        case keys([UInt8])
        case inputEnded
        case signal(ProcessSignal)
        case news(ChatLink.News)
        case sent(String, Result<String?, CommandFailure>)
    }

    private let invocation: Invocation
    private var clock: any Clock { invocation.surroundings.clock }
    private var inbox: [Input] = []
    private let arrival: Suspension
    private var reader = KeyReader()
    private var editor = LineEditor()
    private var story = ChatStory()
    private var screen: ChatScreen
    private var answeringSince: Instant?
    private var lastInterrupt: Instant?
    private var trouble = ""
    private var wasConnected = false
    /// Lines that wait for the first connection.
    private var early: [String]
    private var outcome: Result<ExitCode, CommandFailure>?
    private var terminal: Terminal?
    private var link: ChatLink?

    init(_ invocation: Invocation) {
        self.invocation = invocation
        arrival = Suspension(invocation.surroundings.clock)
        early = invocation["--message"].map { [$0] } ?? []
        screen = ChatScreen(invocation.output.style, width: StandardStream.output.columns ?? 80)
    }

    /// Bracketed paste on and off (xterm control sequences): a paste is told from typing.
    private static let on = "\u{1b}[?2004h"
    private static let off = "\u{1b}[?2004l"

    func run() async throws(CommandFailure) -> ExitCode {
        let terminal = Terminal { [weak self] in
            self?.put(.keys($0))
        } onEnd: { [weak self] in
            self?.put(.inputEnded)
        }
        let signals = try? Signals(
            [.terminate, .interrupt, .hangUp, .windowChanged, .stop, .continued]
        ) { [weak self] in
            self?.put(.signal($0))
        }
        let link = ChatLink(invocation) { [weak self] in self?.put(.news($0)) }
        self.link = link
        guard terminal.take() else { throw CommandFailure(.notGood, "no-terminal", "the terminal cannot be used") }
        self.terminal = terminal
        StandardStream.output.write(Self.on)
        trouble = "connecting"
        link.begin()
        await serve()
        link.end()
        StandardStream.output.write(screen.last() + Self.off)
        terminal.giveBack()
        signals?.stop()
        return try (outcome ?? .success(.good)).get()
    }

    private func put(_ input: Input) {
        inbox.append(input)
        arrival.wake()
    }

    private func serve() async {
        while outcome == nil {
            while !inbox.isEmpty, outcome == nil { take(inbox.removeFirst()) }
            guard outcome == nil else { return }
            draw()
            // A second in which something is awaited is shown.
            let tick = answeringSince == nil ? nil : clock.now + .seconds(1)
            if inbox.isEmpty { _ = await arrival.wait(until: tick) }
        }
    }

    private func draw() {
        StandardStream.output.write(screen.frame(editor, status: status))
    }

    private var status: String {
        let dot = " \(invocation.output.style.dot) "
        if !trouble.isEmpty { return trouble }
        if let since = answeringSince { return "answering, \(Age.span(clock.now - since))\(dot)Ctrl-C ends it" }
        return "\(link?.sessionKey ?? "")\(dot)/help\(dot)Ctrl-D ends"
    }

    // MARK: Inputs

    private func take(_ input: Input) {
        switch input {
        case .keys(let bytes): for key in reader.keys(bytes) where outcome == nil { take(key) }
        case .inputEnded: outcome = .success(.good)
        case .signal(let signal): take(signal)
        case .news(let news): take(news)
        case .sent(let text, let result): sent(text, result)
        }
    }

    private func take(_ key: Key) {
        switch key {
        case .interrupt: interrupt()
        case .endOfInput where editor.isEmpty: outcome = .success(.good)
        case .suspend: sleep()
        case .redraw: StandardStream.output.write("\u{1b}[H\u{1b}[2J")
        default:
            if let line = editor.take(key) { send(line) }
        }
    }

    private func take(_ signal: ProcessSignal) {
        switch signal {
        // Who ended it from outside wants it ended, and is told that it was not at its end.
        case .terminate, .hangUp: outcome = .success(.notGood)
        case .interrupt: interrupt()
        case .windowChanged: screen.resize(StandardStream.output.columns ?? 80)
        case .stop: sleep()
        case .continued: wake()
        case .user1: break
        }
    }

    private func interrupt() {
        if let last = lastInterrupt, clock.now - last < Self.secondInterrupt { return outcome = .success(.good) }
        lastInterrupt = clock.now
        if story.isAnswering {
            link?.abort()
            screen.print("ending the answer; Ctrl-C again ends the chat", isDim: true)
        } else if editor.isEmpty {
            screen.print("Ctrl-C again ends the chat", isDim: true)
        }
        editor.clear()
    }

    private func sleep() {
        StandardStream.output.write(screen.last() + Self.off)
        terminal?.sleep()
        wake()
    }

    private func wake() {
        _ = terminal?.take()
        StandardStream.output.write(Self.on)
        screen.resize(StandardStream.output.columns ?? 80)
    }

    // MARK: Talking

    private func send(_ line: String) {
        if ["/quit", "/q"].contains(line.trimmedSpace) { return outcome = .success(.good) }
        guard let link, link.isConnected else {
            // What is typed while it connects for the first time is sent as soon as it has.
            if !wasConnected { return early.append(line) }
            screen.print("not connected; nothing was sent", isDim: true)
            return editor.putBack(line)
        }
        screen.print(line, prefix: ChatScreen.prompt)
        startTask {
            do throws(CommandFailure) {
                self.put(.sent(line, .success(try await link.send(line))))
            } catch {
                self.put(.sent(line, .failure(error)))
            }
        }
    }

    private func sent(_ line: String, _ result: Result<String?, CommandFailure>) {
        switch result {
        case .success(let run):
            if let run { story.began(run, line) }
            followAnswer()
        case .failure(let failure):
            screen.print("not sent: \(failure.message)", isDim: true)
            if editor.isEmpty { editor.putBack(line) }
        }
    }

    private func take(_ news: ChatLink.News) {
        switch news {
        case .connected(let history):
            trouble = ""
            show(story.take(history: history, limit: invocation.integer("--history-limit") ?? 20))
            wasConnected = true
            let lines = early
            early = []
            for line in lines { send(line) }
        case .lost(let reason, let pause):
            trouble = "\(reason); trying again in \(Age.span(pause))"
            screen.closeAnswer()
        case .failed(let failure): outcome = .failure(failure)
        case .event(let event): show(story.take(event))
        }
        followAnswer()
    }

    private func followAnswer() {
        if !story.isAnswering { answeringSince = nil } else if answeringSince == nil { answeringSince = clock.now }
    }

    private func show(_ pieces: [ChatStory.Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let text): screen.stream(text)
            case .end: screen.closeAnswer()
            case .note(let text): screen.print(text, prefix: "  ", isDim: true)
            case .user(let text): screen.print(text, prefix: ChatScreen.prompt)
            }
        }
    }
}
