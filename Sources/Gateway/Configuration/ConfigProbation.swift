import Platform
import Settings

/// What is remembered of a configuration that a restart is to bring into use, until it has proven itself: a small file
/// in the state directory, which outlives the process.
struct ConfigProbation: Hashable, Sendable {
    /// In which a gateway must become ready and stay up.
    static let time = Duration.seconds(60)

    enum Stage: String, Sendable {
        /// The next start is to try it.
        case waiting
        /// A gateway has started with it.
        case trial
        /// It failed, and a gateway has started with the last good one.
        case failed
    }

    /// How a gateway is to start.
    enum Decision: Hashable, Sendable {
        /// With what the file says, or not at all.
        case asWritten
        /// With what the file says, watched.
        case trial
        /// With the last good configuration.
        case lastGood(because: String)
    }

    var stage: Stage
    /// Of the files as they are to be tried.
    var candidate: String
    /// Settings by which it differs from the last good one.
    var keys: [String]
    var since: WallTime
    /// Why it failed.
    var reason: String?

    /// `file` is the fingerprint of the files as they are now, or why they cannot be used.
    static func decide(
        _ record: ConfigProbation?, file: Result<String?, ConfigRefusal>, hasLastGood: Bool
    ) -> Decision {
        guard let record, hasLastGood else { return .asWritten }
        switch file {
        case .failure(let refusal): return .lastGood(because: refusal.headlineText)
        case .success(let fingerprint):
            guard record.stage == .trial, fingerprint == record.candidate else { return .trial }
            return .lastGood(because: record.reason ?? "the gateway ended before it had been up for a minute")
        }
    }
}

extension ConfigRefusal {
    /// In one line.
    var headlineText: String {
        let lines = description.split(separator: "\n").map { $0.drop { $0 == " " } }
        return lines.prefix(2).joined(separator: ": ")
    }
}

/// The file that it is kept in.
extension ConfigProbation {
    static func path(_ instance: Instance) -> String { instance.stateDirectory + "/config-probation.json" }

    init?(json: JSON) {
        guard let stage = json["stage"]?.string.flatMap(Stage.init), let candidate = json["candidate"]?.string,
            let since = json["since"]?.int
        else { return nil }
        self.init(
            stage: stage, candidate: candidate, keys: json["keys"]?.array?.compactMap(\.string) ?? [],
            since: WallTime(milliseconds: Int64(since)), reason: json["reason"]?.string)
    }

    var json: JSON {
        var json: JSON = [
            "stage": .string(stage.rawValue), "candidate": .string(candidate),
            "keys": .array(keys.map { .string($0) }), "since": .int(since.milliseconds),
        ]
        json["reason"] = reason.map { .string($0) }
        return json
    }

    static func read(_ instance: Instance) async -> ConfigProbation? {
        let path = path(instance)
        let bytes = await BlockingPool.shared.run { try? FileReading.read(path, limit: bytesLimit) }
        return bytes.flatMap { try? JSONParser.parse($0) }.flatMap { ConfigProbation(json: $0) }
    }

    func save(_ instance: Instance) async throws(FileError) {
        try await AtomicFile.write(JSONWriter.bytes(of: json), to: Self.path(instance))
    }

    static func remove(_ instance: Instance) async throws(FileError) {
        let path = path(instance)
        try await BlockingPool.shared.run { () throws(FileError) in
            if FileReading.exists(path) { try FileRemoval.remove(path) }
        }
    }

    private static let bytesLimit = 1 << 20
}
