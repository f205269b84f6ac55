#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Replaces whole files so that a reader, a crash or a power cut meets the old contents or the new, never a mixture:
/// a temporary file in the same directory, fsync, rename, fsync of the directory. Every durable file of the product is
/// written here.
package enum AtomicFile {
    /// Who may read the new file.
    package enum Permission: Sendable {
        case mode(UInt16)
        /// Owner, group and mode of the file replaced, or this mode when there is none. For files that belong to a
        /// person, who may have another user's tool edit them.
        case kept(otherwise: UInt16)
    }

    /// Secrets may be in any file of ours.
    package static let privateMode: UInt16 = 0o600

    /// How far a write has come. Tests look at the disk after each, and let each fail.
    enum Step: CaseIterable, Sendable {
        case created, written, synchronized, renamed, directorySynchronized
    }

    /// Blocks; for the blocking pool. A symbolic link stays and the file it leads to is replaced: configuration often
    /// lives in a repository of dotfiles.
    ///
    /// After an error the file has its old contents, except when the directory's fsync failed: then the new ones are
    /// in place but may not survive a power cut.
    package static func write(
        _ bytes: [UInt8], to path: String, permission: Permission = .mode(privateMode)
    ) throws(FileError) {
        try write(bytes, to: path, permission: permission) { _ throws(SystemError) in }
    }

    package static func write(
        _ bytes: [UInt8], to path: String, permission: Permission = .mode(privateMode)
    ) async throws(FileError) {
        try await BlockingPool.shared.run { () throws(FileError) in
            try write(bytes, to: path, permission: permission)
        }
    }

    /// The same, unless `condition` no longer holds when all is ready for the rename: as late as that can be asked.
    /// Returns whether the file was replaced.
    package static func write(
        _ bytes: [UInt8], to path: String, permission: Permission, onlyIf condition: () -> Bool
    ) throws(FileError) -> Bool {
        try write(bytes, to: path, permission: permission, onlyIf: condition) { _ throws(SystemError) in }
    }

    static func write(
        _ bytes: [UInt8], to path: String, permission: Permission, onlyIf condition: () -> Bool,
        after step: (Step) throws(SystemError) -> Void
    ) throws(FileError) -> Bool {
        var holds = true
        do throws(FileError) {
            try write(bytes, to: path, permission: permission) { (reached) throws(SystemError) in
                try step(reached)
                guard reached == .synchronized else { return }
                holds = condition()
                if !holds { throw SystemError(code: ECANCELED, call: "rename") }
            }
        } catch {
            if holds { throw error }
        }
        return holds
    }

    static func write(
        _ bytes: [UInt8], to path: String, permission: Permission, after step: (Step) throws(SystemError) -> Void
    ) throws(FileError) {
        // Errors name what the links lead to: there the trouble is.
        let path = try FileError.on(path, .write) { () throws(SystemError) in try followed(path) }
        let place = PathLocation(path)
        let opened = try FileError.on(path, .write) { () throws(SystemError) in
            try OwnedDescriptor.open(place.directory, O_RDONLY | O_DIRECTORY)
        }
        try replace(place.name, in: opened.number, with: bytes, permission: permission, path: path, after: step)
    }

    /// The same beneath an open directory, where a link in place of the file is refused. `path` is for messages.
    static func replace(
        _ name: String, in directory: Int32, with bytes: [UInt8], permission: Permission, path: String,
        after step: (Step) throws(SystemError) -> Void = { _ throws(SystemError) in }
    ) throws(FileError) {
        let old = try FileError.on(path, .write) { () throws(SystemError) in
            try fileStatus(name, at: directory, followLinks: false)
        }
        if let old, old.kind != S_IFREG { throw .notRegular(path: path) }
        try FileError.on(path, .write) { () throws(SystemError) in
            let temporary = try TemporaryFile(in: directory)
            do throws(SystemError) {
                try step(.created)
                if let failure = temporary.descriptor.write(bytes).failure { throw failure }
                try apply(permission, replacing: old, to: temporary.descriptor.number)
                try step(.written)
                try temporary.descriptor.synchronize()
                try step(.synchronized)
                guard renameat(directory, temporary.name, directory, name) == 0 else { throw .last("rename") }
            } catch {
                unlinkat(directory, temporary.name, 0)
                throw error
            }
            try step(.renamed)
            try synchronizeDirectory(directory)
            try step(.directorySynchronized)
        }
    }

    /// The path that the links at its end lead to, whether something is there or not.
    private static func followed(_ path: String) throws(SystemError) -> String {
        var path = path
        for _ in 0..<linkLimit {
            guard try fileStatus(path, followLinks: false)?.kind == S_IFLNK, let target = try linkTarget(path) else {
                return path
            }
            path = target.hasPrefix("/") ? target : PathLocation(path).directory + "/" + target
        }
        throw SystemError(code: ELOOP, call: "readlink")
    }

    private static func apply(
        _ permission: Permission, replacing old: stat?, to file: Int32
    ) throws(SystemError) {
        var mode: mode_t
        switch permission {
        case .mode(let wanted): mode = mode_t(wanted)
        case .kept(let otherwise):
            guard let old else {
                mode = mode_t(otherwise)
                break
            }
            mode = old.st_mode & 0o777
            let new = try fileStatus(file)
            if new.st_uid != old.st_uid || new.st_gid != old.st_gid, fchown(file, old.st_uid, old.st_gid) != 0 {
                // Only root may give files away. What the old group could do must not fall to another group.
                if new.st_gid != old.st_gid, fchown(file, new.st_uid, old.st_gid) != 0 { mode &= ~0o070 }
            }
        }
        // Unlike the mode given to open, this one is not subject to the umask.
        guard fchmod(file, mode) == 0 else { throw .last("fchmod") }
    }

    static func synchronizeDirectory(_ directory: Int32) throws(SystemError) {
        while fsync(directory) != 0 {
            switch errno {
            case EINTR: continue
            // Some network file systems cannot, and need not.
            case EINVAL, ENOTSUP: return
            default: throw .last("fsync of the directory")
            }
        }
    }

    /// Whether a file of this name is one that a writer has not finished.
    package static func isLeftover(_ name: String) -> Bool { TemporaryFile.isName(name) }

    /// Removes what crashed writers left in `directory` and returns how many files that were. Files of writers at
    /// work stay: each holds a lock on its own. So do those of other users and those that are only named alike. Blocks.
    package static func removeLeftovers(in directory: String) throws(FileError) -> Int {
        let names = try FileError.on(directory, .list) { () throws(SystemError) in try directoryNames(directory) }
        var removed = 0
        for name in names where TemporaryFile.isName(name) {
            let path = directory + "/" + name
            guard let file = try? OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
                let status = try? fileStatus(file.number), status.kind == S_IFREG, status.st_uid == geteuid()
            else { continue }
            if flock(file.number, LOCK_EX | LOCK_NB) == 0, unlink(path) == 0 { removed += 1 }
        }
        return removed
    }

    /// The same where writers of the file at `path` leave them: beside what its links lead to. Blocks.
    package static func removeLeftovers(of path: String) throws(FileError) -> Int {
        let place = try FileError.on(path, .list) { () throws(SystemError) in try followed(path) }
        return try removeLeftovers(in: PathLocation(place).directory)
    }
}

/// A new file under a name that nobody else has, locked while its writer lives.
private struct TemporaryFile: ~Copyable {
    private static let prefix = ".openclaw-tmp-"
    private static let attempts = 8

    static func isName(_ name: String) -> Bool {
        guard name.hasPrefix(prefix) else { return false }
        let number = name.dropFirst(prefix.count)
        return UInt64(number, radix: 16).map { String($0, radix: 16) == number } ?? false
    }

    let descriptor: OwnedDescriptor
    let name: String

    init(in directory: Int32) throws(SystemError) {
        for _ in 0..<Self.attempts {
            let name = Self.prefix + String(UInt64.random(in: .min ... .max), radix: 16)
            do throws(SystemError) {
                let file = try OwnedDescriptor.open(
                    name, at: directory, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: AtomicFile.privateMode)
                // A cleaner that came between has the lock and is about to remove the file.
                guard flock(file.number, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else { continue }
                descriptor = file
                self.name = name
                return
            } catch {
                if error.code != EEXIST { throw error }
            }
        }
        throw SystemError(code: EEXIST, call: "open")
    }
}

/// The names in a directory, without "." and "..".
func directoryNames(_ path: String) throws(SystemError) -> [String] {
    guard let stream = opendir(path) else { throw .last("opendir") }
    return names(in: stream)
}

/// The same of an open directory, which is closed.
func directoryNames(_ directory: consuming OwnedDescriptor) throws(SystemError) -> [String] {
    let number = directory.release()
    guard let stream = fdopendir(number) else {
        let failure = SystemError.last("opendir")
        closeDescriptor(number)
        throw failure
    }
    return names(in: stream)
}

/// Reads all and closes.
private func names(in stream: OpaquePointer) -> [String] {
    defer { closedir(stream) }
    return namesOf(stream)
}

#if canImport(Glibc)
typealias DirectoryStream = OpaquePointer
#else
typealias DirectoryStream = UnsafeMutablePointer<DIR>
#endif

/// The names that an open directory has left to tell.
func namesOf(_ stream: DirectoryStream) -> [String] {
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                String(cString: $0)
            }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}
