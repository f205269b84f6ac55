import Platform

/// What a person answered, or that the question before is wanted again.
enum PromptAnswer<Value: Sendable>: Sendable {
    case value(Value)
    case back
}

/// Something to choose.
struct PromptOption: Sendable {
    let label: String
    let hint: String?

    init(_ label: String, hint: String? = nil) {
        self.label = label
        self.hint = hint
    }
}

/// Asks a person at a terminal, one question after another. Ctrl-C and Ctrl-D end all of it at any question.
@LoopActor
final class Prompter {
    /// How long an escape may be the beginning of a longer key: those arrive in one piece, over a network nearly so.
    static let escapeTime = Duration.milliseconds(50)
    /// Work that ends sooner is not worth a word.
    static let quietTime = Duration.milliseconds(500)

    enum Stroke: Equatable {
        case key(Key)
        case escape
        /// The window has another size, or is ours again.
        case redraw
    }

    let style: TextStyle
    let language: Language
    /// What is said to somebody who ends it.
    var leaving: String
    let frame: PromptFrame
    private let console: any PromptConsole
    private let clock: any Clock
    private var reader = KeyReader()
    private var strokes: [Stroke] = []

    init(
        _ console: any PromptConsole, style: TextStyle, isRich: Bool, language: Language, clock: any Clock
    ) {
        self.console = console
        self.style = style
        self.language = language
        self.clock = clock
        leaving = PromptText.nothingWritten.text(language)
        frame = PromptFrame(console, style, isRich: isRich)
    }

    /// On the terminal of a command.
    convenience init(_ invocation: Invocation, language: Language? = nil) throws(CommandFailure) {
        let style = invocation.output.style
        self.init(
            try TerminalConsole(invocation.surroundings.clock), style: style,
            isRich: invocation.environment["TERM"] != "dumb",
            language: language ?? .chosen(invocation.environment, isUnicode: style.isUnicode),
            clock: invocation.surroundings.clock)
    }

    func close() { console.close() }

    func words(_ text: some LocalText, _ values: String...) -> String { text.text(language, values) }

    // MARK: Telling

    /// Whole lines, broken where the terminal ends.
    func say(_ text: String, indent: Int = 0) {
        frame.print(text, indent: indent)
    }

    /// Does something that takes its time, and says so when it does. Ctrl-C ends the wait for it.
    func during<Value: Sendable>(
        _ text: String, _ body: @escaping @LoopActor @Sendable () async -> Value
    ) async throws(CommandFailure) -> Value {
        let began = clock.now
        var result: Value?
        let task = startTask { [console] in
            let value = await body()
            result = value
            console.wake()
        }
        var shown = began + Self.quietTime
        while true {
            if let result {
                frame.erase()
                return result
            }
            do throws(CommandFailure) {
                // What is typed ahead waits for the next question, in its order.
                if let stroke = try await next(until: shown), stroke != .escape { strokes.insert(stroke, at: 0) }
            } catch {
                task.cancel()
                throw error
            }
            if result == nil, clock.now >= shown {
                frame.progress("  \(text) \(style.isUnicode ? "…" : "...") \(Age.span(clock.now - began))")
                shown = clock.now + .seconds(1)
            }
        }
    }

    // MARK: Keys

    /// The next key for a question.
    func stroke() async throws(CommandFailure) -> Stroke {
        while true {
            if !strokes.isEmpty { return strokes.removeFirst() }
            if let stroke = try await next(until: nil) { return stroke }
        }
    }

    /// Nil when nothing came that is a key.
    private func next(until deadline: Instant?) async throws(CommandFailure) -> Stroke? {
        var end = deadline
        if reader.hasEscape {
            let escape = clock.now + Self.escapeTime
            end = min(deadline ?? escape, escape)
        }
        guard let input = await console.next(until: end) else {
            return reader.hasEscape && reader.takeEscape() ? .escape : nil
        }
        switch input {
        case .woken: return nil
        case .ended, .signal(.terminate), .signal(.hangUp), .signal(.interrupt): throw left()
        case .signal(.stop): return sleep()
        case .signal(.windowChanged): return .redraw
        case .signal(.continued):
            console.takeAgain()
            return .redraw
        case .signal(.user1): return nil
        case .bytes(let bytes):
            for key in reader.keys(bytes) {
                switch key {
                case .interrupt, .endOfInput: throw left()
                case .suspend: strokes.append(sleep())
                default: strokes.append(.key(key))
                }
            }
            return strokes.isEmpty ? nil : strokes.removeFirst()
        }
    }

    private func sleep() -> Stroke {
        frame.leave()
        console.sleep()
        return .redraw
    }

    func left() -> CommandFailure {
        frame.leave()
        return CommandFailure(.notGood, "not-confirmed", leaving)
    }
}
