#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that grows at its end alone, open for one piece of work. What was appended is on the disk when `append`
/// returns; when it throws, nothing of it is in the file. Everything here blocks; for the blocking pool.
package struct AppendFile: ~Copyable {
    /// How far an append has come. Tests let each fail.
    package enum Step: CaseIterable, Sendable {
        case written, synchronized
    }

    package let path: String
    private let descriptor: OwnedDescriptor

    private init(_ descriptor: consuming OwnedDescriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens a file beneath `directory`; links are refused. `creates` makes one that is not there, durably, in a
    /// directory that is.
    package static func open(
        _ file: SafePath, in directory: SafeDirectory, creates: Bool = false
    ) throws(FileError) -> AppendFile {
        let shown = directory.shown(file)
        let parent = try directory.parent(of: file, .open)
        let name = file.parts[file.parts.count - 1]
        let opened = try FileError.on(shown, .open) { () throws(SystemError) in
            let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK
            do throws(SystemError) {
                return try OwnedDescriptor.open(name, at: parent.number, flags)
            } catch {
                guard creates, error.code == ENOENT else { throw error }
                let made = try OwnedDescriptor.open(
                    name, at: parent.number, flags | O_CREAT, mode: AtomicFile.privateMode)
                try AtomicFile.synchronizeDirectory(parent.number)
                return made
            }
        }
        let number = opened.number
        let status = try FileError.on(shown, .open) { () throws(SystemError) in try fileStatus(number) }
        guard status.kind == S_IFREG else { throw .notRegular(path: shown) }
        return AppendFile(opened, path: shown)
    }

    package func size() throws(FileError) -> Int {
        let number = descriptor.number
        return try FileError.on(path, .read) { () throws(SystemError) in Int(try fileStatus(number).st_size) }
    }

    /// Up to `count` bytes from `start` on; fewer at the end of the file.
    package func read(from start: Int, count: Int) throws(FileError) -> [UInt8] {
        let number = descriptor.number
        return try FileError.on(path, .read) { () throws(SystemError) in
            try readBytes(number, from: start, count: count)
        }
    }

    /// Writes `bytes` behind the first `size` bytes, which must be all there are, and returns when they are on the disk.
    package func append(_ bytes: [UInt8], at size: Int) throws(FileError) {
        try append(bytes, at: size) { _ throws(SystemError) in }
    }

    package func append(
        _ bytes: [UInt8], at size: Int, after step: (Step) throws(SystemError) -> Void
    ) throws(FileError) {
        let number = descriptor.number
        guard try self.size() == size else {
            throw .system(SystemError(code: ESTALE, call: "write"), .write, path: path)
        }
        do throws(FileError) {
            try FileError.on(path, .write) { () throws(SystemError) in
                try Self.write(bytes, to: number, at: size)
                try step(.written)
                try descriptor.synchronize()
                try step(.synchronized)
            }
        } catch {
            // A reader must not meet half of it; where even this fails, the next one to open the file cuts it.
            try? cut(to: size)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to number: Int32, at start: Int) throws(SystemError) {
        var failure: SystemError?
        bytes.withUnsafeBytes { memory in
            var done = 0
            while done < memory.count {
                let count = pwrite(number, memory.baseAddress! + done, memory.count - done, off_t(start + done))
                if count > 0 {
                    done += count
                } else if count == 0 || errno != EINTR {
                    failure = .last("write")
                    return
                }
            }
        }
        if let failure { throw failure }
    }

    /// Takes away all behind the first `size` bytes, durably.
    package func cut(to size: Int) throws(FileError) {
        let number = descriptor.number
        try FileError.on(path, .write) { () throws(SystemError) in
            guard ftruncate(number, off_t(size)) == 0 else { throw .last("truncate") }
            try descriptor.synchronize()
        }
    }
}
