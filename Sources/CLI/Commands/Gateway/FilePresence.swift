import Platform

/// Whether there is something at a path.
enum FilePresence {
    static func exists(_ path: String) -> Bool {
        do throws(FileError) {
            _ = try FileReading.read(path, limit: 0)
            return true
        } catch {
            return !error.isMissing
        }
    }
}
