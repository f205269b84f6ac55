import Platform
import Testing
import Wire

@testable import Channels

/// What is made of `channels.telegram`.
struct TelegramSettingsTests {
    private static func accounts(_ text: String) throws -> [AccountSettings] {
        let config = try JSON5Document("{channels: {telegram: \(text)}}").value
        let environment = ["TELEGRAM_BOT_TOKEN": "1:env", "HOME": "/home/ada"]
        return try #require(ChannelSettings(.telegram, config) { environment[$0] }).accounts
    }

    private static func token(_ account: AccountSettings) throws -> String {
        switch try TelegramSettings(account).token {
        case .text(let text): text
        case .file(let path): "file \(path)"
        }
    }

    @Test(arguments: [
        ("{botToken: '1:a'}", ["1:a"]), ("{}", ["1:env"]), ("{botToken: '1:a', tokenFile: '/t'}", ["file /t"]),
        ("{tokenFile: '~/t'}", ["file /home/ada/t"]), ("{tokenFile: '~t'}", ["file ~t"]),
        ("{tokenFile: '/t', accounts: {b: {botToken: '2:b'}}}", ["file /t", "2:b"]),
        ("{botToken: '1:a', accounts: {b: {tokenFile: '~/b'}}}", ["1:a", "file /home/ada/b"]),
        ("{tokenFile: '/t', accounts: {default: {botToken: '2:b'}}}", ["2:b"]),
        ("{tokenFile: '/t', accounts: {b: {name: 'x'}}}", ["file /t", "file /t"]),
    ])
    func whereTheTokenIs(text: String, tokens: [String]) throws {
        #expect(try Self.accounts(text).map(Self.token) == tokens)
    }

    /// The token that stands beside a file is nobody's, and makes no two accounts one bot.
    @Test func aTokenThatIsNotUsedIsNotThere() throws {
        let accounts = try Self.accounts("{botToken: '1:a', tokenFile: '/t', accounts: {b: {tokenFile: '/b'}}}")
        #expect(accounts.map { $0.string("botToken") } == [nil, nil])
        #expect(accounts.map { $0.string("tokenFile") } == ["/t", "/b"])
    }

    @Test(arguments: [
        ("{accounts: {b: {name: 'x'}}}", "channels.telegram.accounts.b.botToken", "@BotFather"),
        ("{botToken: '1:a', webhookUrl: 'https://x.y/z'}", "channels.telegram.webhookSecret", "A-Z"),
        ("{botToken: '1:a', apiRoot: 'https://x.y/bot1:a/'}", "channels.telegram.apiRoot", "the server alone"),
        ("{botToken: '1:a', apiRoot: 'nowhere'}", "channels.telegram.apiRoot", "https://api.telegram.org"),
    ])
    func whatIsWrongIsNamedWithTheCure(text: String, setting: String, cure: String) throws {
        let account = try #require(try Self.accounts(text).first)
        do throws(ChannelProblem) {
            _ = try TelegramSettings(account)
            Issue.record("it must fail")
        } catch {
            #expect(error.setting == setting && error.cure.contains(cure))
            #expect(!(error.reason + error.cure).contains("1:a"))
        }
    }
}
