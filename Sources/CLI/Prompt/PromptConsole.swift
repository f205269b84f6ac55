import Platform

/// What reaches a question from outside.
enum PromptInput: Sendable {
    case bytes([UInt8])
    /// The terminal is gone.
    case ended
    case signal(ProcessSignal)
    /// Work that was waited for has ended.
    case woken
}

/// Where questions are asked; tests put a script in its place.
@LoopActor
protocol PromptConsole: AnyObject {
    var columns: Int { get }
    func write(_ text: String)
    /// Nil when nothing came until then.
    func next(until deadline: Instant?) async -> PromptInput?
    /// Makes `next` return.
    func wake()
    /// Gives the terminal to the shell until it is given back.
    func sleep()
    func takeAgain()
    func close()
}

/// The terminal of this process. It is as it was before when this is closed, whatever ends it.
@LoopActor
final class TerminalConsole: PromptConsole {
    private var inbox: [PromptInput] = []
    private let arrival: Suspension
    private var terminal: Terminal?
    private var signals: Signals?

    /// Fails where there is no terminal to be had.
    init(_ clock: any Clock) throws(CommandFailure) {
        arrival = Suspension(clock)
        let terminal = Terminal { [weak self] in
            self?.put(.bytes($0))
        } onEnd: { [weak self] in
            self?.put(.ended)
        }
        signals = try? Signals([.terminate, .interrupt, .hangUp, .windowChanged, .stop, .continued]) { [weak self] in
            self?.put(.signal($0))
        }
        guard terminal.take() else { throw CommandFailure(.notGood, "no-terminal", "the terminal cannot be used") }
        self.terminal = terminal
    }

    var columns: Int { StandardStream.output.columns ?? 80 }

    func write(_ text: String) { StandardStream.output.write(text) }

    func next(until deadline: Instant?) async -> PromptInput? {
        if inbox.isEmpty { _ = await arrival.wait(until: deadline) }
        return inbox.isEmpty ? nil : inbox.removeFirst()
    }

    func wake() { put(.woken) }

    private func put(_ input: PromptInput) {
        inbox.append(input)
        arrival.wake()
    }

    func sleep() {
        terminal?.sleep()
        takeAgain()
    }

    func takeAgain() { _ = terminal?.take() }

    func close() {
        terminal?.giveBack()
        signals?.stop()
        (terminal, signals) = (nil, nil)
    }
}
