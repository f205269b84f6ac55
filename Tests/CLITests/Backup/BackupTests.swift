import Gateway
import Platform
import Settings
import Support
import Testing
import Wire

@testable import CLI

@Suite struct BackupTests {
    private static let time = WallTime(milliseconds: 1_790_000_000_000)

    /// A home with a gateway's files in it.
    private final class Home: Sendable {
        let scratch = ScratchDirectory()
        let instance: Instance

        init() throws {
            instance = try Instance(flags: Instance.Flags(), environment: Environment(["HOME": scratch.path]))
            scratch.makeDirectory(".openclaw")
            scratch.write("{gateway: {mode: \"local\"}}", to: ".openclaw/openclaw.json")
            scratch.makeDirectory(".openclaw/agents")
            scratch.write("{\"said\": 1}\n", to: ".openclaw/agents/session.jsonl")
            scratch.makeDirectory(".openclaw/workspace")
            scratch.write("note", to: ".openclaw/workspace/note.md")
            scratch.makeDirectory(".openclaw/logs")
            scratch.write("log", to: ".openclaw/logs/today.log")
            scratch.makeDirectory(".openclaw/media")
            scratch.write("picture", to: ".openclaw/media/a")
            scratch.link(".openclaw/agents/link", to: "/etc/passwd")
        }

        var archive: String { scratch.path("backup.tar.gz") }

        func loader() async throws -> ConfigSnapshot {
            try await onLoop {
                try await ConfigLoader.load(
                    self.instance, environment: Environment(["HOME": self.scratch.path]), schema: .product)
            }
        }

        @discardableResult
        func pack() async throws -> BackupManifest {
            let snapshot = try await loader()
            let plan = try await onLoop { await BackupPlan(self.instance, snapshot) }
            let blank = BackupManifest(
                version: "1", profile: "default", createdAt: "2026-09-21T14:13:20.000Z", home: scratch.path,
                workspace: instance.workspaceDirectory)
            return try BackupWriter.write(plan, blank, to: archive, at: BackupTests.time)
        }
    }

    private static func put(_ bytes: [UInt8], to path: String) throws { try AtomicFile.write(bytes, to: path) }
    private static func bytes(_ path: String) throws -> [UInt8] { try FileReading.read(path, limit: 1 << 20) }

    /// A tar archive put together by hand, compressed.
    private static func compressed(_ tar: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        Deflater(.gzip, level: 1, memoryLevel: 8).deflate(tar.span, .finish, appendingTo: &bytes)
        return bytes
    }

    @Test func whatIsPackedIsWholeAndPrivate() async throws {
        let home = try Home()
        let manifest = try await home.pack()
        #expect(home.scratch.mode("backup.tar.gz") == 0o600)
        #expect(
            manifest.contents.map(\.path).sorted() == [
                "state/agents/session.jsonl", "state/openclaw.json", "workspace-0/note.md",
            ])
        #expect(manifest.omissions.map(\.reason) == ["it is a link"])
        #expect(try BackupReader.verify(home.archive) == manifest)
        #expect(home.scratch.names() == [".openclaw", "backup.tar.gz"])
    }

    @Test func aCutAnywhereIsNamed() async throws {
        let home = try Home()
        home.scratch.write(
            (0..<4000).map { "\($0 &* 2_654_435_761 % 1_000_003)\n" }.joined(), to: ".openclaw/agents/long.jsonl")
        try await home.pack()
        let bytes = try Self.bytes(home.archive)
        #expect(bytes.count > 4 * 512)
        for end in stride(from: 0, to: bytes.count, by: 512) + [bytes.count - 1] {
            let file = home.scratch.path("cut-\(end)")
            try Self.put(Array(bytes[..<end]), to: file)
            #expect(throws: BackupError.self, "\(end)") { try BackupReader.verify(file) }
            do { _ = try BackupReader.verify(file) } catch BackupError.archive(.cut) {
            } catch { Issue.record("\(end): \(error)") }
        }
    }

    @Test func aChangedByteNeverChangesWhatIsRead() async throws {
        let home = try Home()
        let manifest = try await home.pack()
        let bytes = try Self.bytes(home.archive)
        var refused = 0
        // Behind the header of gzip, whose fields say nothing of the contents.
        for index in stride(from: 10, to: bytes.count, by: 7) {
            var changed = bytes
            changed[index] ^= 0x10
            let file = home.scratch.path("changed-\(index)")
            try Self.put(changed, to: file)
            // Among zeros another distance back means the same bytes.
            if let read = try? BackupReader.verify(file) {
                #expect(read == manifest, "\(index)")
            } else {
                refused += 1
            }
        }
        #expect(refused > 50)
    }

    @Test func whatHasNoManifestOrAnotherOneIsRefused() throws {
        let scratch = ScratchDirectory()
        let entry = TarEntry(try SafePath("state/a"), .file, size: 1, mode: 0o600, modified: 0)
        let file = TarWriter.header(of: entry) + [1] + TarWriter.padding(after: 1)
        for (name, tar) in [("none", file + TarWriter.end), ("short", file)] {
            try Self.put(Self.compressed(tar), to: scratch.path(name))
            #expect(throws: BackupError.self) { try BackupReader.verify(scratch.path(name)) }
        }
        let manifest = BackupManifest(version: "1", profile: "default", createdAt: "", home: "/h", workspace: "/h/w")
        let text = JSONWriter.bytes(of: manifest.json)
        let head = TarWriter.header(
            of: TarEntry(try SafePath("manifest.json"), .file, size: text.count, mode: 0o600, modified: 0))
        let tar = file + head + text + TarWriter.padding(after: text.count) + TarWriter.end
        try Self.put(Self.compressed(tar), to: scratch.path("extra"))
        #expect {
            try BackupReader.verify(scratch.path("extra"))
        } throws: { error in
            if case BackupError.differs(let path, _) = error { path == "state/a" } else { false }
        }
    }

    @Test func restoredIsWhatWasPackedAndWhatWasThereIsAside() async throws {
        let home = try Home()
        let manifest = try await home.pack()
        let scratch = home.scratch
        scratch.write("changed", to: ".openclaw/openclaw.json")
        scratch.write("new", to: ".openclaw/later.json")
        scratch.write("wal", to: ".openclaw/openclaw.sqlite-wal")
        scratch.write("new", to: ".openclaw/workspace/later.md")
        let targets = try BackupTargets(manifest, home.instance, allowsOutside: false)
        let outcome = try BackupRestore(targets: targets, time: Self.time).run(home.archive)
        #expect(scratch.read(".openclaw/openclaw.json") == "{gateway: {mode: \"local\"}}")
        #expect(scratch.read(".openclaw/agents/session.jsonl") == "{\"said\": 1}\n")
        #expect(scratch.names(in: ".openclaw/workspace") == ["note.md"])
        let aside = try #require(outcome.aside?.split(separator: "/").last)
        #expect(
            scratch.names(in: ".openclaw/\(aside)") == [
                "agents", "later.json", "openclaw.json", "openclaw.sqlite-wal",
            ])
        #expect(outcome.moved.count == 1)
        #expect(
            scratch.names(in: ".openclaw").filter { !$0.hasPrefix("workspace.before-") } == [
                "agents", "\(aside)", "logs", "media", "openclaw.json", "workspace",
            ])
        #expect(scratch.read(".openclaw/logs/today.log") == "log")
        #expect(scratch.read(".openclaw/media/a") == "picture")
    }

    @Test func whatTheConfigurationIncludesAndALinkInItsPlaceComeAlong() async throws {
        let home = try Home()
        let scratch = home.scratch
        scratch.makeDirectory("dotfiles")
        scratch.write("{$include: './parts/more.json5', gateway: {mode: 'local'}}", to: "dotfiles/claw.json")
        scratch.delete(".openclaw/openclaw.json")
        scratch.link(".openclaw/openclaw.json", to: scratch.path("dotfiles/claw.json"))
        scratch.makeDirectory(".openclaw/parts")
        scratch.write(
            "{agents: {list: [{id: 'main'}, {id: 'ops', workspace: '~/ops'}]}}", to: ".openclaw/parts/more.json5")
        scratch.makeDirectory("ops")
        scratch.write("ops", to: "ops/note.md")
        let manifest = try await home.pack()
        #expect(Set(manifest.roots.map(\.kind)) == [.state, .config, .workspace])
        for name in [".openclaw/openclaw.json", ".openclaw/parts", "ops", ".openclaw/workspace"] {
            scratch.delete(name)
        }
        let targets = try BackupTargets(manifest, home.instance, allowsOutside: false)
        _ = try BackupRestore(targets: targets, time: Self.time).run(home.archive)
        #expect(scratch.read(".openclaw/openclaw.json")?.hasPrefix("{$include") == true)
        #expect(scratch.read(".openclaw/parts/more.json5")?.contains("ops") == true)
        #expect(scratch.read("ops/note.md") == "ops")
        #expect(scratch.read("dotfiles/claw.json") != nil)
    }

    @Test func aFailureInTheMiddlePutsAllBack() async throws {
        let home = try Home()
        let manifest = try await home.pack()
        home.scratch.write("now", to: ".openclaw/openclaw.json")
        let targets = try BackupTargets(manifest, home.instance, allowsOutside: false)
        let stamp = Self.time.compactUTC
        // The workspace cannot be moved aside: something has that name.
        home.scratch.write("", to: ".openclaw/workspace.before-\(stamp)")
        #expect(throws: BackupError.self) {
            _ = try BackupRestore(targets: targets, time: Self.time).run(home.archive)
        }
        #expect(home.scratch.read(".openclaw/openclaw.json") == "now")
        #expect(home.scratch.read(".openclaw/workspace/note.md") == "note")
        #expect(!home.scratch.names(in: ".openclaw").contains { $0.hasPrefix(".openclaw-restore") })
    }

    @Test func aRestoreThatWasKilledIsTakenBack() async throws {
        let home = try Home()
        let state = home.instance.stateDirectory
        home.scratch.makeDirectory(".openclaw/before-restore-x")
        home.scratch.makeDirectory(".openclaw/.openclaw-restore-state-x")
        var renames = Renames(journal: "\(state)/\(BackupRestore.journalName)")
        try renames.rename("\(state)/openclaw.json", to: "\(state)/before-restore-x/openclaw.json")
        #expect(try BackupRestore.takeBack(in: state))
        #expect(home.scratch.read(".openclaw/openclaw.json") == "{gateway: {mode: \"local\"}}")
        #expect(!home.scratch.names(in: ".openclaw").contains { $0.hasPrefix(".openclaw-") })
        #expect(try !BackupRestore.takeBack(in: state))
    }

    @Test func placesMoveWithTheHomeAndStayInside() throws {
        let instance = try Instance(flags: Instance.Flags(), environment: Environment(["HOME": "/new"]))
        var manifest = BackupManifest(
            version: "1", profile: "default", createdAt: "", home: "/old", workspace: "/old/.openclaw/workspace")
        manifest.roots = [
            BackupManifest.Root(name: "state", kind: .state, path: "/old/.openclaw"),
            BackupManifest.Root(name: "workspace-0", kind: .workspace, path: "/old/.openclaw/workspace-ops"),
            BackupManifest.Root(name: "workspace-1", kind: .workspace, path: "/old/notes"),
            BackupManifest.Root(name: "include-1", kind: .include, path: "/old/dotfiles/claw.json"),
        ]
        let targets = try BackupTargets(manifest, instance, allowsOutside: false).targets.map(\.path)
        #expect(
            targets == ["/new/.openclaw", "/new/.openclaw/workspace-ops", "/new/notes", "/new/dotfiles/claw.json"])
        manifest.roots.append(BackupManifest.Root(name: "include-2", kind: .include, path: "/etc/cron.d/x"))
        #expect(throws: CommandFailure.self) { try BackupTargets(manifest, instance, allowsOutside: false) }
        #expect(try BackupTargets(manifest, instance, allowsOutside: true).targets.last?.path == "/etc/cron.d/x")
        manifest.roots[4] = BackupManifest.Root(name: "workspace-2", kind: .workspace, path: "/")
        #expect(throws: CommandFailure.self) { try BackupTargets(manifest, instance, allowsOutside: true) }
        manifest.profile = "ops"
        #expect(throws: CommandFailure.self) { try BackupTargets(manifest, instance, allowsOutside: true) }
    }

    @Test func aWorkspaceAroundTheStateIsLeftOutByName() async throws {
        let home = try Home()
        home.scratch.write(
            "{agents: {defaults: {workspace: '\(home.scratch.path)'}}}", to: ".openclaw/openclaw.json")
        let snapshot = try await home.loader()
        let plan = try await onLoop { await BackupPlan(home.instance, snapshot) }
        #expect(plan.roots.map(\.kind) == [.state])
        #expect(plan.omissions.map(\.path) == [home.scratch.path])
    }

    @Test func aDamagedStoreIsNotPutBack() async throws {
        let home = try Home()
        let head = Array("SQLite format 3\0".utf8) + [UInt8](repeating: 0x41, count: 4000)
        let entry = TarEntry(try SafePath("state/openclaw.sqlite"), .file, size: head.count, mode: 0o600, modified: 0)
        var manifest = BackupManifest(
            version: "1", profile: "default", createdAt: "", home: home.scratch.path,
            workspace: home.instance.workspaceDirectory)
        manifest.roots = [BackupManifest.Root(name: "state", kind: .state, path: home.instance.stateDirectory)]
        manifest.contents = [
            BackupManifest.Content(
                path: "state/openclaw.sqlite", size: head.count, sha256: Hex.encode(SHA256.hash(head)))
        ]
        let text = JSONWriter.bytes(of: manifest.json)
        let last = TarEntry(try SafePath("manifest.json"), .file, size: text.count, mode: 0o600, modified: 0)
        let tar =
            TarWriter.header(of: entry) + head + TarWriter.padding(after: head.count) + TarWriter.header(of: last)
            + text + TarWriter.padding(after: text.count) + TarWriter.end
        try Self.put(Self.compressed(tar), to: home.archive)
        let targets = try BackupTargets(manifest, home.instance, allowsOutside: false)
        #expect {
            _ = try BackupRestore(targets: targets, time: Self.time).run(home.archive)
        } throws: { error in
            if case BackupError.damagedStore = error { true } else { false }
        }
        #expect(home.scratch.read(".openclaw/openclaw.json") == "{gateway: {mode: \"local\"}}")
    }
}
