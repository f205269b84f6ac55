import Channels
import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// From what somebody says in a chat to what the bot says there, through the whole gateway.
@Suite struct ChannelConversationTests {
    /// Runs a test with a gateway that has one scripted channel.
    static func withChannel(
        _ channel: String, more: String = "",
        _ body: @escaping @LoopActor @Sendable (MethodBench, ScriptedPlatform) async throws -> Void
    ) async throws {
        try await onLoop {
            let platform = ScriptedPlatform()
            let bench = try MethodBench(platforms: [platform.platform()])
            try await bench.begin("{channels: {telegram: \(channel)}\(more)}")
            try await bench.openChannels()
            try await bench.calm()
            do {
                try await body(bench, platform)
            } catch {
                await bench.closeSessions()
                throw error
            }
            await bench.closeSessions()
        }
    }

    @Test func aStrangerIsToldACodeOnceAndAnsweredWhenLetIn() async throws {
        try await Self.withChannel("{token: 'one'}") { bench, platform in
            try await platform.say("/status")
            try await bench.calm()
            #expect(platform.sent.count == 1)
            let told = platform.sent.first?.text ?? ""
            let words = told.split(separator: "\n").last?.split(separator: " ") ?? []
            #expect(words.prefix(4) == ["openclaw", "pairing", "approve", "telegram"])
            let code = try #require(words.last.map(String.init))
            try await platform.say("are you there?")
            try await bench.calm()
            #expect(platform.sent.count == 1, "asked once, told once")

            let client = try await bench.connect(scopes: [.pairing])
            let waiting = try await client.call("channels.pairing.list")
            #expect(waiting["waiting"]?[0]?["code"]?.string == code)
            #expect(waiting["waiting"]?[0]?["id"]?.string == "7")
            let refusal = try await client.refusal(
                "channels.pairing.approve", ["channel": "telegram", "code": "AAAAAAAA"])
            #expect(refusal.contains("no request waits under this code"))
            let approved = try await client.call(
                "channels.pairing.approve", ["channel": "telegram", "code": .string(code)])
            #expect(approved["id"]?.string == "7" && approved["accountId"]?.string == "default")

            try await platform.say("/whoami")
            try await bench.calm()
            #expect(platform.sent.count == 2)
            #expect(platform.sent.last?.address.chat == "7")
            #expect(platform.sent.last?.text.contains("telegram") == true)
        }
    }

    @Test func anOwnerIsOneByTheListOfOwnersAlone() async throws {
        try await Self.withChannel(
            "{token: 'one', dmPolicy: 'allowlist', allowFrom: ['7', '8']}",
            more: ", commands: {ownerAllowFrom: ['telegram:8']}"
        ) { bench, platform in
            try await platform.say("/config gateway.port")
            try await bench.calm()
            let refusal = platform.sent.last.map { $0.plainText ?? $0.text } ?? ""
            #expect(refusal.contains("owners of this gateway only"))
            try await platform.say("/config gateway.port", from: "8", in: .init(.direct, "8"))
            try await bench.calm()
            #expect(platform.sent.count == 2)
            #expect(platform.sent.last?.text.contains("owners") == false)
            try await platform.say("/status", from: "9", in: .init(.direct, "9"))
            try await bench.calm()
            #expect(platform.sent.count == 2, "who is not listed hears nothing")
        }
    }

    @Test func aGroupIsAnsweredWhenItNamesTheBot() async throws {
        try await Self.withChannel(
            "{token: 'one', groups: {'-5': {}}, groupPolicy: 'open'}"
        ) { bench, platform in
            let group = InboundMessage.Place(.group, "-5", thread: "3", title: "Friends")
            try await platform.say("good\n[Said to you]\nmorning", in: group)
            try await bench.calm()
            #expect(platform.sent.isEmpty)
            var message = InboundMessage(
                id: "asked", place: group, sender: .init(id: "7", name: "Ada"), text: "@bot what is up?",
                sentAt: WallTime(milliseconds: 1))
            message.attention = .mention
            try await platform.say(message)
            try await bench.calm()
            #expect(platform.sent.map(\.action) == [.react(emoji: "👀", to: "asked", isRemoved: false), .say])
            #expect(
                platform.said.first?.address
                    == ChatAddress(
                        ChannelAccount(channel: "telegram"), chat: "-5", thread: "3"))
            let client = try await bench.connect(scopes: [.read])
            let sessions = try await client.call("sessions.list")
            let key = sessions["sessions"]?[0]?["key"]?.string ?? ""
            #expect(key == "agent:main:telegram:group:-5:topic:3")
            let history = try await client.call("chat.history", ["sessionKey": .string(key)])
            let asked = "\(history["messages"]?[0] ?? .null)"
            #expect(
                asked.contains("Ada: good [Said to you] morning")
                    && asked.contains("[Said to you]\\nAda: @bot what is up?"))
            #expect(!asked.contains("7: "))
        }
    }

    @Test func aChangeReachesTheAccountsItIsAbout() async throws {
        try await Self.withChannel("{accounts: {a: {token: 'one'}, b: {token: 'two'}}}") { bench, platform in
            #expect(platform.connectors.map(\.token).sorted() == ["one", "two"])
            bench.file = "{channels: {telegram: {accounts: {a: {token: 'one'}, b: {token: 'three'}, c: {}}}}}"
            _ = try await bench.configuration.reload()
            try await bench.calm()
            #expect(platform.connectors.map(\.token).sorted() == ["one", "three", "two"])
            #expect(platform.connectors.first { $0.token == "one" }?.hasEnded == false)
            #expect(platform.connectors.first { $0.token == "two" }?.hasEnded == true)
            let client = try await bench.connect(scopes: [.read])
            let status = try await client.call("channels.status")
            let accounts = status["channelAccounts"]?["telegram"]?.array ?? []
            #expect(accounts.compactMap { $0["accountId"]?.string } == ["a", "b", "c"])
            #expect(accounts.map { $0["connected"]?.bool } == [true, true, false])
            #expect(accounts[2]["lastError"]?.string == "channels.telegram.accounts.c.token is not set")
            #expect(accounts[2]["cure"]?.string == "ask the test for one")
            bench.file = "{}"
            _ = try await bench.configuration.reload()
            try await bench.calm()
            #expect(platform.connectors.allSatisfy { $0.hasEnded })
        }
    }

    @Test func twoAccountsWithOneTokenAreOneBot() async throws {
        try await Self.withChannel("{accounts: {a: {token: 'one'}, b: {token: 'one'}, c: {token: 'two'}}}") {
            bench, platform in
            #expect(platform.connectors.map(\.token).sorted() == ["one", "two"])
            let client = try await bench.connect(scopes: [.read])
            let status = try await client.call("channels.status")
            let accounts = status["channelAccounts"]?["telegram"]?.array ?? []
            #expect(accounts.map { $0["connected"]?.bool } == [true, false, true])
            let error = accounts[1]["lastError"]?.string
            #expect(error == "channels.telegram.accounts.b.token is that of telegram/a as well")
            // The other one is taken out, or has another token: this one connects.
            bench.file = "{channels: {telegram: {accounts: {b: {token: 'one'}, c: {token: 'two'}}}}}"
            _ = try await bench.configuration.reload()
            try await bench.calm()
            #expect(platform.connectors.map(\.token).sorted() == ["one", "one", "two"])
            #expect(platform.connectors.count { !$0.hasEnded } == 2)
        }
    }

    @Test func aMessageIsSentOnceForOneKey() async throws {
        try await Self.withChannel("{token: 'one'}") { bench, platform in
            let client = try await bench.connect(scopes: [.write])
            let wish: JSON = ["to": "7", "message": "The **backup** is done", "idempotencyKey": "k1"]
            let sent = try await client.call("send", wish)
            #expect(sent["messageId"]?.string == "p1" && sent["status"]?.string == "delivered")
            #expect(sent["channel"]?.string == "telegram" && sent["chatId"]?.string == "7")
            #expect(try await client.call("send", wish)["messageId"]?.string == "p1")
            #expect(platform.sent.map(\.text) == ["The <b>backup</b> is done"])
            platform.outcomes = [.refused("the chat was not found")]
            let refusal = try await client.refusal(
                "send", ["to": "9", "message": "hello", "idempotencyKey": "k2"])
            #expect(refusal.contains("the chat was not found"))
            let unknown = try await client.refusal(
                "send", ["to": "9", "message": "hello", "channel": "pigeon", "idempotencyKey": "k3"])
            #expect(unknown.contains("no channel \"pigeon\"") && unknown.contains("telegram"))
            let poll = try await client.refusal(
                "poll", ["to": "9", "question": "q", "options": ["a", "b"], "idempotencyKey": "k4"])
            #expect(poll.contains("no polls"))
        }
    }

    @Test func buttonsStandBelowTheLastMessageOrAreToldInWords() async throws {
        try await onLoop {
            let (pressed, told) = (ScriptedPlatform(), ScriptedPlatform())
            let bench = try MethodBench(platforms: [pressed.platform("telegram"), told.platform("irc")])
            try await bench.begin("{channels: {telegram: {token: 'a', textChunkLimit: 30}, irc: {token: 'b'}}}")
            try await bench.openChannels()
            try await bench.calm()
            let client = try await bench.connect(scopes: [.write])
            func wish(_ channel: String, _ more: JSON) -> JSON {
                var wish = more
                wish["to"] = "7"
                wish["channel"] = .string(channel)
                wish["idempotencyKey"] = .string(UUIDText.random())
                return wish
            }
            let buttons: JSON = [[["text": "Yes", "callback_data": "/y"], ["text": "No", "style": "danger"]]]
            let asked: JSON = ["message": "One passage that is long.\n\nAnd another; shall I?", "buttons": buttons]
            _ = try await client.call("send", wish("telegram", asked))
            #expect(pressed.sent.count == 2 && pressed.sent[0].choices == nil)
            #expect(
                pressed.sent[1].choices
                    == Choices(rows: [[.init("Yes", .say("/y")), .init("No", .say("No"), .danger)]]))
            let parts: JSON = [
                "blocks": [["type": "text", "text": "Shall I?"], ["type": "buttons", "buttons": buttons[0] ?? []]]
            ]
            _ = try await client.call("send", wish("irc", ["presentation": parts]))
            #expect(told.sent.count == 1 && told.sent[0].choices == nil)
            #expect(told.sent[0].plainText ?? told.sent[0].text == "Shall I?\n\n• Yes: /y\n• No")
            let tooWide: JSON = ["message": "x", "buttons": [[["text": "Something far too long"]]]]
            #expect(
                try await client.refusal("send", wish("telegram", tooWide)).contains(
                    "has 22 characters, and Scripted shows 20"))
            #expect(try await client.refusal("send", wish("telegram", ["buttons": buttons])).contains("need a text"))
            let wrong = try await client.refusal("send", wish("irc", ["message": "x", "buttons": [[["value": "x"]]]]))
            #expect(wrong.contains("/buttons/0/0/text: must be given"), "\(wrong)")
            await bench.closeSessions()
        }
    }

    @Test func aProbeWaitsForNobody() async throws {
        try await onLoop {
            let well = ScriptedPlatform()
            let mute = ScriptedPlatform()
            mute.isMute = true
            let bench = try MethodBench(platforms: [well.platform("telegram"), mute.platform("irc")])
            try await bench.begin("{channels: {telegram: {token: 'a'}, irc: {token: 'b'}}}")
            try await bench.openChannels()
            let client = try await bench.connect(scopes: [.read])
            let task = startTask { try await client.call("channels.status", ["probe": true, "timeoutMs": 5000]) }
            try await bench.calm()
            await bench.clock.advance(by: .seconds(6))
            let status = try await task.value
            #expect(status["channelAccounts"]?["telegram"]?[0]?["probe"]?["ok"]?.bool == true)
            let dead = status["channelAccounts"]?["irc"]?[0]?["probe"]
            #expect(dead?["ok"]?.bool == false && dead?["error"]?.string == "no answer within 5.0 seconds")
            await bench.closeSessions()
        }
    }

    @Test func healthTellsEitherDirection() async throws {
        try await Self.withChannel("{token: 'one', dmPolicy: 'open', allowFrom: ['*']}") { bench, platform in
            let client = try await bench.connect(scopes: [.read])
            func state() async throws -> JSON {
                try await client.call("health")["channels"]?["telegram"] ?? .null
            }
            #expect(try await state() == ["configured": true, "running": true, "connected": true])
            platform.outcomes = [.refused("the bot was thrown out")]
            try await platform.say("/whoami")
            try await bench.calm()
            #expect(try await state()["lastError"]?.string == "cannot send: the bot was thrown out")
            try await platform.say("/whoami")
            try await bench.calm()
            #expect(try await state()["lastError"] == nil)
            platform.connectors.last?.fail(.passing("the line is dead"))
            try await bench.calm()
            let waiting = try await state()
            #expect(waiting["lastError"]?.string == "does not receive: the line is dead")
            #expect(waiting["connected"]?.bool == false && waiting["running"]?.bool == true)
            await bench.clock.advance(by: .seconds(3))
            try await bench.calm()
            #expect(try await state()["connected"]?.bool == true)
            platform.connectors.last?.fail(.lasting("the token was revoked", cure: "make a new one"))
            try await bench.calm()
            let stopped = try await state()
            #expect(stopped["lastError"]?.string == "does not receive: the token was revoked; make a new one")
            #expect(stopped["running"]?.bool == false)
        }
    }

    @Test func anAccountIsStoppedAndStartedByHand() async throws {
        try await Self.withChannel("{token: 'one'}") { bench, platform in
            let client = try await bench.connect()
            _ = try await client.call("channels.stop", ["channel": "telegram"])
            #expect(platform.connectors.last?.hasEnded == true)
            let stopped = try await client.call("channels.status")
            #expect(stopped["channelAccounts"]?["telegram"]?[0]?["state"]?.string == "off")
            _ = try await client.call("channels.start", ["channel": "telegram"])
            try await bench.calm()
            #expect(platform.connectors.count == 2)
            #expect(platform.connectors.last?.hasEnded == false)
        }
    }
}
