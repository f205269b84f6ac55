import Platform
import Support
import Testing
import Wire

@testable import Channels

/// The menu of commands in a chat.
@Suite(.serialized) struct TelegramMenuTests {
    private static let gateway = [
        ChatCommand(name: "status", help: "how it is"), ChatCommand(name: "new", help: "begin anew"),
        ChatCommand(name: "no-such-name", help: "Telegram takes no dash"),
    ]

    private static func menu(_ text: String, _ gateway: [ChatCommand] = gateway) throws -> TelegramMenu {
        TelegramMenu(try JSON5Document(text).value, gateway: gateway)
    }

    @Test(arguments: [
        ("{}", ["status", "new"], false), ("{commands: {native: 'auto'}}", ["status", "new"], false),
        ("{commands: {native: true}}", ["status", "new"], false), ("{commands: {native: false}}", [], true),
        ("{customCommands: [{command: '/Backup', description: 'git'}]}", ["backup", "status", "new"], false),
        ("{commands: {native: false}, customCommands: [{command: 'b_1', description: 'x'}]}", ["b_1"], true),
    ])
    func whatStandsInIt(config: String, names: [String], isCleared: Bool) throws {
        let menu = try Self.menu(config)
        #expect(menu.commands.map(\.name) == names && menu.isCleared == isCleared && menu.findings.isEmpty)
    }

    @Test(arguments: [
        ("{command: 'with space', description: 'x'}", "no command"), ("{command: '', description: 'x'}", "no command"),
        ("{command: 'ä', description: 'x'}", "no command"), ("{description: 'x'}", "no command"),
        ("{command: 'a'}", "no description"), ("{command: 'status', description: 'x'}", "already"),
        ("{command: 'ok', description: 'x'}, {command: '/OK', description: 'x'}", "already"), ("7", "no command"),
    ])
    func whatCannotStandInItIsTold(custom: String, finding: String) throws {
        let menu = try Self.menu("{customCommands: [\(custom)]}")
        #expect(menu.findings.count == 1 && menu.findings[0].contains(finding))
        #expect(menu.commands.map(\.name) == (custom.contains("ok") ? ["ok"] : []) + ["status", "new"])
    }

    @Test(arguments: [31, 32, 33])
    func namesAreShort(length: Int) throws {
        let menu = try Self.menu(
            "{customCommands: [{command: '\(String(repeating: "a", count: length))', description: 'x'}]}")
        #expect(menu.findings.isEmpty == (length <= TelegramMenu.nameLimit))
    }

    @Test(arguments: [99, 100, 101])
    func itHoldsAHundred(count: Int) throws {
        let gateway = (1..<count).map { ChatCommand(name: "c\($0)", help: "x") }
        let menu = try Self.menu("{customCommands: [{command: 'own', description: 'x'}]}", gateway)
        #expect(menu.commands.count == min(count, TelegramMenu.most) && menu.commands[0].name == "own")
        #expect(menu.findings.isEmpty == (count <= TelegramMenu.most))
    }

    private static let menu = TelegramMenu([:], gateway: [ChatCommand(name: "status", help: "how it is")])

    @Test func telegramIsGivenItOnce() async throws {
        try await withTelegram({ $0.menu = Self.menu }) { bench in
            try await bench.connect()
            try await turns { bench.telegram.count("setMyCommands") == 1 }
            #expect(
                bench.telegram.last("setMyCommands")
                    == ["commands": [["command": "status", "description": "how it is"]]])
            try await bench.calm()
            bench.telegram.restart()
            try await bench.pass(.seconds(5))
            #expect(bench.runner.present.restarts == 1 && bench.runner.present.isReceiving)
            #expect(bench.telegram.count("setMyCommands") == 1)
        }
    }

    @Test func oneThatIsNotWantedGoesAndNoneIsNothing() async throws {
        let none = TelegramMenu(["commands": ["native": false]], gateway: [])
        try await withTelegram({ $0.menu = none }) { bench in
            try await bench.connect()
            try await turns { bench.telegram.count("deleteMyCommands") == 1 }
        }
        try await withTelegram { bench in
            try await bench.connect()
            try await bench.calm()
            #expect(bench.telegram.count("deleteMyCommands") == 0 && bench.telegram.count("setMyCommands") == 0)
        }
    }

    @Test(arguments: [1, 2, 9])
    func oneThatIsTooLargeIsShortened(refusals: Int) async throws {
        let menu = TelegramMenu([:], gateway: (1...8).map { ChatCommand(name: "c\($0)", help: "x") })
        try await withTelegram({ $0.menu = menu }) { bench in
            let refusal: JSON = ["ok": false, "error_code": 400, "description": "Bad Request: BOT_COMMANDS_TOO_MUCH"]
            bench.telegram.answers["setMyCommands"] = Array(repeating: refusal, count: refusals)
            try await bench.connect()
            let count = min(refusals + 1, TelegramConnector.menuTrials)
            try await turns { bench.telegram.count("setMyCommands") == count }
            try await bench.calm()
            #expect(bench.telegram.count("setMyCommands") == count && bench.runner.present.isReceiving)
            let sizes = [8, 6, 4, 3, 2]
            #expect(bench.telegram.last("setMyCommands")?["commands"]?.array?.count == sizes[count - 1])
        }
    }

    @Test func whatTelegramDoesNotTakeKeepsNobodyFromBeingHeard() async throws {
        try await withTelegram({ $0.menu = Self.menu }) { bench in
            bench.telegram.answers["setMyCommands"] = [
                ["ok": false, "error_code": 400, "description": "Bad Request: no"]
            ]
            bench.telegram.bring(FakeTelegram.said("one", id: 1))
            try await bench.connect()
            try await turns { bench.handler.begun == ["one"] }
            // It is given anew with the next connection.
            try await bench.calm()
            bench.telegram.restart()
            try await bench.pass(.seconds(5))
            #expect(bench.telegram.count("setMyCommands") == 2 && bench.runner.present.restarts == 1)
        }
    }
}
