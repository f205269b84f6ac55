#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the file system says of a path, for decisions about whom a file may be trusted to.
package struct FileFacts: Hashable, Sendable {
    package let isRegular: Bool
    package let isDirectory: Bool
    package let isLink: Bool
    package let owner: UInt32
    /// Permission bits.
    package let mode: UInt16
    package let size: Int64
    /// When its contents last changed, as the clock of then said.
    package let modified: WallTime

    /// Nil when nothing is there. Blocks.
    package static func of(_ path: String, followLinks: Bool) throws(FileError) -> FileFacts? {
        let found = try FileError.on(path, .read) { () throws(SystemError) in
            try fileStatus(path, followLinks: followLinks)
        }
        guard let found else { return nil }
        return FileFacts(
            isRegular: found.kind == S_IFREG, isDirectory: found.kind == S_IFDIR, isLink: found.kind == S_IFLNK,
            owner: found.st_uid, mode: UInt16(found.st_mode & 0o7777),
            size: Int64(found.st_size), modified: modification(found))
    }

    private static func modification(_ status: stat) -> WallTime {
        #if canImport(Glibc)
        let time = status.st_mtim
        #else
        let time = status.st_mtimespec
        #endif
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Changes the permission bits of a file or directory; what a link leads to stays as it is. Blocks.
    package static func setMode(_ path: String, _ mode: UInt16) throws(FileError) {
        try FileError.on(path, .write) { () throws(SystemError) in
            let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            guard fchmod(file.number, mode_t(mode)) == 0 else { throw .last("fchmod") }
        }
    }

    /// Whether anyone but the owner and root may do what `bits` say, in the place of "others".
    package func isOpen(toOthers bits: UInt16) -> Bool { mode & (bits | bits << 3) != 0 }

    /// Whether the file belongs to the user of this process or to root.
    package var isOwn: Bool { owner == geteuid() || owner == 0 }

    /// The path with every link in it followed; nil when nothing is there. Blocks.
    package static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The names in a directory, without "." and "..". Blocks.
    package static func names(in directory: String) throws(FileError) -> [String] {
        try FileError.on(directory, .list) { () throws(SystemError) in try directoryNames(directory) }
    }
}
