import Platform

/// Whether there is something at a path.
enum FilePresence {
    static func exists(_ path: String) -> Bool {
        do throws(FileError) {
            return try FileFacts.of(path, followLinks: true) != nil
        } catch {
            return !error.isMissing
        }
    }
}
