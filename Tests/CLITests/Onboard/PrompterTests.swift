import Platform
import Support
import Testing

@testable import CLI

private let fruit = ["apple", "pear", "plum"].map { PromptOption($0) }

/// What `ask` comes to when these keys are pressed; nil for back.
private func answer<Value: Sendable>(
    _ keys: String..., isRich: Bool = true,
    to ask: @escaping @LoopActor @Sendable (Prompter) async throws(CommandFailure) -> PromptAnswer<Value>
) async throws -> Value? {
    try await onLoop {
        let clock = FakeClock()
        let console = ScriptedConsole(keys.map { .bytes(Array($0.utf8)) }, clock)
        let prompter = prompter(console, isRich: isRich, clock: clock)
        guard case .value(let value) = try await ask(prompter) else { return nil }
        return value
    }
}

private func picked(_ keys: String, isRich: Bool = true) async throws -> Int? {
    try await answer(keys, isRich: isRich) { p throws(CommandFailure) in try await p.pick("Which?", fruit, initial: 1) }
}

@Suite struct PrompterTests {
    @Test func arrowsAndNumbersChoose() async throws {
        #expect(try await picked("\r") == 1)
        #expect(try await picked("\u{1b}[B\r") == 2)
        #expect(try await picked("\u{1b}[B\u{1b}[B\r") == 0)
        #expect(try await picked("\u{1b}[A\u{1b}[A\r") == 2)
        #expect(try await picked("1\r") == 0)
        #expect(try await picked("13\n") == 2)
        #expect(try await picked("9\r") == 1)
    }

    @Test func withoutACursorNumbersChoose() async throws {
        #expect(try await picked("\r", isRich: false) == 1)
        #expect(try await picked("3\r", isRich: false) == 2)
        #expect(try await picked("9\r3x\u{7f}\r", isRich: false) == 2)
        #expect(try await picked("<\r", isRich: false) == nil)
    }

    @Test func twoDigitsAreOneNumber() async throws {
        let many = (1...12).map { PromptOption("\($0)") }
        let place = try await answer("12\r") { p throws(CommandFailure) in try await p.pick("Which?", many) }
        #expect(place == 11)
    }

    @Test func escapeGoesBackOnceItIsNoBeginningOfAnotherKey() async throws {
        for isRich in [true, false] {
            let picked = try await answer("\u{1b}", "", isRich: isRich) { p throws(CommandFailure) in
                try await p.pick("Which?", fruit)
            }
            #expect(picked == nil)
            let text = try await answer("ab\u{1b}", "", isRich: isRich) { p throws(CommandFailure) in
                try await p.text("Name")
            }
            #expect(text == nil)
        }
        // The rest of an arrow that comes later, but soon enough, makes it an arrow.
        let late = try await answer("\u{1b}", "[B\r") { p throws(CommandFailure) in try await p.pick("Which?", fruit) }
        #expect(late == 1)
    }

    @Test func aLineIsEditedAndChecked() async throws {
        let text = try await answer("abx\u{7f}c\u{1b}[D\u{1b}[D!\r") { p throws(CommandFailure) in
            try await p.text("Name")
        }
        #expect(text == "a!bc")
        let usual = try await answer("\r") { p throws(CommandFailure) in try await p.text("Name", initial: "usual") }
        #expect(usual == "usual")
        // What was refused stands there again, to be put right.
        let mended = try await answer("\rbad\r\u{7f}\u{7f}\u{7f}good\r") { p throws(CommandFailure) in
            try await p.text("Name", check: { $0 == "bad" ? "not that" : nil })
        }
        #expect(mended == "good")
    }

    @Test func yesAndNoAreKnownInEachLanguage() async throws {
        for (keys, expected) in [
            ("\r", true), ("n\r", false), ("no\r", false), ("Y\r", true), ("是\r", true), ("否\r", false),
            ("maybe\rn\r", false),
        ] {
            let answer = try await answer(keys) { p throws(CommandFailure) in try await p.confirm("Go?", initial: true)
            }
            #expect(answer == expected, "\(keys)")
        }
    }

    @Test func aSecretIsNotShown() async throws {
        for isRich in [true, false] {
            try await onLoop {
                let console = ScriptedConsole("hush-hush\u{7f}\r")
                let prompter = prompter(console, isRich: isRich)
                guard case .value("hush-hus") = try await prompter.secret("Key") else {
                    Issue.record("another secret")
                    return
                }
                #expect(!console.written.contains("h-h") && !console.written.contains("hus"))
                #expect(console.text.contains("********"))
            }
        }
    }

    @Test func ctrlCAndCtrlDAndSignalsEndEveryQuestion() async throws {
        let ends: [PromptInput] = [
            .bytes([0x03]), .bytes([0x04]), .bytes(Array("half\u{4}".utf8)), .signal(.terminate), .signal(.hangUp),
            .signal(.interrupt), .ended,
        ]
        for end in ends {
            for isRich in [true, false] {
                try await onLoop {
                    for number in 0..<4 {
                        let prompter = prompter(ScriptedConsole([end], FakeClock()), isRich: isRich)
                        await #expect(throws: CommandFailure(.notGood, "not-confirmed", "nothing was written")) {
                            switch number {
                            case 0: _ = try await prompter.pick("Which?", fruit)
                            case 1: _ = try await prompter.text("Name", initial: "x")
                            case 2: _ = try await prompter.secret("Key")
                            default: _ = try await prompter.confirm("Go?", initial: true)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func ctrlZGivesTheTerminalAwayAndGoesOn() async throws {
        try await onLoop {
            let console = ScriptedConsole("ab\u{1a}c\r")
            guard case .value("abc") = try await prompter(console).text("Name") else {
                Issue.record("the line is lost")
                return
            }
            #expect(console.sleeps == 1)
        }
    }

    @Test func workIsWaitedForAndCanBeEnded() async throws {
        try await onLoop {
            let clock = FakeClock()
            let ahead: [PromptInput] = ["ab", "c", "\r"].map { .bytes(Array($0.utf8)) }
            let console = ScriptedConsole([.bytes([])] + ahead + [.bytes([]), .bytes([])], clock)
            let prompter = prompter(console, clock: clock)
            let value = try await prompter.during("asking") { () -> Int in
                try? await clock.sleep(for: .milliseconds(1200))
                return 7
            }
            #expect(value == 7)
            #expect(console.text.contains("asking …"))
            guard case .value("abc") = try await prompter.text("Name") else {
                Issue.record("what was typed ahead is lost")
                return
            }
        }
        try await onLoop {
            let clock = FakeClock()
            let console = ScriptedConsole([.bytes([0x03])], clock)
            await #expect(throws: CommandFailure.self) {
                try await prompter(console, clock: clock).during("asking") { () -> Int in
                    try? await clock.sleep(for: .seconds(60))
                    return 7
                }
            }
        }
    }

    @Test func whatIsTypedAheadCounts() async throws {
        try await onLoop {
            let prompter = prompter(ScriptedConsole("3\rabc\ry\r"))
            guard case .value(2) = try await prompter.pick("Which?", fruit),
                case .value("abc") = try await prompter.text("Name"),
                case .value(true) = try await prompter.confirm("Go?", initial: false)
            else {
                Issue.record("an answer is lost")
                return
            }
        }
    }

    @Test func nothingIsWiderThanTheTerminal() async throws {
        let long = String(repeating: "智能体 does ", count: 9)
        for (isRich, language) in [(true, Language.simplified), (false, .traditional), (true, .english)] {
            try await onLoop {
                let console = ScriptedConsole("2\r" + long + "\r")
                console.columns = 40
                let prompter = prompter(console, isRich: isRich, language: language)
                prompter.say(long)
                _ = try await prompter.pick(long, [PromptOption("a"), PromptOption("b", hint: "很长的提示")])
                if isRich { _ = try await prompter.text("工作目录？", initial: long) }
                // Without a cursor the terminal breaks what is typed.
                let rows = console.text.split(separator: "\n").filter { isRich || !$0.hasPrefix("?") }
                for row in rows where !isRich || !row.contains("›") {
                    #expect(ColumnWidth.of(row) <= 2 * 40, "\(row)")
                }
                #expect(PromptFrame.hardRows(long, width: 39).allSatisfy { ColumnWidth.of($0) <= 39 })
                #expect(PromptFrame.hardRows(long, width: 39).joined() == long)
            }
        }
    }

    @Test func outsideUTF8AndWithoutColoursOnlyASCIIIsWritten() async throws {
        try await onLoop {
            let console = ScriptedConsole("2\r")
            _ = try await prompter(console, isUnicode: false).pick("Which?", [PromptOption("a"), PromptOption("é")])
            #expect(console.written.utf8.allSatisfy { $0 < 0x80 })
            #expect(!console.written.contains("\u{1b}[1m") && !console.written.contains("\u{1b}[2m"))
            #expect(console.written.contains("> 1 a"))
        }
    }

    @Test func aDumbTerminalGetsNoSequences() async throws {
        try await onLoop {
            let console = ScriptedConsole("2\rab\u{7f}\u{1b}[Dc\ry\r")
            let prompter = prompter(console, isRich: false)
            _ = try await prompter.pick("Which?", fruit)
            _ = try await prompter.text("Name")
            _ = try await prompter.confirm("Go?", initial: true)
            #expect(!console.written.contains("\u{1b}"))
        }
    }
}
