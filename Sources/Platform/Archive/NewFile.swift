#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that is written piece by piece, for contents that no memory should hold whole, and that has its name only
/// once it is complete. A file that is there already is never replaced. All of it blocks.
package final class NewFile: Sendable {
    package let path: String
    private let directory: OwnedDescriptor
    private let file: OwnedDescriptor
    private let temporary: String
    private let name: String

    /// What a killed writer leaves is what `AtomicFile.removeLeftovers` removes.
    package init(_ path: String, mode: UInt16 = AtomicFile.privateMode) throws(FileError) {
        let place = PathLocation(path)
        self.path = path
        name = place.name
        temporary = ".openclaw-tmp-" + String(UInt64.random(in: .min ... .max), radix: 16)
        directory = try FileError.on(path, .write) { () throws(SystemError) in
            try OwnedDescriptor.open(place.directory, O_RDONLY | O_DIRECTORY)
        }
        guard
            try FileError.on(path, .write, { () throws(SystemError) in try fileStatus(path, followLinks: false) })
                == nil
        else { throw .system(SystemError(code: EEXIST, call: "open"), .write, path: path) }
        let (number, temporary) = (directory.number, temporary)
        file = try FileError.on(path, .write) { () throws(SystemError) in
            try OwnedDescriptor.open(temporary, at: number, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        }
        flock(file.number, LOCK_EX | LOCK_NB)
    }

    deinit { abandon() }

    package func append(_ bytes: [UInt8]) throws(FileError) {
        if let failure = file.write(bytes).failure { throw .system(failure, .write, path: path) }
    }

    /// Gives the file its name, once it is on the disk.
    package func finish() throws(FileError) {
        let number = directory.number
        try FileError.on(path, .write) { () throws(SystemError) in
            try file.synchronize()
            // A link, unlike a rename, replaces nothing; some file systems have none.
            if linkat(number, temporary, number, name, 0) == 0 {
                unlinkat(number, temporary, 0)
            } else {
                guard errno != EEXIST, try fileStatus(name, at: number, followLinks: false) == nil else {
                    throw SystemError(code: EEXIST, call: "link")
                }
                guard renameat(number, temporary, number, name) == 0 else { throw .last("rename") }
            }
            try AtomicFile.synchronizeDirectory(number)
        }
    }

    /// Nothing of it stays that is not finished: the temporary name is nobody else's.
    package func abandon() { unlinkat(directory.number, temporary, 0) }
}
