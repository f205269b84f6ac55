#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Makes directories that only their owner may enter.
package enum PrivateDirectory {
    static let mode: mode_t = 0o700

    /// Makes `path` and what is missing above it, durably. One that exists is left as it is. Blocks.
    package static func create(_ path: String) throws(FileError) {
        try FileError.on(path, .create) { () throws(SystemError) in try ensure(path) }
    }

    package static func create(_ path: String) async throws(FileError) {
        try await BlockingPool.shared.run { () throws(FileError) in try create(path) }
    }

    private static func ensure(_ path: String) throws(SystemError) {
        if try existing(path) { return }
        let above = PathLocation(path).directory
        if above != path, above != "." { try ensure(above) }
        try make(path)
    }

    private static func existing(_ path: String) throws(SystemError) -> Bool {
        guard let status = try fileStatus(path, followLinks: true) else { return false }
        guard status.kind == S_IFDIR else { throw SystemError(code: ENOTDIR, call: "mkdir") }
        return true
    }

    private static func make(_ path: String) throws(SystemError) {
        // Another process may have been quicker.
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .last("mkdir") }
        // A parent that may be written but not read cannot be synchronized; the directory is there all the same.
        guard let parent = try? OwnedDescriptor.open(PathLocation(path).directory, O_RDONLY | O_DIRECTORY) else {
            return
        }
        try AtomicFile.synchronizeDirectory(parent.number)
    }
}
