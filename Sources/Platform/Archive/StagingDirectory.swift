#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A new private directory in which something is put together before it takes its place. All of it blocks.
package final class StagingDirectory {
    package let path: String
    private let directory: SafeDirectory
    private var made: Set<SafePath> = []

    /// There must be nothing at `path`.
    package init(_ path: String) throws(FileError) {
        try FileError.on(path, .create) { () throws(SystemError) in
            guard mkdir(path, PrivateDirectory.mode) == 0 else { throw .last("mkdir") }
        }
        self.path = path
        directory = try SafeDirectory(path)
    }

    /// Makes a directory, whose owner can always go on in it.
    package func makeDirectory(_ entry: SafePath, mode: UInt16) throws(FileError) {
        try makeParents(entry)
        let parent = try directory.parent(of: entry, .create)
        let (number, name) = (parent.number, entry.parts[entry.parts.count - 1])
        try FileError.on(directory.shown(entry), .create) { () throws(SystemError) in
            guard mkdirat(number, name, PrivateDirectory.mode) == 0 || errno == EEXIST else { throw .last("mkdir") }
            let made = try OwnedDescriptor.open(name, at: number, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            guard fchmod(made.number, mode_t(mode & 0o777) | PrivateDirectory.mode) == 0 else { throw .last("fchmod") }
        }
    }

    /// A new file, to be written piece by piece.
    package func create(_ entry: TarEntry) throws(FileError) -> StagedFile {
        try makeParents(entry.path)
        let parent = try directory.parent(of: entry.path, .write)
        let (number, name, shown) = (
            parent.number, entry.path.parts[entry.path.parts.count - 1], directory.shown(entry.path)
        )
        let file = try FileError.on(shown, .write) { () throws(SystemError) in
            try OwnedDescriptor.open(
                name, at: number, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: AtomicFile.privateMode)
        }
        return StagedFile(file, entry, shown)
    }

    private func makeParents(_ entry: SafePath) throws(FileError) {
        guard entry.parts.count > 1 else { return }
        let above = try SafePath(entry.parts.dropLast().joined(separator: "/"))
        guard made.insert(above).inserted else { return }
        try directory.makeParents(of: entry)
    }

    /// Takes the directory away with all in it. Links are taken away, not followed.
    package func remove() { Self.remove(path) }

    /// The same of one that a killed process left.
    package static func remove(_ path: String) {
        empty(path)
        rmdir(path)
    }

    private static func empty(_ path: String) {
        guard let opened = try? OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
        empty(opened)
    }

    private static func empty(_ directory: borrowing OwnedDescriptor) {
        let number = directory.number
        guard let listed = try? OwnedDescriptor.open(".", at: number, O_RDONLY | O_DIRECTORY),
            let names = try? directoryNames(listed)
        else { return }
        for name in names where unlinkat(number, name, 0) != 0 {
            guard let inner = try? OwnedDescriptor.open(name, at: number, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
                continue
            }
            empty(inner)
            unlinkat(number, name, AT_REMOVEDIR)
        }
    }
}

/// A file on its way into a staging directory.
package final class StagedFile {
    private let file: OwnedDescriptor
    private let entry: TarEntry
    private let shown: String

    init(_ file: consuming OwnedDescriptor, _ entry: TarEntry, _ shown: String) {
        self.file = file
        self.entry = entry
        self.shown = shown
    }

    package func append(_ bytes: ArraySlice<UInt8>) throws(FileError) {
        if let failure = file.write(Array(bytes)).failure { throw .system(failure, .write, path: shown) }
    }

    /// Gives the file its mode and time, and waits until it is on the disk.
    package func finish() throws(FileError) {
        let number = file.number
        try FileError.on(shown, .write) { () throws(SystemError) in
            guard fchmod(number, mode_t(entry.mode)) == 0 else { throw .last("fchmod") }
            let time = timespec(tv_sec: entry.modified, tv_nsec: 0)
            _ = withUnsafePointer(to: (time, time)) { pair in
                pair.withMemoryRebound(to: timespec.self, capacity: 2) { futimens(number, $0) }
            }
            try file.synchronize()
        }
    }
}
