#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Takes single files away.
package enum FileRemoval {
    /// One that is not there is no error. Blocks.
    package static func remove(_ path: String) throws(FileError) {
        try FileError.on(path, .remove) { () throws(SystemError) in
            guard unlink(path) == 0 || errno == ENOENT else { throw .last("unlink") }
        }
    }

    package static func remove(_ path: String) async throws(FileError) {
        try await BlockingPool.shared.run { () throws(FileError) in try remove(path) }
    }
}
