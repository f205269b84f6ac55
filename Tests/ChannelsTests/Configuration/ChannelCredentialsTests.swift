import Platform
import Settings
import Testing

@testable import Channels

/// Where the secrets of an account stand, and what takes them away.
@Suite struct ChannelCredentialsTests {
    private static func find(
        _ section: JSON, _ platform: ChannelPlatform = .slack, account: String = "default",
        environment: [String: String] = [:]
    ) -> (removed: [String], remaining: [String], isComplete: Bool) {
        let parsed: JSON = ["channels": .object(JSONObject([(platform.id, section)]))]
        let name = ChannelAccount(channel: platform.id, account: account)
        let found = ChannelCredentials(name, platform, parsed) { environment[$0] }
        let removed = found.edits.map { edit -> String in
            guard case .remove(let pointer) = edit else { return "set" }
            return pointer.tokens.dropFirst().joined(separator: ".")
        }
        return (removed, found.remaining.map { "\($0.setting): \($0.source)" }, found.isComplete)
    }

    @Test func secretsGoAndAllElseStays() {
        let found = Self.find(["botToken": "xoxb", "appToken": "xapp", "dmPolicy": "open", "allowFrom": ["U1"]])
        #expect(found.removed == ["slack.botToken", "slack.appToken"] && found.remaining == [] && found.isComplete)
        let irc = Self.find(
            ["host": "h", "nick": "n", "password": "p", "sasl": ["user": "u", "password": "s"]], .irc)
        #expect(irc.removed == ["irc.password", "irc.sasl.password"])
    }

    @Test func whatIsElsewhereIsNamedAndTheWayToItGoes() {
        let found = Self.find(
            ["botToken": "${SLACK_ONE}", "appToken": ["source": "file", "provider": "default", "id": "/slack/app"]])
        #expect(found.removed.count == 2 && found.isComplete)
        #expect(
            found.remaining == [
                "channels.slack.botToken: the variable SLACK_ONE",
                "channels.slack.appToken: the file of secrets, as /slack/app",
            ])
        let file = Self.find(["tokenFile": "~/token"], .telegram)
        #expect(file.removed == ["telegram.tokenFile"])
        #expect(file.remaining == ["channels.telegram.tokenFile: the file ~/token"])
    }

    @Test func aVariableThatTheDefaultAccountReadsLetsItInAgain() {
        let found = Self.find(["apiRoot": "https://x"], .telegram, environment: ["TELEGRAM_BOT_TOKEN": "1:a"])
        #expect(found.removed == [] && !found.isComplete)
        #expect(found.remaining == ["channels.telegram.botToken: the variable TELEGRAM_BOT_TOKEN"])
        let named = Self.find(
            ["accounts": ["work": ["botToken": "1:b"]]], .telegram, account: "work",
            environment: ["TELEGRAM_BOT_TOKEN": "1:a"])
        #expect(named.removed == ["telegram.accounts.work.botToken"] && named.isComplete)
    }

    @Test func oneAccountTakesNothingFromAnother() {
        let section: JSON = [
            "botToken": "xoxb-root", "appToken": "xapp-of-all",
            "accounts": ["Work": ["botToken": "xoxb-work"], "default": ["name": "d"]],
        ]
        let work = Self.find(section, account: "work")
        #expect(work.removed == ["slack.accounts.Work.botToken"])
        let own = Self.find(section)
        #expect(own.removed == ["slack.botToken"] && !own.isComplete)
        #expect(own.remaining == ["channels.slack.appToken: the configuration, for Work"])
    }
}
