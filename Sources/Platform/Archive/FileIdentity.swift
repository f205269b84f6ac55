#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Which file or directory a path leads to, whatever it is called and whatever links lead there.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// Nil when nothing is there. Blocks.
    package init?(_ path: String) {
        guard let status = (try? fileStatus(path, followLinks: true)) ?? nil else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// Whether this is the directory at `path` or one above it. Only directories on the way to `path` are looked at.
    /// Blocks.
    package func holds(_ path: String) -> Bool {
        var place = FileFacts.realPath(path) ?? PathText.normalized(path)
        while true {
            if FileIdentity(place) == self { return true }
            guard place != "/" else { return false }
            place = PathLocation(place).directory
        }
    }
}
