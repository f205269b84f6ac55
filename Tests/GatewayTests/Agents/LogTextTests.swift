import Testing

@testable import Gateway

@Suite struct LogTextTests {
    @Test(arguments: [
        (
            #"{"time":"2026-11-28T04:23:17.675Z","level":"info","subsystem":"gateway.clients","message":"connected","client":"cli","protocol":4}"#,
            "04:23:17 info gateway.clients: connected, client cli, protocol 4"
        ),
        (#"{"level":"warn","message":"odd"}"#, "warn: odd"), (#"{"level":"warn"}"#, #"{"level":"warn"}"#),
        ("somebody else's line", "somebody else's line"), ("", ""),
    ])
    func aLineIsReadByPeople(line: String, text: String) {
        #expect(LogText.line(Array(line.utf8)) == text)
    }
}
