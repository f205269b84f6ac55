import Platform
import Settings

/// What was done to this host to make it a standby, written before it is done, so that it can be undone.
struct StandbyJournal: Sendable {
    static let name = "failover-join.json"
    private static let sizeLimit = 4 << 20

    var pair: String
    var undo = SettingUndo()
    var secrets: [String] = []
    /// The configuration file came with the pair.
    var madeConfig = false
    /// So did the state directory.
    var madeState = false
    /// Directories that were made: the clone of the workspace, the repository for it.
    var directories: [String] = []

    init(pair: String) { self.pair = pair }

    static func path(_ instance: Instance) -> String { instance.stateDirectory + "/" + name }

    /// Nil when this host is no standby of a pair.
    static func read(_ instance: Instance) async throws(CommandFailure) -> StandbyJournal? {
        guard let json = try await JournalFile.read(path(instance), limit: sizeLimit) else { return nil }
        var journal = StandbyJournal(pair: json["pair"]?.string ?? "")
        journal.undo = SettingUndo(json["undo"])
        journal.secrets = (json["secrets"]?.array ?? []).compactMap(\.string)
        journal.madeConfig = json["madeConfig"]?.bool ?? false
        journal.madeState = json["madeState"]?.bool ?? false
        journal.directories = (json["directories"]?.array ?? []).compactMap(\.string)
        return journal
    }

    func write(_ instance: Instance) async throws(CommandFailure) {
        try await JournalFile.write(
            [
                "pair": .string(pair), "undo": undo.json, "secrets": .array(secrets.map(JSON.string)),
                "madeConfig": .bool(madeConfig), "madeState": .bool(madeState),
                "directories": .array(directories.map(JSON.string)),
            ], to: Self.path(instance))
    }
}

/// A journal of steps on the disk: one JSON text that only its owner may read.
enum JournalFile {
    @LoopActor
    static func read(_ path: String, limit: Int) async throws(CommandFailure) -> JSON? {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try await FileReading.read(path, limit: limit) } catch {
            if error.isMissing { return nil }
            throw CommandFailure(.notGood, "not-read", "\(error)")
        }
        guard let json = try? JSONParser.parse(bytes) else {
            throw CommandFailure(
                .notGood, "not-read", "\(path.shown) cannot be understood",
                details: ["it says what was changed for failover; without it nothing is undone by itself"],
                next: ["mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".broken"))"])
        }
        return json
    }

    /// Parts of files that a killed run left: they may hold secrets.
    @LoopActor
    static func sweep(_ instance: Instance) async {
        let directory = instance.stateDirectory
        await BlockingPool.shared.run { _ = try? AtomicFile.removeLeftovers(in: directory) }
    }

    @LoopActor
    static func write(_ json: JSON, to path: String) async throws(CommandFailure) {
        do throws(FileError) { try await AtomicFile.write(JSONWriter.bytes(of: json) + [0x0a], to: path) } catch {
            throw CommandFailure(.notGood, "not-written", "\(error)")
        }
    }
}
