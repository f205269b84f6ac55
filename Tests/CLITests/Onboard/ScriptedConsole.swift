import Platform
import Support

@testable import CLI

/// A terminal at which the test sits. When its script is at an end, so is the terminal.
@LoopActor
final class ScriptedConsole: PromptConsole {
    var columns = 80
    private(set) var written = ""
    private(set) var sleeps = 0
    private(set) var isOpen = true
    private var script: [PromptInput]
    private let clock: FakeClock
    private let arrival: Suspension
    private var woken = 0

    init(_ script: [PromptInput], _ clock: FakeClock) {
        self.script = script
        self.clock = clock
        arrival = Suspension(clock)
    }

    convenience init(_ keys: String..., clock: FakeClock = FakeClock()) {
        self.init(keys.map { .bytes(Array($0.utf8)) }, clock)
    }

    func write(_ text: String) { written += text }

    func next(until deadline: Instant?) async -> PromptInput? {
        if woken > 0 {
            woken -= 1
            return .woken
        }
        // An empty piece stands for a pause.
        if case .bytes([])? = script.first, let deadline {
            script.removeFirst()
            await clock.advance(by: deadline - clock.now)
            return nil
        }
        return script.isEmpty ? .ended : script.removeFirst()
    }

    func wake() { woken += 1 }
    func sleep() { sleeps += 1 }
    func takeAgain() {}
    func close() { isOpen = false }

    /// What a person can read of all that was written: without what moves and paints.
    var text: String {
        var result = ""
        var isSequence = false
        for character in written where character != "\r" {
            if character == "\u{1b}" { isSequence = true }
            if !isSequence { result.append(character == "\r\n" ? "\n" : character) }
            if isSequence, character.isLetter { isSequence = false }
        }
        return result
    }
}

@LoopActor
func prompter(
    _ console: ScriptedConsole, isRich: Bool = true, isUnicode: Bool = true, isColoured: Bool = false,
    language: Language = .english, clock: FakeClock = FakeClock()
) -> Prompter {
    Prompter(
        console,
        style: TextStyle(width: console.columns, isTerminal: true, isColoured: isColoured, isUnicode: isUnicode),
        isRich: isRich, language: language, clock: clock)
}
