import Platform
import Testing

@testable import CLI

@Suite struct HarmlessFactsTests {
    @Test func numbersAndWordsOfTheProgramStay() {
        let answer: JSON = [
            "ok": true, "uptimeMs": 5, "version": "2026.12.0", "title": "Dinner with Ana", "state": "Dinner with Ana",
            "sessions": ["recent": [["key": "agent:main:whatsapp:+4912345"]]],
            "channels": ["telegram": ["running": true, "lastError": "said hello"], "+4912345": ["ok": true]],
            "failing": ["store", "a b"],
        ]
        #expect(
            HarmlessFacts.of(answer) == [
                "ok": true, "uptimeMs": 5, "version": "2026.12.0", "channels": ["telegram": ["running": true]],
                "failing": ["store"],
            ])
    }

    @Test func aLineOfTheLogKeepsWhatTheProgramSays() {
        let line =
            #"{"time":"t","level":"warn","subsystem":"models","message":"refused: hello Ana","text":"hello","ms":3}"#
        #expect(
            HarmlessFacts.line(line) == [
                "time": "t", "level": "warn", "subsystem": "models", "ms": 3, "message": "refused",
            ])
        #expect(HarmlessFacts.line(#"{"level":"debug","message":"hello"}"#) == nil)
        #expect(HarmlessFacts.line("not a record") == nil)
    }

    @Test func aTextIsReplacedEverywhere() {
        #expect("/a/b and /a/c, /a".replacing("/a/", with: "~/") == "~/b and ~/c, /a")
        #expect("ééa".replacing("é", with: "") == "a")
    }
}
