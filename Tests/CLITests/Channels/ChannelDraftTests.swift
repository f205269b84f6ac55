import Channels
import Platform
import Settings
import Testing

@testable import CLI

/// What is written for an account, and what it would be with it.
@Suite struct ChannelDraftTests {
    private static func draft(_ platform: ChannelPlatform, _ account: String? = nil, _ values: [(String, JSON)])
        -> ChannelDraft
    {
        var draft = ChannelDraft(platform, account: account)
        draft.values = values.map { (setting: $0.0, value: $0.1) }
        return draft
    }

    private static func lines(_ draft: ChannelDraft, _ parsed: JSON) -> [String] {
        OnboardPlan.lines(draft.edits(parsed))
    }

    @Test func theDefaultAccountStandsAtTheRootUnlessItIsInTheMap() {
        let draft = Self.draft(.discord, nil, [("token", "t"), ("dmPolicy", "open")])
        #expect(
            Self.lines(draft, [:]) == ["channels.discord.token = ********", "channels.discord.dmPolicy = \"open\""])
        let inMap: JSON = ["channels": ["discord": ["accounts": ["Default": ["token": "old"]]]]]
        #expect(Self.lines(draft, inMap).first == "channels.discord.accounts.Default.token = ********")
    }

    @Test func aNamedAccountIsFoundInAnyCase() {
        let draft = Self.draft(.discord, "WORK", [("token", "t")])
        #expect(Self.lines(draft, [:]) == ["channels.discord.accounts.work.token = ********"])
        let known: JSON = ["channels": ["discord": ["accounts": ["Work": ["token": "old"]]]]]
        #expect(Self.lines(draft, known) == ["channels.discord.accounts.Work.token = ********"])
        #expect(draft.settings(in: known) { _ in nil }?.string("token") == "t")
    }

    @Test func aFileWithATokenGivesWayToANewToken() {
        let known: JSON = ["channels": ["telegram": ["tokenFile": "~/old", "apiRoot": "https://x"]]]
        let draft = Self.draft(.telegram, nil, [("botToken", "1:a")])
        #expect(
            Self.lines(draft, known) == ["channels.telegram.tokenFile ✗", "channels.telegram.botToken = ********"])
        let settings = draft.settings(in: known) { _ in nil }
        #expect(settings?.string("tokenFile") == nil && settings?.string("apiRoot") == "https://x")
        let other = Self.draft(.telegram, nil, [("name", "Molly")])
        #expect(other.settings(in: known) { _ in nil }?.string("tokenFile") == "~/old")
    }

    @Test func whatTheFileSaysAlreadyIsNotWritten() {
        let draft = Self.draft(.irc, nil, [("nick", "molly"), ("sasl.password", "s")])
        let known: JSON = ["channels": ["irc": ["nick": "molly", "sasl": ["user": "u", "password": "s"]]]]
        #expect(Self.lines(draft, known).isEmpty)
        #expect(
            Self.lines(draft, ["channels": ["irc": ["nick": "molly"]]]) == ["channels.irc.sasl.password = ********"])
    }
}
