import Gateway
import Platform
import Support
import Testing

@testable import Settings

@Suite struct LastGoodConfigTests {
    private static let good = "{\n  // mine\n  gateway: { mode: 'local', auth: { token: 'the-old-secret' } },\n}\n"

    @Test func differencesAreToldKeyByKeyWithoutSecrets() async throws {
        let home = try ConfigHome()
        let old = try await home.load(Self.good)
        let new = try await home.load("{gateway: {mode: 'local', port: 19001, auth: {token: 'the-new-secret'}}}")
        let differences = ConfigDifference.between(old, new)
        #expect(differences.map(\.path) == ["gateway.auth.token", "gateway.port"])
        #expect(differences[0].old == "\"(hidden)\"" && differences[0].new == "\"(hidden)\"")
        #expect(differences[1].old == nil && differences[1].new == "19001")
        #expect(differences.map(\.reload) == [.hot, .restart])
        #expect(!"\(differences)".contains("secret"))
    }

    @Test func aSpoiledFileIsComparedAsFarAsItCanBeRead() async throws {
        let home = try ConfigHome()
        let old = try await home.load(Self.good)
        let spoiled = "{gateway: {mode: 'local', bind: 'lann', auth: {token: 'the-new-secret'}}}"
        let differences = try #require(ConfigDifference.between(old, spoiled: Array(spoiled.utf8)))
        #expect(differences.map(\.path) == ["gateway.bind", "gateway.auth.token"] || differences.count == 2)
        #expect(!"\(differences)".contains("secret"))
        #expect(ConfigDifference.between(old, spoiled: Array("{gateway".utf8)) == nil)
    }

    @Test func theLastGoodTextsArePutBackAndWhatStoodThereIsKept() async throws {
        let home = try ConfigHome()
        home.write("{allowedHosts: ['a']}", to: "part.json5")
        let text = "{gateway: {mode: 'local', $include: './part.json5'}}"
        let snapshot = try await home.load(text)
        #expect(snapshot.texts.count == 2)
        let good = try #require(LastGoodConfig(snapshot, at: WallTime(milliseconds: 1000)))
        #expect(good.fingerprint == snapshot.fingerprint)
        home.write("{allowedHosts: ", to: "part.json5")
        home.write("{gateway", to: Instance.configName)
        let restored = try await onLoop {
            try await good.restore(
                home.instance, environment: home.environment, schema: .product, clock: EventLoop.shared)
        }
        #expect(restored.map { $0.path.hasSuffix("part.json5") } == [true, false])
        #expect(home.read() == text)
        #expect(home.read("part.json5") == "{allowedHosts: ['a']}")
        let aside = try #require(restored.last?.aside)
        let kept = try await FileReading.read(aside, limit: 100)
        #expect(kept == Array("{gateway".utf8))
        let again = try await onLoop {
            try await good.restore(
                home.instance, environment: home.environment, schema: .product, clock: EventLoop.shared)
        }
        #expect(again == [])
    }

    @Test func itIsReadBackAsItWasKept() async throws {
        let home = try ConfigHome()
        let good = try #require(LastGoodConfig(try await home.load(Self.good), at: WallTime(milliseconds: 1000)))
        try await good.save(home.instance)
        let read = try #require(await LastGoodConfig.read(home.instance))
        #expect(read.files == good.files && read.time == good.time)
        let loaded = try await onLoop { try await read.load(home.loader()) }
        #expect(loaded.string("gateway.auth.token") == "the-old-secret")
        home.write("nonsense", to: "config-last-good.json")
        #expect(await LastGoodConfig.read(home.instance) == nil)
    }

    @Test func whatWaitsStaysAsItRuns() async throws {
        let home = try ConfigHome()
        let old = try await home.load("{gateway: {mode: 'local', bind: 'lan', port: 1}}")
        let new = try await home.load("{gateway: {mode: 'local', port: 2, tls: {enabled: true}}}")
        let places = ReloadPlan(from: old, to: new).changes.map(\.place)
        #expect(ReloadPlan(from: old, to: new.keeping(places, of: old)).changes == [])
    }
}
