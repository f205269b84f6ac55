package import Platform

/// Putting the last good configuration back, which only a person asks for.
extension LastGoodConfig {
    /// A file that was put back, and where a copy of what stood there is; nil where nothing stood.
    package struct Restored: Sendable, Hashable {
        package let path: String
        package let aside: String?
    }

    /// Writes every file that differs, what is included first, so that the whole is checked as it then is. What stood
    /// there is copied aside before: there is no moment without a file.
    @LoopActor
    package func restore(
        _ instance: Instance, environment: Environment, schema: ConfigSchema, clock: any Clock
    ) async throws(ConfigWriteError) -> [Restored] {
        var restored: [Restored] = []
        for file in files.dropFirst() + files.prefix(1) {
            let (path, text, time) = (file.path, Array(file.text.utf8), clock.wall)
            let old = await BlockingPool.shared.run { try? FileReading.read(path, limit: ConfigReader.bytesLimit) }
            guard old != text else { continue }
            var aside: String?
            do throws(FileError) {
                aside = try await BlockingPool.shared.run { () throws(FileError) in
                    try old.map { old throws(FileError) in
                        try DatedRing.replaced.add(old, beside: path, at: time, .real)
                    }
                }
                if path != instance.configPath {
                    try await AtomicFile.write(text, to: path, permission: .kept(otherwise: AtomicFile.privateMode))
                }
            } catch {
                throw .file(error)
            }
            if path == instance.configPath {
                let file = ConfigFile(instance, environment: environment, schema: schema, clock: clock)
                _ = try await file.write(
                    .raw(String(decoding: text, as: UTF8.self)),
                    baseHash: old.map { Hex.encode(SHA256.hash($0)) }, allowing: [.droppingMode, .shrinking])
            }
            restored.append(Restored(path: path, aside: aside))
        }
        return restored
    }
}
