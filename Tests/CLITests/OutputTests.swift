import Platform
import Testing

@testable import CLI

private let now = WallTime(nanoseconds: 1_790_000_000_000_000_000)

private func report() -> Report {
    var report = Report(verdict: .degraded, state: "degraded", subject: ["default", "127.0.0.1:18789"])
    report.facts = [
        Fact("runtime", "Runtime", "running, pid 4121", isGood: true),
        Fact(
            "channels", "Channels", "slack receiving", isGood: true, source: "the health snapshot",
            observedAt: WallTime(nanoseconds: now.nanoseconds - 120_000_000_000)),
    ]
    report.next = ["openclaw logs --limit 50"]
    return report
}

@Test func aReportHasVerdictFactsAndTheNextStep() {
    #expect(
        report().text(TextStyle(width: 80), now: now) == """
            ▲ degraded   default   127.0.0.1:18789
              Runtime: running, pid 4121
              Channels: slack receiving (2 min ago, from the health snapshot)
              Next: openclaw logs --limit 50

            """)
}

@Test func aReportReadsAtFortyColumns() {
    let text = report().text(TextStyle(width: 40), now: now)
    for line in text.split(separator: "\n") { #expect(line.count <= 40, "\(line)") }
    #expect(text.contains("  Channels: slack receiving (2 min ago,\n    from the health snapshot)"))
}

@Test func symbolsHaveASCIIForms() {
    let text = report().text(TextStyle(width: 80, isUnicode: false), now: now)
    #expect(text.hasPrefix("! degraded"))
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
}

@Test func coloursComeOnlyWhereTheyAreWanted() {
    #expect(!report().text(TextStyle(width: 80), now: now).contains("\u{1b}"))
    #expect(report().text(TextStyle(width: 80, isTerminal: true, isColoured: true), now: now).contains("\u{1b}[33m▲"))
}

@Test func whatComesFromOutsideDoesNotSteerTheTerminal() {
    var report = report()
    report.facts[0].lines = ["evil \u{1b}[2J \u{202e}"]
    #expect(!report.text(TextStyle(width: 80), now: now).contains("\u{1b}"))
    #expect("a\u{7}\u{9b}\u{2066}b".shown == "a\\u{07}\\u{009B}\\u{2066}b")
}

@Test func aFactForProgramsHasAgeAndSource() {
    let json = report().facts[1].json(now: now)
    #expect(json["ageMs"]?.int == 120_000)
    #expect(json["source"]?.string == "the health snapshot")
    #expect(json["observedAt"]?.string == "2026-09-21T14:11:20.000Z")
    #expect(json["ok"]?.bool == true)
}

@Test func aTableBecomesBlocksWhereItDoesNotFit() {
    var table = Table("device", "name", "may")
    table.rows = [["3fa94b1c", "kitchen tablet (linux)", "operator read write"]]
    let wide = table.text(TextStyle(width: 80))
    #expect(
        wide == "  device    name                    may\n  3fa94b1c  kitchen tablet (linux)  operator read write\n")
    let narrow = table.text(TextStyle(width: 40))
    #expect(narrow == "  3fa94b1c\n    name  kitchen tablet (linux)\n    may   operator read write\n")
}

@Test func aTableBreaksItsWidestColumnWhereThatReads() {
    var table = Table("device", "name", "may")
    table.rows = [
        ["3fa94b1c", "kitchen tablet (linux)", "operator admin approvals pairing read write talk"],
        ["0b1c", "phone", "node"],
    ]
    let text = table.text(TextStyle(width: 60))
    #expect(
        text == """
              device    name                    may
              3fa94b1c  kitchen tablet (linux)  operator admin approvals
                                                pairing read write talk
              0b1c      phone                   node

            """)
    for line in text.split(separator: "\n") { #expect(line.count <= 60) }
    #expect(table.text(TextStyle(width: 59)).hasPrefix("  3fa94b1c\n    name  kitchen"))
    // A word is never broken.
    table.rows[0][2] = "operator.admin.approvals.pairing.read.write.talk"
    #expect(table.text(TextStyle(width: 60)).hasPrefix("  3fa94b1c\n"))
}

@Test(arguments: [
    ("a few words", 80, ["a few words"]), ("  indented words stay so", 16, ["  indented words", "    stay so"]),
    ("two   spaces", 80, ["two   spaces"]),
    ("host   127.0.0.1:18789   2026", 22, ["host   127.0.0.1:18789", "      2026"]),
    ("a /path/that/is/longer/than/the/line b", 12, ["a", "    /path/that/is/longer/than/the/line", "    b"]),
    ("s=one,two,three,four", 12, ["s=one,two,", "    three,", "    four"]), ("a,b c,d", 12, ["a,b c,d"]),
    ("", 10, [""]),
])
func linesAreBrokenBetweenWords(_ text: String, _ width: Int, _ lines: [String]) {
    #expect(TextLayout.wrap(text, width: width, indent: 4) == lines)
}

@Test func aCommandStaysWhole() {
    let command = "openclaw devices approve 37630c06"
    for width in [40, 41, 80] {
        let style = TextStyle(width: width, isTerminal: true)
        let lines = TextLayout.labelled("  Next: ", command, style)
        #expect(lines == (width < 41 ? ["  Next:", "    \(command)"] : ["  Next: \(command)"]))
    }
    #expect(TextLayout.labelled("  Next: ", command, TextStyle(width: 40)).count == 1)
}

@Test func theCharacterSetIsThatOfTheLocale() {
    #expect(TextStyle.isUTF8(["LANG": "C.UTF-8"]))
    #expect(TextStyle.isUTF8(["LC_ALL": "en_GB.utf8", "LANG": "C"]))
    #expect(!TextStyle.isUTF8(["LC_ALL": "C", "LANG": "C.UTF-8"]))
    #expect(!TextStyle.isUTF8([:]))
}

@Test func linesAreNarrowedToWhatIsReadable() {
    #expect(TextStyle(width: 39).width == 40)
    #expect(TextStyle(width: 40).width == 40)
    #expect(TextStyle(width: 80).width == 80)
    #expect(TextStyle(width: 81).width == 80)
}

@Test func aFailureForAPersonEndsWithTheWayOut() {
    let failure = CommandFailure(
        .unreachable, "unreachable", "no gateway answers", details: ["the local socket: not there"],
        next: ["openclaw gateway status", "openclaw gateway run"])
    #expect(
        failure.text(TextStyle(width: 80)) == """
            openclaw: no gateway answers
              the local socket: not there
              Next: openclaw gateway status
                    openclaw gateway run

            """)
    #expect(failure.json["error"]?["exitCode"]?.int == 3)
    #expect(failure.json["error"]?["next"]?.array?.count == 2)
}

@Test func aShortFailureIsOneLine() {
    let failure = CommandFailure.usage("no command \"gatway\"; did you mean \"gateway\"?", hint: "openclaw --help")
    #expect(
        failure.text(TextStyle(width: 80))
            == "openclaw: no command \"gatway\"; did you mean \"gateway\"?      openclaw --help\n")
    #expect(failure.text(TextStyle(width: 60)).split(separator: "\n").count == 2)
}

@Test func aLineOfTheLogIsReadable() {
    let line = #"{"time":"2026-11-02T03:12:45.123Z","level":"warn","subsystem":"gateway","message":"slow","turnMs":12}"#
    #expect(
        LogEntry(line).text(TextStyle(width: 80), .utc) == "2026-11-02 03:12:45Z warn  gateway slow turnMs=12")
    #expect(LogEntry("not \u{1b}json").text(TextStyle(width: 80), .utc) == "not \\u{1B}json")
}
