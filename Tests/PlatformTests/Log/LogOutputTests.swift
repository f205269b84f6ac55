import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// 2026-09-21T14:13:20Z, the wall time at which a fake clock begins.
private let day = "2026-09-21"

@Suite struct LogOutputTests {
    let scratch = ScratchDirectory()

    @LoopActor private func make(
        _ clock: FakeClock, level: LogLevel = .info, fileBytes: Int = LogPlace.defaultFileBytes,
        directory: String? = nil
    ) -> LogOutput {
        let place = LogPlace(directory: directory ?? scratch.path("logs"), fileBytes: fileBytes)
        return LogOutput(LogSettings(level: level, place: place), clock: clock)
    }

    private func lines(_ name: String = "logs/openclaw-\(day).log") -> [String] {
        (scratch.read(name) ?? "").split(separator: "\n").map(String.init)
    }

    @Test func aLineIsOneObjectWithTimeLevelSubsystemMessageAndFields() async throws {
        try await onLoop {
            let output = make(FakeClock())
            let log = Log(output, subsystem: "telegram").part("poll")
            log.warn(
                "said \"hi\"\n\u{1b}[31m é \\",
                [
                    "bot": "my_bot", "count": 3, "ok": false, "level": "x",
                    "tookMs": LogValue(Duration.milliseconds(1500)),
                    "rate": .number(0.5), "odd": .number(.nan),
                    "error": LogValue(SystemError(code: ENOSPC, call: "write")),
                ])
            await output.drain()
        }
        #expect(
            lines() == [
                #"{"time":"2026-09-21T14:13:20.000Z","level":"warn","subsystem":"telegram.poll","message":"said \"hi\"\n\u001b[31m é \\","#
                    + #""bot":"my_bot","count":3,"ok":false,"level_":"x","tookMs":1500,"rate":0.5,"odd":"nan","#
                    + #""error":"write: No space left on device"}"#
            ])
        #expect(scratch.mode("logs") == 0o700)
        #expect(scratch.mode("logs/openclaw-\(day).log") == 0o600)
    }

    @Test func aLevelThatIsOffCostsNothing() async throws {
        try await onLoop {
            let output = make(FakeClock(), level: .warn)
            let log = Log(output, subsystem: "a")
            var made = 0
            func costly() -> String {
                made += 1
                return "x"
            }
            func fields() -> LogFields {
                made += 1
                return [:]
            }
            log.info(costly(), fields())
            #expect(made == 0)
            log.warn(costly(), fields())
            #expect(made == 2)
            output.setLevels(kept: .trace, shown: .info)
            #expect(log.isOn(.trace))
            log.trace("now")
            await output.drain()
        }
        #expect(lines().count == 2)
    }

    @Test func linesOfOtherThreadsArriveWithTheirTime() async throws {
        try await onLoop {
            let output = make(FakeClock())
            let log = Log(output, subsystem: "store")
            let before = WallTime.system()
            await BlockingPool.shared.run { log.info("from elsewhere") }
            try await turns { output.ring.count == 1 }
            await output.drain()
            let line = String(decoding: output.ring.lines().first?.line ?? [], as: UTF8.self)
            #expect(line > "{\"time\":\"" + CalendarDate(WallTime(nanoseconds: before.nanoseconds - 1_000_000)).text())
        }
    }

    @Test func nothingSecretReachesFileConsoleOrMemory() async throws {
        let secret = "correct \"horse\" battery"
        let ends = try makePipe()
        defer { for end in [ends.read, ends.write] { close(end) } }
        let shown = try await onLoop {
            var settings = LogSettings(
                place: LogPlace(directory: scratch.path("logs")), console: .pretty(isColoured: false))
            settings.consoleDescriptor = ends.write
            let output = LogOutput(settings, clock: FakeClock(), zone: { _ in 0 })
            output.redaction.register(secret, kind: .password)
            output.redaction.register("20260921", kind: .secret)
            let log = Log(output, subsystem: "auth")
            log.info("with \(secret)!", ["value": "\(secret)", "token": "x", "none": "", "authorization": ""])
            log.info(
                "in two: correct \"horse\"", ["rest": " battery staple", "number": 20_260_921, "other": 2_026_092])
            log.info("Authorization: Bearer abcdefghijkl")
            await output.drain()
            return output.ring.lines().map { String(decoding: $0.line, as: UTF8.self) }
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = readDescriptor(ends.read, bytes.withUnsafeMutableBytes { $0 })
        let console = String(decoding: bytes[..<count], as: UTF8.self)
        #expect(
            console == """
                14:13:20.000 info  auth: with [redacted:password]! value=[redacted:password] token=[redacted] none="" authorization=""
                14:13:20.000 info  auth: in two: [redacted:password] rest="[redacted:password] staple" number=[redacted:secret] other=2026092
                14:13:20.000 info  auth: Authorization: [redacted:authorization]

                """)
        #expect(shown == lines())
        #expect(lines().count == 3)
        #expect(
            lines()[1].hasSuffix(#""rest":"[redacted:password] staple","number":"[redacted:secret]","other":2026092}"#))
        for text in [console] + shown { #expect(!text.contains("horse") && !text.contains("abcdefgh")) }
    }

    @Test(arguments: [(8191, 0), (8192, 0), (8193, 1)])
    func aMessageIsCutAtItsLimit(_ size: Int, _ cut: Int) async throws {
        let line = try await onLoop {
            let output = make(FakeClock())
            Log(output, subsystem: "a").info(String(repeating: "x", count: size))
            // A write under way would make the directory anew that the test has removed.
            await output.drain()
            return output.ring.lines().map { String(decoding: $0.line, as: UTF8.self) }[0]
        }
        #expect(line.hasSuffix(String(repeating: "x", count: size - cut) + (cut > 0 ? "… (1 bytes more)" : "") + "\"}"))
        #expect(LogLine.messageLimit == 8192)
    }

    @Test(arguments: [(2047, 0), (2048, 0), (2049, 1)])
    func aFieldIsCutAtItsLimit(_ size: Int, _ cut: Int) async throws {
        let line = try await onLoop {
            let output = make(FakeClock())
            Log(output, subsystem: "a").info("m", ["f": .text(String(repeating: "y", count: size))])
            // A write under way would make the directory anew that the test has removed.
            await output.drain()
            return output.ring.lines().map { String(decoding: $0.line, as: UTF8.self) }[0]
        }
        #expect(
            line.hasSuffix(
                "\"" + String(repeating: "y", count: size - cut) + (cut > 0 ? "… (1 bytes more)" : "") + "\"}"))
        #expect(LogLine.valueLimit == 2048)
    }

    @Test func repeatedLinesAreWrittenOnceWithTheirCount() async throws {
        try await onLoop {
            let clock = FakeClock()
            let output = make(clock)
            let log = Log(output, subsystem: "a")
            for _ in 0..<5 { log.info("again", ["n": 1]) }
            log.info("again", ["n": 2])
            log.info("again", ["n": 2])
            log.warn("again", ["n": 2])
            for _ in 0..<3 { log.info("flood") }
            await clock.advance(by: LogOutput.repeatInterval - .nanoseconds(1))
            #expect(output.ring.count == 6)
            await clock.advance(by: .nanoseconds(1))
            #expect(output.ring.count == 7)
            log.info("flood")
            await output.drain()
            #expect(clock.timers.count == 0)
        }
        let tails = lines().map { $0.dropFirst(#"{"time":"2026-09-21T14:13:20.000Z","#.utf8.count) }
        #expect(
            tails == [
                #""level":"info","subsystem":"a","message":"again","n":1}"#,
                #""level":"info","subsystem":"a","message":"again","n":1,"repeated":4}"#,
                #""level":"info","subsystem":"a","message":"again","n":2}"#,
                #""level":"info","subsystem":"a","message":"again","n":2,"repeated":1}"#,
                #""level":"warn","subsystem":"a","message":"again","n":2}"#,
                #""level":"info","subsystem":"a","message":"flood"}"#,
                #""level":"info","subsystem":"a","message":"flood","repeated":2}"#,
                #""level":"info","subsystem":"a","message":"flood","repeated":1}"#,
            ])
    }

    @Test func theWayOutWritesWhatIsLeftWithoutTheLoop() async throws {
        try await onLoop {
            let output = make(FakeClock())
            let log = Log(output, subsystem: "a")
            log.info("one")
            log.info("two")
            log.info("two")
            output.flushBeforeExit(patience: .seconds(60))
            // Nothing has been awaited since the first line.
            #expect(lines().map { $0.contains("\"one\"") } == [true, false, false])
            #expect(lines().last?.contains("\"repeated\":1") == true)
        }
    }

    @Test func aBusyDiskDropsLinesBeyondTheBacklogAndSaysHowMany() async throws {
        try await onLoop {
            let output = make(FakeClock())
            let log = Log(output, subsystem: "a")
            let text = String(repeating: "x", count: 1000)
            // No await: the first line is being written meanwhile, and the others wait.
            for number in 0..<400 { log.info("\(number) \(text)") }
            let dropped = output.health.dropped
            #expect(dropped > 0)
            try await turns {
                output.ring.lines().last.map {
                    String(decoding: $0.line, as: UTF8.self).contains("\"dropped\":\(dropped)")
                } ?? false
            }
            await output.drain()
            #expect(output.health == LogHealth(dropped: dropped))
            #expect(lines().count == 400 - dropped + 1)
            #expect(output.ring.next == 401)
        }
    }

    #if os(Linux)
    @Test func aFullDiskIsSaidOnceAndLinesAreKeptAndWrittenLater() async throws {
        guard let mount = ScratchMount(kilobytes: 64) else { return }
        let disk = mount.directory
        let ends = try makePipe()
        defer { for end in [ends.read, ends.write] { close(end) } }
        func console() -> String {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = readDescriptor(ends.read, bytes.withUnsafeMutableBytes { $0 })
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
        try await onLoop {
            let clock = FakeClock()
            var settings = LogSettings(place: LogPlace(directory: disk.path), console: .plain)
            settings.consoleDescriptor = ends.write
            settings.consoleLevel = .error
            let output = LogOutput(settings, clock: clock)
            let log = Log(output, subsystem: "a")
            log.info("before")
            await output.drain()
            mount.fill()
            let text = String(repeating: "x", count: 3000)
            for number in 0..<4 {
                log.info("\(number) \(text)")
                await output.drain()
            }
            let path = disk.path("openclaw-\(day).log")
            let failure = FileError.system(SystemError(code: ENOSPC, call: "write"), .write, path: path)
            #expect(output.health == LogHealth(failure: failure, failingSince: clock.wall))
            await clock.advance(by: LogWriter<LogFile>.retryInterval)
            await output.drain()
            try await turns { !output.isWritingFile }
            #expect(output.health.failure == failure)
            #expect(
                console()
                    == "2026-09-21T14:13:20.000Z error log: the log file cannot be written; recent lines are kept in memory "
                    + "error=\"cannot write \(path): No space left on device (free some space on its file system)\"\n")
            #expect(output.ring.count == 5)
            mount.makeRoom()
            await clock.advance(by: LogWriter<LogFile>.retryInterval)
            try await turns { output.health.failure == nil }
            await output.drain()
            #expect(output.health == LogHealth())
            log.info("after")
            await output.drain()
        }
        let all = (disk.read("openclaw-\(day).log") ?? "").split(separator: "\n")
        #expect(all.count == 7)
        #expect(all.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        #expect(
            all.dropFirst(5).first?.contains(
                "\"message\":\"the log file is written again\",\"afterMs\":10000,\"dropped\":0") == true)
    }
    #endif
}

@Suite struct LogRingTests {
    private func texts(_ lines: ArraySlice<LogRing.Entry>) -> [String] {
        lines.map { String(decoding: $0.line, as: UTF8.self) }
    }

    @Test func theLastLinesAreKeptByNumberAndBytes() {
        var ring = LogRing(lines: 3, bytes: 100)
        for number in 0..<5 { ring.append(Array("\(number)\n".utf8)) }
        #expect(texts(ring.lines()) == ["2", "3", "4"])
        #expect(texts(ring.lines(from: 0)) == ["2", "3", "4"])
        #expect(texts(ring.lines(from: 4)) == ["4"])
        #expect(texts(ring.lines(from: 5)) == [])
        #expect(texts(ring.lines(from: 99)) == [])
        #expect(texts(ring.lines(limit: 2)) == ["3", "4"])
        #expect(ring.lines().map(\.number) == [2, 3, 4])
        #expect(ring.next == 5)
        var small = LogRing(lines: 100, bytes: 10)
        for (size, count) in [(9, 1), (1, 2), (1, 2), (10, 1), (11, 0)] {
            small.append([UInt8](repeating: 0x61, count: size))
            #expect(small.count == count)
            #expect(small.bytes <= 10)
        }
    }

    @Test func aRingTurnsForEver() {
        var ring = LogRing(lines: 10, bytes: 10_000)
        for number in 0..<10_000 {
            ring.append(Array("\(number)".utf8))
            #expect(ring.count == min(10, number + 1))
        }
        #expect(texts(ring.lines()) == (9990..<10_000).map(String.init))
    }
}

@Suite struct ConsoleStyleTests {
    @Test func theStyleFollowsTerminalAndEnvironment() {
        let table: [(Bool, Environment, ConsoleStyle)] = [
            (false, ["TERM": "xterm"], .plain), (true, ["TERM": "xterm"], .pretty(isColoured: true)),
            (true, ["TERM": "dumb"], .pretty(isColoured: false)), (true, [:], .pretty(isColoured: false)),
            (true, ["TERM": "xterm", "NO_COLOR": "1"], .pretty(isColoured: false)),
            (true, ["TERM": "xterm", "NO_COLOR": ""], .pretty(isColoured: true)),
        ]
        for (isTerminal, environment, style) in table {
            #expect(ConsoleStyle.chosen(isTerminal: isTerminal, environment: environment) == style)
        }
    }

    @Test func textFromOutsideCannotSteerTheTerminal() {
        let record = LogRecord(
            time: WallTime(nanoseconds: 0), level: .error, subsystem: "a", message: "x\u{1b}[2J\u{9b}1m\u{7f}\r\nü",
            fields: ["f": "\u{1b}]0;t\u{7}", "g": "\u{9b}1m"])
        let line = LogLine(record, Redaction())
        let expected = #"a: x\u001b[2J\u009b1m\u007f\r\nü f="\u001b]0;t\u0007" g=\u009b1m"#
        #expect(String(decoding: line.plain(), as: UTF8.self) == "1970-01-01T00:00:00.000Z error " + expected + "\n")
        let coloured = String(decoding: line.pretty(isColoured: true, offset: 3600), as: UTF8.self)
        let dim = "\u{1b}[2m"
        let reset = "\u{1b}[0m"
        #expect(
            coloured == "\(dim)01:00:00.000\(reset) \u{1b}[31merror\(reset) "
                + #"a: x\u001b[2J\u009b1m\u007f\r\nü "# + "\(dim)f=\(reset)" + #""\u001b]0;t\u0007" "#
                + "\(dim)g=\(reset)" + #"\u009b1m"# + "\n")
        #expect(!line.json().contains(0x1b))
    }
}
