import Platform
import Settings

/// What the primary knows of its pair, and what was done for it here and there, so that it can be gone on with and undone.
struct PairJournal: Sendable {
    static let name = "failover-pair.json"
    private static let sizeLimit = 4 << 20

    /// `user@host`.
    var target: String
    /// The pair's own name, which both sides keep.
    var pair: String
    var primaryURL = ""
    var standbyURL = ""
    var standbyPort = 0
    var channels: [String] = []
    /// What stood in the program's place there: `none`, `same` or `replaced`.
    var binaryBefore: String?
    /// The remote that the workspace was given.
    var remote: String?
    var undo = SettingUndo()
    var secrets: [String] = []
    /// Steps that were done at least once.
    var done: [String] = []

    init(target: String, pair: String) {
        self.target = target
        self.pair = pair
    }

    static func path(_ instance: Instance) -> String { instance.stateDirectory + "/" + name }

    @LoopActor
    static func read(_ instance: Instance) async throws(CommandFailure) -> PairJournal? {
        guard let json = try await JournalFile.read(path(instance), limit: sizeLimit) else { return nil }
        var journal = PairJournal(target: json["target"]?.string ?? "", pair: json["pair"]?.string ?? "")
        journal.primaryURL = json["primaryUrl"]?.string ?? ""
        journal.standbyURL = json["standbyUrl"]?.string ?? ""
        journal.standbyPort = json["standbyPort"]?.int ?? 0
        journal.channels = (json["channels"]?.array ?? []).compactMap(\.string)
        journal.binaryBefore = json["binaryBefore"]?.string
        journal.remote = json["remote"]?.string
        journal.undo = SettingUndo(json["undo"])
        journal.secrets = (json["secrets"]?.array ?? []).compactMap(\.string)
        journal.done = (json["done"]?.array ?? []).compactMap(\.string)
        return journal
    }

    @LoopActor
    func write(_ instance: Instance) async throws(CommandFailure) {
        var json: JSON = [
            "target": .string(target), "pair": .string(pair), "primaryUrl": .string(primaryURL),
            "standbyUrl": .string(standbyURL), "standbyPort": .int(Int64(standbyPort)),
            "channels": .array(channels.map(JSON.string)), "undo": undo.json,
            "secrets": .array(secrets.map(JSON.string)), "done": .array(done.map(JSON.string)),
        ]
        json["binaryBefore"] = binaryBefore.map(JSON.string)
        json["remote"] = remote.map(JSON.string)
        try await JournalFile.write(json, to: Self.path(instance))
    }
}
