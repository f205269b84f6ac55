import Platform
import Settings
import Support
import Testing

@testable import Gateway

@Suite struct LiveConfigurationTests {
    private static func text(_ mode: String, _ more: String = "") -> String {
        "{gateway: {mode: 'local', reload: {mode: '\(mode)'}\(more)}}"
    }

    /// What requests for a restart said, and what became known.
    @LoopActor
    private final class Heard {
        var reasons: [String] = []
        var news: [LiveConfiguration.Outcome] = []
        var bound: [String?] = []
        var hosts: [[String]?] = []
    }

    @LoopActor
    private func bench(_ text: String) async throws -> (MethodBench, Heard) {
        let bench = try MethodBench()
        let heard = Heard()
        bench.configuration.requestRestart = { heard.reasons.append($0) }
        bench.configuration.onNews.append { heard.news.append($0) }
        bench.configuration.add(["gateway.allowedHosts"]) {
            heard.bound.append($0.string("gateway.bind"))
            heard.hosts.append($0.strings("gateway.allowedHosts"))
        }
        try await bench.begin(text)
        return (bench, heard)
    }

    private static let change = ", bind: 'lan', auth: {token: 'abc'}, allowedHosts: ['a']"

    @Test(
        arguments: [
            ("off", [] as [String], ["gateway.bind", "gateway.auth.token", "gateway.allowedHosts"], false),
            ("hot", ["gateway.allowedHosts"], ["gateway.bind", "gateway.auth.token"], false),
            ("restart", [], ["gateway.bind", "gateway.auth.token", "gateway.allowedHosts"], true),
            ("hybrid", ["gateway.allowedHosts"], ["gateway.bind", "gateway.auth.token"], true),
        ])
    func theModeSaysWhatBecomesOfAChange(
        _ mode: String, _ taken: [String], _ left: [String], _ restarts: Bool
    ) async throws {
        try await onLoop {
            let (bench, heard) = try await bench(Self.text(mode))
            bench.file = Self.text(mode, Self.change)
            await bench.configuration.fileChanged()
            #expect(heard.news.map(\.taken) == [taken])
            #expect(heard.news.map(\.left) == [left])
            #expect(heard.reasons.count == (restarts ? 1 : 0))
            // The same again asks for nothing.
            await bench.configuration.fileChanged()
            #expect(heard.reasons.count == (restarts ? 1 : 0))
            #expect(heard.news.count == 1)
        }
    }

    @Test(arguments: ["off", "restart"])
    func whoAsksForAReloadHasItInEveryMode(_ mode: String) async throws {
        try await onLoop {
            let (bench, heard) = try await bench(Self.text(mode))
            bench.file = Self.text(mode, ", allowedHosts: ['a']")
            await bench.configuration.fileChanged()
            #expect(bench.configuration.state.pending == ["gateway.allowedHosts"])
            #expect(try await bench.configuration.reload().taken == ["gateway.allowedHosts"])
            #expect(heard.hosts.last == ["a"])
            #expect(bench.configuration.state.pending == [])
        }
    }

    @Test func whatWaitsForARestartIsNotSeenBeforeIt() async throws {
        try await onLoop {
            let (bench, heard) = try await bench(Self.text("hybrid"))
            bench.file = Self.text("hybrid", Self.change)
            _ = try await bench.configuration.reload()
            #expect(heard.bound == ["loopback", "loopback"])
            #expect(heard.hosts == [[], ["a"]])
            #expect(bench.configuration.state.running?.string("gateway.auth.token") == nil)
        }
    }

    @Test func aChangeTakenBackWaitsForNothing() async throws {
        try await onLoop {
            let (bench, _) = try await bench(Self.text("hot"))
            let hash = bench.configuration.state.appliedHash
            bench.file = Self.text("hot", Self.change)
            _ = try await bench.configuration.reload()
            #expect(bench.configuration.state.appliedHash == hash)
            bench.file = Self.text("hot")
            #expect(try await bench.configuration.reload().left == [])
            #expect(bench.configuration.state.pending == [])
        }
    }

    @Test func allPartsTakeAChangeOverOrNone() async throws {
        try await onLoop {
            let (bench, heard) = try await bench(Self.text("hot"))
            bench.configuration.add(checked: ["gateway.nodes"]) { (snapshot) throws(ConfigRefusal) in
                guard snapshot.strings("gateway.allowedHosts") != ["a"] else {
                    throw ConfigRefusal("not with me", file: "f", problems: [])
                }
                return {}
            }
            bench.file = Self.text("hot", ", allowedHosts: ['a']")
            await #expect(throws: ConfigRefusal.self) { try await bench.configuration.reload() }
            #expect(heard.hosts == [[]])
            #expect(bench.configuration.state.facts(bench.configuration.instance)["valid"] == false)
            bench.file = Self.text("hot", ", allowedHosts: ['b']")
            _ = try await bench.configuration.reload()
            #expect(heard.hosts == [[], ["b"]])
            #expect(bench.configuration.state.facts(bench.configuration.instance)["valid"] == true)
        }
    }

    @Test func healthTellsWhatWaitsAndWhatIsWrong() async throws {
        try await onLoop {
            let (bench, _) = try await bench(Self.text("hot"))
            let client = try await bench.connect()
            bench.file = Self.text("hot", ", bind: 'custom', allowedHosts: ['a']")
            _ = try await bench.configuration.reload()
            let config = try await client.call("health", ["probe": true])["config"]
            #expect(config?["pendingRestart"] == ["gateway.bind"])
            #expect(config?["valid"] == true)
            let event = try await client.event("config.changed")
            #expect(event["taken"] == ["gateway.allowedHosts"])
            #expect(event["needsRestart"] == ["gateway.bind"])
        }
    }

    @Test func whatRanWellIsKeptForThisUserOnlyAndNotWhileAnythingWaits() async throws {
        try await onLoop {
            let (bench, _) = try await bench(Self.text("hot"))
            let instance = bench.configuration.instance
            #expect(await LastGoodConfig.read(instance) == nil)
            await bench.configuration.proven()
            let first = try #require(await LastGoodConfig.read(instance))
            #expect(first.files.map(\.text) == [Self.text("hot")])
            #expect(try FileFacts.of(LastGoodConfig.path(instance), followLinks: false)?.mode == 0o600)
            bench.file = Self.text("hot", Self.change)
            _ = try await bench.configuration.reload()
            #expect(await LastGoodConfig.read(instance)?.files == first.files)
            let record = try #require(await ConfigProbation.read(instance))
            #expect(record.stage == .waiting)
            #expect(record.keys == ["gateway.bind", "gateway.auth.token"])
            #expect(record.candidate == bench.configuration.state.file?.fingerprint)
            bench.file = Self.text("hot", ", allowedHosts: ['b']")
            _ = try await bench.configuration.reload()
            #expect(await LastGoodConfig.read(instance)?.files[0].text == Self.text("hot", ", allowedHosts: ['b']"))
            #expect(await ConfigProbation.read(instance) == nil)
        }
    }
}
