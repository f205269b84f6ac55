import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The files of a store: the database, its write-ahead log, and what else SQLite keeps beside it.
package struct StoreFiles: Sendable {
    /// What SQLite keeps beside a database. It finds them by these suffixes, also after a move.
    static let suffixes = ["-wal", "-shm", "-journal"]

    /// How many copies from before a migration stay: the newest ones.
    package static let copiesKept = 3

    package let path: String

    package init(_ path: String) { self.path = path }

    /// Makes sure that the directory and the file exist and that nobody else can read the file. Returns whether the
    /// file is new.
    func create() throws(StoreError) -> Bool {
        let parent = directory(of: path)
        if mkdir(parent, 0o700) == 0 {
            try syncDirectory(directory(of: parent))
        } else if errno != EEXIST {
            throw failure(.last("mkdir"))
        }
        // The log and the shared memory file take over the mode of the database.
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            try syncDirectory(parent)
            return true
        }
        guard errno == EEXIST else { throw failure(.last("open")) }
        for suffix in [""] + Self.suffixes where exists(path + suffix) {
            guard chmod(path + suffix, 0o600) == 0 else { throw failure(.last("chmod")) }
        }
        return false
    }

    /// Whether a log with content lies beside a missing or empty database, which SQLite would delete unread: a move
    /// aside that was cut short, or a file that someone removed.
    var hasOrphanedLog: Bool { size(path) == 0 && size(path + "-wal") > 0 }

    // MARK: Damage

    /// Renames the database and what belongs to it to a name with the date. The database goes first: should the
    /// process end in between, the next opening finds an orphaned log and moves that too.
    func moveAside(reason: String, at time: WallTime) throws(StoreError) -> MovedAside {
        let wanted = "\(path).damaged-\(time.compactUTC)"
        var target = wanted
        var attempt = 1
        while ([""] + Self.suffixes).contains(where: { exists(target + $0) }) {
            attempt += 1
            target = "\(wanted)-\(attempt)"
        }
        for suffix in [""] + Self.suffixes where exists(path + suffix) {
            guard rename(path + suffix, target + suffix) == 0 else { throw failure(.last("rename")) }
        }
        try syncDirectory(directory(of: path))
        return MovedAside(path: path, movedTo: target, reason: reason)
    }

    // MARK: Copies

    /// The copy of the store as it was before it went to `version`.
    func copy(before version: Int) -> String { "\(path).before-v\(version)" }

    /// Where a copy is written until it is complete.
    var unfinishedCopy: String { "\(path).before-unfinished" }

    /// Makes a file for a copy that nobody else can read.
    func createUnfinishedCopy() throws(StoreError) {
        _ = unlink(unfinishedCopy)
        let descriptor = open(unfinishedCopy, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw failure(.last("open")) }
        close(descriptor)
    }

    /// Gives a complete copy its name, once it is on the disk.
    func keepCopy(before version: Int) throws(StoreError) -> String {
        try sync(unfinishedCopy)
        guard rename(unfinishedCopy, copy(before: version)) == 0 else { throw failure(.last("rename")) }
        try syncDirectory(directory(of: path))
        return copy(before: version)
    }

    /// Removes all copies but the newest. One that cannot be removed does no harm.
    func pruneCopies() {
        let prefix = "\(name(of: path)).before-v"
        let versions = entries(of: directory(of: path)).compactMap { entry in
            entry.hasPrefix(prefix) ? Int(entry.dropFirst(prefix.count)) : nil
        }
        for version in versions.sorted(by: >).dropFirst(Self.copiesKept) { _ = unlink(copy(before: version)) }
    }

    // MARK: System calls

    private func sync(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(.last("open")) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(.last("fsync")) }
    }

    /// Makes the names in a directory durable.
    private func syncDirectory(_ path: String) throws(StoreError) { try sync(path) }

    private func failure(_ error: SystemError) -> StoreError {
        switch error.code {
        case ENOSPC, EDQUOT: .full(path: path)
        case EIO, EROFS: .disk(path: path, reason: error.description)
        default: .cannotOpen(path: path, reason: error.description)
        }
    }
}

func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

private func name(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
}

private func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}

/// 0 when there is no such file.
private func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}

private func entries(of directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let offset = MemoryLayout.offset(of: \dirent.d_name) ?? 0
        let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
        names.append(String(cString: start))
    }
    return names
}
