import Channels
import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// Who and what there is on a platform, and how an account leaves it, through the whole gateway.
@Suite struct ChannelLookupTests {
    private static func withChannels(
        _ channels: String, environment: [String: String] = [:],
        _ body: @escaping @LoopActor @Sendable (MethodBench, ScriptedPlatform, BenchClient) async throws -> Void
    ) async throws {
        try await onLoop {
            let platform = ScriptedPlatform()
            platform.entries = [
                DirectoryEntry(.person, "7", target: "user:7", name: "ada", title: "Ada L"),
                DirectoryEntry(.chat, "-5", name: "ops"),
            ]
            let bench = try MethodBench(platforms: [platform.platform()])
            try await bench.begin("{channels: {telegram: \(channels)}}")
            try await bench.openChannels()
            try await bench.calm()
            do {
                try await body(bench, platform, try await bench.connect())
            } catch {
                await bench.closeSessions()
                throw error
            }
            await bench.closeSessions()
        }
    }

    @Test func namesBecomeIds() async throws {
        try await Self.withChannels("{token: 'one'}") { bench, _, client in
            let answer = try await client.call("channels.resolve", ["names": ["@ada", "#ops", "ada l", "bob"]])
            #expect(MethodContract.channelsResolve.result.problems(answer) == [])
            let results = answer["results"]?.array ?? []
            #expect(results.map { $0["target"]?.string } == ["user:7", "-5", "user:7", nil])
            #expect(results[0]["kind"]?.string == "user" && results[0]["input"]?.string == "@ada")
            #expect(results[3]["resolved"]?.bool == false && results[3]["note"]?.string != nil)
            let chats = try await client.call("channels.resolve", ["names": ["ada"], "kind": "group"])
            #expect(chats["results"]?[0]?["resolved"]?.bool == false)
        }
    }

    @Test func peopleAndChatsAreListed() async throws {
        try await Self.withChannels("{token: 'one'}") { bench, platform, client in
            let own = try await client.call("directory.self")
            #expect(MethodContract.directorySelf.result.problems(own) == [] && own["name"]?.string == "Bot")
            let people = try await client.call("directory.peers.list", ["query": "AD"])
            #expect(MethodContract.directoryPeers.result.problems(people) == [])
            #expect(people["entries"]?.array?.count == 1 && people["more"]?.bool == false)
            #expect(people["channel"]?.string == "telegram" && people["accountId"]?.string == "default")
            let none = try await client.call("directory.groups.list", ["query": "nothing of that name"])
            #expect(none["entries"]?.array?.isEmpty == true)
            platform.entries[0].space = "-5"
            let members = try await client.call("directory.groups.members", ["groupId": "-5"])
            #expect(members["entries"]?[0]?["title"]?.string == "Ada L")
            platform.entries = (0..<60).map { DirectoryEntry(.chat, "\($0)", name: "chat\($0)") }
            let many = try await client.call("directory.groups.list")
            #expect(many["entries"]?.array?.count == 50 && many["more"]?.bool == true)
            let refusal = try await client.refusal("directory.groups.list", ["limit": 1001])
            #expect(refusal.contains("1000"))
        }
    }

    @Test func whatIsMissingIsNamed() async throws {
        try await Self.withChannels("{token: 'one'}") { bench, platform, client in
            platform.directoryFault = .lasting("no scope", cure: "add users:read")
            let told = try await client.refusal("directory.peers.list", [:])
            #expect(told.contains("no scope; add users:read"))
            let unknown = try await client.refusal("directory.self", ["accountId": "work"])
            #expect(unknown.contains("no account \"work\""))
        }
    }

    @Test func aPlatformThatSaysNothingIsNotWaitedForForEver() async throws {
        try await Self.withChannels("{token: 'one'}") { bench, platform, client in
            platform.isMute = true
            let task = startTask { try await client.refusal("directory.peers.list", ["timeoutMs": 3000]) }
            try await bench.calm()
            await bench.clock.advance(by: .seconds(3))
            let isTold = try await task.value.contains("did not answer within 3.0 seconds")
            #expect(isTold)
        }
    }

    // MARK: Leaving

    @Test func whoIsLoggedOutIsStoppedAndHasNoSecretAnyMore() async throws {
        try await Self.withChannels("{token: 'one', dmPolicy: 'open', allowFrom: ['*']}") { bench, platform, client in
            let answer = try await client.call("channels.logout", ["channel": "telegram"])
            #expect(MethodContract.channelsLogout.result.problems(answer) == [])
            #expect(answer["cleared"]?.bool == true && answer["loggedOut"]?.bool == true)
            #expect(answer["session"]?["ended"]?.bool == true && platform.endedSessions == 1)
            try await bench.calm()
            #expect(bench.file?.contains("one") == false && bench.file?.contains("dmPolicy") == true)
            #expect(platform.connectors.first?.hasEnded == true)
            // A new token is a wish to be connected.
            bench.file = "{channels: {telegram: {token: 'two'}}}"
            _ = try await bench.configuration.reload()
            try await bench.calm()
            #expect(platform.connectors.last { $0.intake != nil }?.token == "two")
        }
    }

    @Test func aSessionThatCannotBeEndedKeepsNobodyIn() async throws {
        try await Self.withChannels("{accounts: {work: {token: 'one'}, home: {token: 'two'}}}") {
            bench, platform, client in
            platform.probeFault = .passing("the line is dead")
            let answer = try await client.call("channels.logout", ["channel": "telegram", "accountId": "work"])
            #expect(answer["session"]?["error"]?.string == "the line is dead")
            #expect(answer["cleared"]?.bool == true)
            #expect(bench.file?.contains("one") == false && bench.file?.contains("two") == true)
            let again = try await client.call("channels.logout", ["channel": "telegram", "accountId": "work"])
            #expect(again["cleared"]?.bool == false && again["loggedOut"]?.bool == true)
        }
    }
}
