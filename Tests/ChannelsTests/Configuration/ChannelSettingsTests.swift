import Channels
import Platform
import Testing

/// What is made of `channels.<id>`: accounts, what they inherit, who may talk to each.
struct ChannelSettingsTests {
    private static func platform() -> ChannelPlatform {
        var dialect = AccessDialect()
        dialect.prefixes = ["tg", "telegram"]
        dialect.children = "topics"
        let facts = ConnectorFacts(id: "telegram", label: "Telegram", abilities: [], patience: .seconds(1))
        return ChannelPlatform(
            facts, dialect, token: "botToken", variables: [("botToken", "TELEGRAM_BOT_TOKEN"), ("port", "SOME_PORT")],
            rendering: { _ in .telegram() },
            connect: { _, _ throws(ChannelProblem) in
                throw ChannelProblem("", "never connected", cure: "")
            })
    }

    private static func read(_ text: String, environment: [String: String] = [:]) throws -> ChannelSettings? {
        let config = try JSON5Document("{channels: \(text)}").value
        return ChannelSettings(platform(), config) { environment[$0] }
    }

    @Test func noSectionIsNoAccountAndATokenInTheEnvironmentChangesNothing() throws {
        #expect(try Self.read("{}", environment: ["TELEGRAM_BOT_TOKEN": "t"]) == nil)
        #expect(try Self.read("{telegram: 5}") == nil)
    }

    @Test func theEnvironmentIsForTheDefaultAccountAlone() throws {
        let settings = try #require(
            try Self.read(
                "{telegram: {accounts: {default: {}, work: {}}}}",
                environment: ["TELEGRAM_BOT_TOKEN": "t", "SOME_PORT": "6697"]))
        #expect(settings.accounts.map(\.account.account) == ["default", "work"])
        #expect(settings.accounts[0].string("botToken") == "t" && settings.accounts[0].config["port"]?.int == 6697)
        #expect(settings.accounts[1].string("botToken") == nil)
        #expect(settings.accounts[0].path == "channels.telegram")
        #expect(settings.accounts[1].path == "channels.telegram.accounts.work")
    }

    @Test func theFileGoesBeforeTheEnvironment() throws {
        let settings = try #require(
            try Self.read("{telegram: {botToken: 'file'}}", environment: ["TELEGRAM_BOT_TOKEN": "t"]))
        #expect(settings.accounts.map { $0.string("botToken") } == ["file"])
    }

    @Test func anAccountInheritsTheRootAndNothingOfAnother() throws {
        let settings = try #require(
            try Self.read(
                """
                {telegram: {
                  allowFrom: ['1'], groups: {'-1': {}}, defaultAccount: 'Work',
                  accounts: {
                    default: {botToken: 'a', name: 'first'},
                    work: {botToken: 'b', groups: {'-2': {}}, enabled: false},
                  },
                }}
                """))
        #expect(settings.defaultAccount == "work")
        let work = settings.accounts[1]
        #expect(!work.isEnabled && work.string("name") == nil)
        #expect(work.rules.allowFrom.includes(.init(id: "1")))
        #expect(work.rules.places.entries?.keys.sorted() == ["-2"], "a map takes the place of the root's")
    }

    @Test func withAccountsAloneThereIsNoDefaultOne() throws {
        let settings = try #require(try Self.read("{telegram: {accounts: {a: {botToken: 'x'}, b: {botToken: 'y'}}}}"))
        #expect(settings.accounts.map(\.account.account) == ["a", "b"])
        #expect(settings.defaultAccount == "a")
        let beside = try #require(try Self.read("{telegram: {botToken: 'r', accounts: {a: {botToken: 'x'}}}}"))
        #expect(beside.accounts.map(\.account.account) == ["default", "a"])
    }

    @Test func whatTheChannelRestrictsNoAccountOpens() throws {
        let bound = try #require(
            try Self.read("{telegram: {allowFrom: ['tg:7'], accounts: {a: {dmPolicy: 'open', allowFrom: ['*']}}}}"))
        #expect(bound.accounts[0].rules.direct == .open)
        #expect(bound.accounts[0].rules.allowFrom.includes(.init(id: "7")))
        #expect(!bound.accounts[0].rules.allowFrom.includes(.init(id: "8")))
    }

    @Test func policiesHaveTheirDefaultsAndTheirOlderNames() throws {
        let plain = try #require(try Self.read("{telegram: {}}")).accounts[0].rules
        #expect(plain.direct == .pairing && plain.group == .allowlist && plain.bots == .never)
        let common = try #require(try Self.read("{defaults: {groupPolicy: 'open'}, telegram: {}}")).accounts[0].rules
        #expect(common.group == .open)
        let old = try #require(
            try Self.read("{telegram: {dm: {policy: 'allowlist', allowFrom: [42]}, allowBots: 'mentions'}}")
        )
        .accounts[0].rules
        #expect(old.direct == .allowlist && old.allowFrom.includes(.init(id: "42")) && old.bots == .whenMentioned)
        let off = try #require(try Self.read("{telegram: {dm: {enabled: false}}}")).accounts[0].rules
        #expect(off.direct == .disabled)
        let quiet = try #require(
            try Self.read("{telegram: {implicitMentions: {replyToBot: false}}}")
        ).accounts[0].rules
        #expect(quiet.implicitMentions == [.quotedBot, .threadParticipation])
    }

    @Test func placesAreReadWithWhatIsWithinThem() throws {
        let rules = try #require(
            try Self.read(
                """
                {telegram: {groups: {
                  '*': {requireMention: true},
                  '-5': {requireMention: false, groupPolicy: 'open', allowFrom: [7], topics: {'3': {enabled: false}}},
                }}}
                """)
        ).accounts[0].rules
        let way = Self.platform().access.way(.init(.group, "-5", thread: "3"))
        #expect(way == [["-5"], ["3"]])
        guard case .listed(let topic) = rules.places.rules(along: way) else {
            Issue.record("the topic is not listed")
            return
        }
        #expect(topic.isEnabled == false && topic.requireMention == false && topic.policy == .open)
        #expect(topic.senders?.includes(.init(id: "7")) == true)
        #expect(Self.platform().access.way(.init(.direct, "7")) == [])
    }

    @Test func aGuildsChannelsStandWithinIt() {
        var dialect = AccessDialect()
        dialect.places = "guilds"
        dialect.children = "channels"
        let place = InboundMessage.Place(.channel, "30", parent: "20", space: "10", title: "help")
        #expect(dialect.way(place) == [["10"], ["30", "20"]])
        dialect.namesPlaces = true
        #expect(dialect.way(place) == [["10"], ["30", "20", "help"]])
    }
}
