import Platform
import Support
import Testing
import Wire

@testable import Channels

/// What each platform tells of people and chats.
@Suite struct DirectoryTests {
    // MARK: Slack

    @LoopActor
    private static func slack(_ script: ScriptedService) -> SlackConnector {
        SlackConnector(
            SlackSettings(botToken: "xoxb-secret", appToken: "xapp-1-A1-x", apiRoot: "https://slack.test/api"),
            http: script.service.client(), clock: script.clock, log: script.log)
    }

    private static let slackPeople: JSON = [
        "ok": true,
        "members": [
            ["id": "U1", "name": "ada", "profile": ["display_name": "Ada L"], "deleted": false],
            ["id": "U2", "name": "bob", "real_name": "Bob", "deleted": true],
        ],
    ]

    @Test func slacksListsAreReadPageByPage() async throws {
        try await withService([:]) { script in
            var first = Self.slackPeople
            first["response_metadata"] = ["next_cursor": "two"]
            let second: JSON = ["ok": true, "members": [["id": "U3", "name": "cy"]]]
            script.answers["/api/users.list"] = [(.ok, first), (.ok, second)]
            let page = try await Self.slack(script).people(DirectorySearch())
            #expect(page.entries.map(\.id) == ["U1", "U2", "U3"])
            #expect(page.entries[0].title == "Ada L" && !page.entries[1].isActive && !page.isCut)
            #expect(script.asked.last?.body.contains("cursor=two") == true)
        }
    }

    @Test func aListWithoutEndIsCut() async throws {
        try await withService([
            "/api/users.list": [
                "ok": true, "members": [["id": "U1", "name": "a"]],
                "response_metadata": ["next_cursor": "on"],
            ]
        ]) { script in
            let page = try await Self.slack(script).people(DirectorySearch())
            #expect(page.isCut && page.entries.count == 1)
            #expect(script.count("/api/users.list") == 20)
        }
    }

    @Test func aLimitIsKeptAndTold() async throws {
        try await withService(["/api/users.list": Self.slackPeople]) { script in
            for (limit, count, isCut) in [(1, 1, true), (2, 2, false), (3, 2, false)] {
                let page = try await Self.slack(script).people(DirectorySearch(limit: limit))
                #expect(page.entries.count == count && page.isCut == isCut)
            }
        }
    }

    @Test func whatOnlyPrivateChannelsLackIsNotLost() async throws {
        try await withService([:]) { script in
            script.answers["/api/conversations.list"] = [
                (.ok, ["ok": false, "error": "missing_scope", "needed": "groups:read"]),
                (
                    .ok,
                    [
                        "ok": true,
                        "channels": [
                            ["id": "C1", "name": "general"],
                            [
                                "id": "C2", "name": "old",
                                "is_archived": true,
                            ],
                        ],
                    ]
                ),
            ]
            let page = try await Self.slack(script).chats(DirectorySearch())
            #expect(page.entries.map(\.name) == ["general", "old"] && page.note?.contains("groups:read") == true)
            #expect(script.asked.last?.body.contains("types=public_channel&") == true)
        }
    }

    @Test func aMissingScopeIsNamed() async throws {
        try await withService(["/api/users.list": ["ok": false, "error": "missing_scope", "needed": "users:read"]]) {
            script in
            let refusal = await fault { () throws(ConnectorFault) in
                try await Self.slack(script).people(DirectorySearch())
            }
            #expect(refusal?.sentence.contains("users:read") == true)
        }
    }

    @Test func membersOfAConversationHaveNames() async throws {
        try await withService([
            "/api/users.list": Self.slackPeople, "/api/conversations.members": ["ok": true, "members": ["U1"]],
        ]) { script in
            let page = try await Self.slack(script).members(of: "C1", DirectorySearch())
            #expect(page.entries.map(\.name) == ["ada"])
        }
    }

    // MARK: Discord

    @LoopActor
    private static func discord(_ script: ScriptedService) throws -> DiscordConnector {
        DiscordConnector(
            DiscordSettings(token: "good-token", root: try WebURL("https://discord.test/api/v10")),
            http: script.service.client(), clock: script.clock, log: script.log, chance: { 0 })
    }

    private static let guilds: JSON = [["id": "1", "name": "My Server"], ["id": "2", "name": "Other"]]

    @Test func discordsChannelsAreTold() async throws {
        try await withService([
            "/api/v10/users/@me/guilds": Self.guilds,
            "/api/v10/guilds/1/channels": [
                ["id": "5", "type": 0, "name": "ops"], ["id": "6", "type": 2, "name": "voice"],
            ],
            "/api/v10/guilds/2/channels": [["id": "7", "type": 0, "name": "ops"]],
        ]) { script in
            let connector = try Self.discord(script)
            let page = try await connector.chats(DirectorySearch())
            #expect(page.entries.map(\.target) == ["channel:5", "channel:7"])
            let found = await NameLookup(connector, kind: .chat).find(["My Server/#ops", "#ops", "5"])
            #expect(found[0].entry?.id == "5" && found[2].entry?.id == "5")
            #expect(
                found[1].entry == nil && found[1].note == "2 have that name: channel:5 (My Server), channel:7 (Other)")
        }
    }

    @Test func discordsPeopleAreLookedForByName() async throws {
        try await withService([
            "/api/v10/users/@me/guilds": [["id": "1", "name": "My Server"]],
            "/api/v10/guilds/1/members/search": [
                ["user": ["id": "7", "username": "ada", "global_name": "Ada"], "nick": "Countess"],
                ["user": ["id": "8", "username": "adam"]],
            ],
        ]) { script in
            let found = await NameLookup(try Self.discord(script), kind: nil).find(["@Ada"])
            #expect(found[0].entry?.target == "user:7" && found[0].entry?.title == "Countess")
            #expect(script.asked.last?.query.contains("query=ada") == true)
        }
    }

    @Test func aMissingIntentIsNamed() async throws {
        try await withService(["/api/v10/users/@me/guilds": [["id": "1"]]]) { script in
            script.answers["/api/v10/guilds/1/members"] = [
                (.forbidden, ["code": 50001, "message": "Missing Access"])
            ]
            let connector = try Self.discord(script)
            let refusal = await fault { () throws(ConnectorFault) in try await connector.people(DirectorySearch()) }
            #expect(refusal?.sentence.contains("Server Members Intent") == true)
        }
    }

    // MARK: The others

    @Test func rocketChatTellsPeopleAndRooms() async throws {
        try await withService([
            "/api/v1/users.list": [
                "success": true, "total": 1, "users": [["_id": "u1", "username": "ada", "name": "Ada"]],
            ],
            "/api/v1/rooms.get": [
                "success": true,
                "update": [["_id": "r1", "t": "c", "name": "ops"], ["_id": "r2", "t": "d", "name": "x"]],
            ],
            "/api/v1/rooms.info": ["success": true, "room": ["_id": "r1", "t": "c"]],
            "/api/v1/channels.members": ["success": true, "total": 1, "members": [["_id": "u1", "username": "ada"]]],
        ]) { script in
            let connector = RocketChatConnector(
                RocketChatSettings(
                    baseURL: try WebURL("https://chat.test"), credentials: .token(userID: "bot", authToken: "good")),
                http: script.service.client(), clock: script.clock, log: script.log)
            let found = await NameLookup(connector, kind: nil).find(["@ada", "#ops", "r1", "nobody"])
            #expect(found[0].entry?.id == "u1" && found[0].entry?.target == "@ada")
            #expect(found[1].entry?.id == "r1" && found[2].entry?.id == "r1")
            #expect(found[3].note == "nobody and nothing has that name")
            let members = try await connector.members(of: "#ops", DirectorySearch())
            #expect(members.entries.map(\.name) == ["ada"])
        }
    }

    @Test func matrixLooksInItsDirectoryAndItsRooms() async throws {
        let room = "/_matrix/client/v3/rooms/%21ops%3Ahs.test"
        try await withService([
            "/_matrix/client/v3/account/whoami": ["user_id": "@molly:hs.test"],
            "/_matrix/client/v3/user_directory/search": [
                "results": [["user_id": "@ada:hs.test", "display_name": "Ada"]], "limited": false,
            ],
            "/_matrix/client/v3/profile/%40far%3Aother.test": ["displayname": "Far"],
            "/_matrix/client/v3/joined_rooms": ["joined_rooms": ["!ops:hs.test", "!two:hs.test"]],
            "\(room)/state/m.room.name": ["name": "Ops"],
            "\(room)/state/m.room.canonical_alias": ["alias": "#ops:hs.test"],
            "\(room)/joined_members": ["joined": ["@ada:hs.test": ["display_name": "Ada"], "@molly:hs.test": [:]]],
            "/_matrix/client/v3/rooms/%21two%3Ahs.test/joined_members": ["joined": ["@bob:hs.test": [:]]],
            "/_matrix/client/v3/directory/room/%23far%3Aother.test": ["room_id": "!far:other.test"],
        ]) { script in
            let connector = MatrixConnector(
                MatrixSettings(homeserver: try WebURL("https://hs.test"), credentials: .token("good-token")),
                http: script.service.client(), clock: script.clock, log: script.log)
            let names = ["@ada:hs.test", "Ada", "@far:other.test", "Ops", "#ops:hs.test", "#far:other.test"]
            let found = await NameLookup(connector, kind: nil).find(names)
            #expect(
                found.map { $0.entry?.id } == [
                    "@ada:hs.test", "@ada:hs.test", "@far:other.test", "!ops:hs.test", "!ops:hs.test",
                    "!far:other.test",
                ])
            // Of two rooms the one of two has no name.
            let named = try await connector.chats(DirectorySearch())
            #expect(named.entries.map(\.id) == ["!ops:hs.test"])
            let people = try await connector.people(DirectorySearch())
            #expect(Set(people.entries.map(\.id)) == ["@ada:hs.test", "@bob:hs.test"])
        }
    }

    @Test func telegramTellsWhatIsNamedAndSaysThatThereIsNoList() async throws {
        try await withService([:]) { script in
            script.answers["/bot123:good-token/getChat"] = [
                (.ok, ["ok": true, "result": ["id": -1007, "type": "channel", "title": "News", "username": "news"]]),
                (.badRequest, ["ok": false, "error_code": 400, "description": "Bad Request: chat not found"]),
            ]
            let connector = TelegramConnector(
                TelegramSettings(
                    ChannelAccount(channel: "telegram"), path: "channels.telegram", token: .text("123:good-token"),
                    root: try WebURL("https://telegram.test")),
                TelegramBots(), http: script.service.client(), clock: script.clock, log: script.log)
            let found = await NameLookup(connector, kind: .chat).find(["#news", "@ada"])
            #expect(found[0].entry?.id == "-1007")
            #expect(found[1].entry == nil && found[1].note?.contains("people only by number") == true)
            #expect(script.asked.first?.body.contains("@news") == true)
            let refusal = await fault { () throws(ConnectorFault) in try await connector.people(DirectorySearch()) }
            #expect(refusal?.sentence.contains("pairing list") == true)
        }
    }

    @Test func onIRCANameIsItsOwnId() async throws {
        try await onLoop {
            var settings = IRCSettings(host: "irc.test", port: 6667, nick: "molly")
            settings.channels = ["#Ops"]
            let clock = FakeClock()
            let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
            let connector = IRCConnector(settings, clock: clock, log: log) { _ in throw FakeService.Refused() }
            let found = await NameLookup(connector, kind: nil).find(["Ada[1]", "#new", "#ops", "two words"])
            #expect(found.map { $0.entry?.target } == ["Ada[1]", "#new", "#Ops", nil])
            #expect(found[0].entry?.id == "ada{1}")
            let joined = try await connector.chats(DirectorySearch())
            #expect(joined.entries.map(\.target) == ["#Ops"])
        }
    }
}
