package import Platform

/// The configuration that a gateway last ran well with, kept in the state directory: offered when the file is spoiled,
/// never put back by itself.
package struct LastGoodConfig: Sendable {
    package struct File: Sendable, Hashable {
        package let path: String
        package let text: String
    }

    /// The configuration file first, then what it includes.
    package let files: [File]
    package let time: WallTime

    /// Nil for a configuration without a file: there is nothing to put back.
    package init?(_ snapshot: ConfigSnapshot, at time: WallTime) {
        guard snapshot.exists else { return nil }
        files = snapshot.texts.map { File(path: $0.path, text: String(decoding: $0.bytes, as: UTF8.self)) }
        self.time = time
    }

    init?(json: JSON) {
        files = (json["files"]?.array ?? []).compactMap { entry in
            guard let path = entry["path"]?.string, let text = entry["text"]?.string else { return nil }
            return File(path: path, text: text)
        }
        guard !files.isEmpty, let time = json["at"]?.int else { return nil }
        self.time = WallTime(milliseconds: Int64(time))
    }

    package var fingerprint: String {
        ConfigSnapshot.fingerprint(of: files.map { ($0.path, Array($0.text.utf8)) })
    }

    var json: JSON {
        [
            "at": .int(time.milliseconds),
            "files": .array(files.map { ["path": .string($0.path), "text": .string($0.text)] }),
        ]
    }

    package static func path(_ instance: Instance) -> String { instance.stateDirectory + "/config-last-good.json" }

    /// Nil when none is kept for this configuration file, or when what is kept cannot be read.
    package static func read(_ instance: Instance) async -> LastGoodConfig? {
        let path = path(instance)
        let bytes = await BlockingPool.shared.run { try? FileReading.read(path, limit: bytesLimit) }
        guard let bytes, let json = try? JSONParser.parse(bytes), let kept = LastGoodConfig(json: json),
            kept.files[0].path == instance.configPath
        else { return nil }
        return kept
    }

    package func save(_ instance: Instance) async throws(FileError) {
        let (path, bytes) = (Self.path(instance), JSONWriter.bytes(of: json))
        try await BlockingPool.shared.run { () throws(FileError) in
            try AtomicFile.write(bytes, to: path)
        }
    }

    /// What it says, read and checked as the file is.
    @LoopActor
    package func load(
        _ loader: ConfigLoader, _ demand: ConfigLoader.Demand = .all
    ) async throws(ConfigRefusal) -> ConfigSnapshot {
        let included = Dictionary(files.dropFirst().map { ($0.path, Array($0.text.utf8)) }) { first, _ in first }
        return try await loader.load(demand, text: Array(files[0].text.utf8), included: included)
    }

    private static let bytesLimit = 64 << 20
}
