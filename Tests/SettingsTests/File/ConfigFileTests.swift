import Gateway
import Support
import Testing

@testable import Platform
@testable import Settings

@Suite struct ConfigFileTests {
    private static let text = """
        // whose file this is
        {
          gateway: {
            mode: "local", // here
            port: 18789,
          },
          mystery: { kept: true }, // unknown, and kept
        }

        """

    @LoopActor private func file(_ home: ConfigHome, _ disk: ConfigDisk = .real) -> ConfigFile {
        ConfigFile(
            home.instance, environment: home.environment, schema: .product, clock: FakeClock(), disk: disk,
            workingDirectory: nil)
    }

    private func write(
        _ home: ConfigHome, _ change: ConfigChange, hash: String? = nil, allowing: ConfigAllowance = []
    ) async throws -> ConfigSnapshot {
        try await onLoop {
            let file = self.file(home)
            let base: String? = if let hash { hash } else { home.read().map { Hex.encode(SHA256.hash($0)) } }
            return try await file.write(change, baseHash: base, allowing: allowing)
        }
    }

    private func setting(_ path: String, _ value: JSON) -> ConfigChange {
        .edits([.set(JSONPointer(setting: path)!, value)])
    }

    private func failure(_ body: () async throws -> ConfigSnapshot) async -> ConfigWriteError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? ConfigWriteError
        }
    }

    @Test func oneSettingChangesAndAllElseStays() async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let snapshot = try await write(home, setting("gateway.port", 19000))
        let expected = Self.text.split(separator: "18789").joined(separator: "19000")
        #expect(home.read() == expected && snapshot.raw == expected && snapshot.integer("gateway.port") == 19000)
        #expect(snapshot.hash == Hex.encode(SHA256.hash(expected)))
        let backups = home.names().filter { $0.hasPrefix("openclaw.json.bak.") }
        #expect(backups == ["openclaw.json.bak.20260921T141320.000Z"])
        #expect(home.read(backups[0]) == Self.text)
        #expect(home.scratch.mode(home.name(backups[0])) == 0o600)
    }

    @Test func aNewFileIsPrivate() async throws {
        let home = try ConfigHome()
        _ = try await write(home, setting("gateway.mode", "local"))
        #expect(try JSON5Document(home.read() ?? "").value == ["gateway": ["mode": "local"]])
        #expect(home.scratch.mode(home.name("openclaw.json")) == 0o600)
        #expect(home.names().filter { $0.contains(".bak.") }.isEmpty)
    }

    @Test func aMergePatchKeepsComments() async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let patch = "{gateway: {port: null, bind: 'lan', auth: {mode: 'token', token: null}}, mystery: {kept: false}}"
        let snapshot = try await write(home, .patch(patch))
        #expect(
            snapshot.parsed == [
                "gateway": ["mode": "local", "bind": "lan", "auth": ["mode": "token"]], "mystery": ["kept": false],
            ])
        for comment in ["// whose file this is", "// here", "// unknown, and kept"] {
            #expect(home.read()?.contains(comment) == true)
        }
    }

    /// RFC 7396 appendix A, those cases that a configuration can have.
    @Test(arguments: [
        ("{a: 'b'}", "{a: 'c'}", "{a: 'c'}"), ("{a: 'b'}", "{b: 'c'}", "{a: 'b', b: 'c'}"),
        ("{a: 'b'}", "{a: null}", "{}"),
        ("{a: 'b', b: 'c'}", "{a: null}", "{b: 'c'}"), ("{a: ['b']}", "{a: 'c'}", "{a: 'c'}"),
        ("{a: 'c'}", "{a: ['b']}", "{a: ['b']}"),
        ("{a: {b: 'c'}}", "{a: {b: 'd', c: null}}", "{a: {b: 'd'}}"), ("{a: [{b: 'c'}]}", "{a: [1]}", "{a: [1]}"),
        ("{e: null}", "{a: 1}", "{e: null, a: 1}"), ("{}", "{a: {bb: {ccc: null}}}", "{a: {bb: {}}}"),
    ])
    func patchesMergeAsTheStandardSays(_ old: String, _ patch: String, _ new: String) throws {
        let merged = try ConfigChange.patch(patch, replacing: ["a"]).applied(to: JSON5Document(old))
        #expect(try merged.value == JSON5Document(new).value)
    }

    @Test(arguments: [-1, 0, 1])
    func whatCouldNotBeReadAgainIsNotWritten(_ beyond: Int) async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let frame = "{gateway: {mode: 'local'}, mystery: ''}"
        let count = ConfigReader.bytesLimit + beyond - frame.utf8.count
        let text = "{gateway: {mode: 'local'}, mystery: '" + String(repeating: "m", count: count) + "'}"
        let error = await failure { try await write(home, .raw(text)) }
        #expect((error == nil) == (beyond <= 0))
        #expect((home.read() == Self.text) == (beyond > 0))
        _ = try await home.load()
    }

    @Test(arguments: [ConfigChange.depthLimit - 1, ConfigChange.depthLimit, ConfigChange.depthLimit + 1])
    func aPathIsOnlySoDeep(_ depth: Int) async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let edit = ConfigEdit.set(JSONPointer(Array(repeating: "m", count: depth)), 1)
        let error = await failure { try await write(home, .edits([edit])) }
        #expect((error == nil) == (depth <= ConfigChange.depthLimit))
    }

    @Test func whatBreaksARuleIsNotWrittenButKept() async throws {
        let home = try ConfigHome(["WHERE": "lan"])
        home.write(Self.text)
        let error = await failure {
            try await onLoop {
                try await self.file(home).write(
                    self.setting("gateway.bind", "${WHERE}"), baseHash: Hex.encode(SHA256.hash(Self.text))
                ) { (snapshot) throws(ConfigRefusal) in
                    // The rules see what a start would see.
                    guard snapshot.string("gateway.bind") == "lan" else { return }
                    throw ConfigRefusal(
                        file: "", problems: [ConfigProblem(path: "gateway.bind", "not without a token")])
                }
            }
        }
        #expect(error?.issues.map(\.path) == ["gateway.bind"])
        #expect(home.read() == Self.text)
        #expect(home.names().contains { $0.hasPrefix("openclaw.json.rejected.") })
    }

    @Test func whatAKilledWriterLeftGoesWithTheNextWrite() async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let others = [
            ".openclaw-tmp-notes", "openclaw-tmp-12", ".openclaw-tmp-", ".openclaw-tmp-0012", "openclaw.json~",
        ]
        for name in others + [".openclaw-tmp-12af", ".openclaw-tmp-ffffffffffffffff"] { home.write("left", to: name) }
        _ = try await write(home, setting("gateway.port", 19000))
        #expect(Set(others).isSubset(of: home.names()))
        #expect(home.names().filter { $0.hasPrefix(".openclaw-tmp-") }.count == 3)
    }

    @Test func aChangeOfAnotherStateIsRefused() async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let change = setting("gateway.port", 19000)
        let stale = await failure { try await write(home, change, hash: Hex.encode(SHA256.hash("other"))) }
        #expect("\(stale.map { "\($0)" } ?? "")" == "config changed since last load; re-run config.get and retry")
        let none = await failure { try await onLoop { try await self.file(home).write(change, baseHash: nil) } }
        #expect("\(none.map { "\($0)" } ?? "")" == "config base hash required; re-run config.get and retry")
        #expect(home.read() == Self.text)
        #expect(home.names().filter { $0.contains(".bak.") || $0.contains(".rejected.") }.isEmpty)
    }

    @Test func whatIsNoConfigurationIsRefusedAndKept() async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let refused = await failure { try await write(home, setting("gateway.bind", "lann")) }
        #expect(refused?.issues.map(\.path) == ["gateway.bind"])
        #expect(home.read() == Self.text)
        let kept = home.names().filter { $0.hasPrefix("openclaw.json.rejected.") }
        #expect(kept.count == 1 && home.read(kept[0])?.contains("lann") == true)
        #expect(home.scratch.mode(home.name(kept[0])) == 0o600)
        let unreadable = await failure { try await write(home, .raw("{gateway: ")) }
        #expect(unreadable != nil && home.read() == Self.text)
    }

    @Test func aFileWithErrorsCanBeReplacedButNotEdited() async throws {
        let home = try ConfigHome()
        home.write("{gateway: ")
        #expect(await failure { try await write(home, setting("gateway.port", 1)) } != nil)
        _ = try await write(home, .raw("{gateway: {mode: 'local'}}"))
        #expect(home.read() == "{gateway: {mode: 'local'}}")
    }

    @Test func lossesAreRefusedUnlessAskedFor() async throws {
        let home = try ConfigHome()
        home.write(Self.text)
        let edit = ConfigChange.edits([.remove(JSONPointer(["gateway", "mode"]))])
        let dropped = await failure { try await write(home, edit) }
        guard case .dropsMode? = dropped else {
            Issue.record("\(String(describing: dropped))")
            return
        }
        #expect(home.read() == Self.text && home.names().contains { $0.contains(".rejected.") })
        _ = try await write(home, edit, allowing: .droppingMode)
        #expect(home.read()?.contains("mode") == false)
    }

    @Test(arguments: [
        (ConfigFile.shrinkFloor - 1, 0, true), (ConfigFile.shrinkFloor, 0, false), (1000, 499, false),
        (1000, 500, true), (1000, 501, true),
    ])
    func atMostHalfOfAFileIsLost(_ size: Int, _ left: Int, _ isWritten: Bool) async throws {
        func text(_ size: Int) -> String { "{}" + String(repeating: " ", count: max(0, size - 2)) }
        let home = try ConfigHome()
        home.write(text(size))
        let refused = await failure { try await write(home, .raw(text(left))) }
        #expect((refused == nil) == isWritten)
        _ = try await write(home, .raw(text(left)), allowing: .shrinking)
        #expect(home.read() == text(left))
    }

    @Test func backupsAreARing() async throws {
        let home = try ConfigHome()
        home.write("{gateway: {port: 1}}")
        home.write("another program's", to: "openclaw.json.bak.1")
        try await onLoop {
            let clock = FakeClock()
            let file = ConfigFile(
                home.instance, environment: home.environment, schema: .product, clock: clock, disk: .real,
                workingDirectory: nil)
            for port in 2...15 {
                let hash = Hex.encode(SHA256.hash(home.read() ?? ""))
                _ = try await file.write(.raw("{gateway: {port: \(port)}}"), baseHash: hash)
                await clock.advance(by: .seconds(1))
            }
        }
        #expect(home.read("openclaw.json.bak.1") == "another program's")
        let backups = home.names().filter { $0.contains(".bak.2026") }
        #expect(backups.count == DatedRing.backups.limit)
        #expect(home.read(backups[0]) == "{gateway: {port: 5}}" && home.read(backups[9]) == "{gateway: {port: 14}}")
    }

    @Test func whatWasRefusedIsARing() async throws {
        let home = try ConfigHome()
        home.write("{gateway: {port: 1}}")
        for port in 70000..<70008 {
            #expect(await failure { try await write(home, .raw("{gateway: {port: \(port)}}")) } != nil)
        }
        let kept = home.names().filter { $0.contains(".rejected.") }
        #expect(kept.count == DatedRing.rejected.limit)
        #expect(kept.map { home.read($0) } == (70003..<70008).map { "{gateway: {port: \($0)}}" })
    }

    @Test func whatAClientWasNotShownIsPutBack() async throws {
        let home = try ConfigHome()
        home.write("{gateway: {mode: 'local', auth: {token: 'the-real-token'}}, l: [{apiKey: 'one-key-here'}]}")
        let shown = try await home.load().redactedRaw
        #expect(shown.contains("__OPENCLAW_REDACTED__") && !shown.contains("the-real-token"))
        let snapshot = try await write(home, .raw(shown.split(separator: "'local'").joined(separator: "'remote'")))
        #expect(
            snapshot.string("gateway.auth.token") == "the-real-token" && snapshot.string("gateway.mode") == "remote")
        #expect(snapshot.parsed["l"] == [["apiKey": "one-key-here"]])
        // A mark whose secret cannot be told does not become the secret.
        for text in [
            "{gateway: {mode: 'local', auth: {password: '__OPENCLAW_REDACTED__'}}}",
            "{gateway: {mode: 'local'}, l: [{}, {apiKey: '__OPENCLAW_REDACTED__'}]}",
        ] {
            #expect(await failure { try await write(home, .raw(text)) } != nil)
        }
    }

    @Test func aSettingOfAnIncludedFileIsNotChangedHere() async throws {
        let home = try ConfigHome()
        home.write("{port: 1, trustedProxies: ['10.0.0.1']}", to: "g.json5")
        home.write("{gateway: {$include: 'g.json5', mode: 'local'}}")
        let refused = await failure { try await write(home, .edits([.remove(JSONPointer(["gateway", "port"]))])) }
        #expect("\(refused.map { "\($0)" } ?? "")" == "gateway.port is set in ~/.openclaw/g.json5; change it there")
        let list = await failure { try await write(home, setting("gateway.trustedProxies", ["10.0.0.2"])) }
        #expect(list != nil)
        let snapshot = try await write(home, setting("gateway.port", 2))
        #expect(
            snapshot.integer("gateway.port") == 2 && home.read("g.json5") == "{port: 1, trustedProxies: ['10.0.0.1']}")
    }

    @Test func theLinkStaysAndItsTargetIsReplaced() async throws {
        let home = try ConfigHome()
        home.write(Self.text, to: "real.json5")
        home.scratch.link(home.name("openclaw.json"), to: "real.json5")
        _ = try await write(home, setting("gateway.port", 2))
        #expect(home.scratch.isLink(home.name("openclaw.json")) && home.read("real.json5")?.contains("port: 2") == true)
    }
}
