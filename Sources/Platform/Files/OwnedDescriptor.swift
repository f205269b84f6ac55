#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A descriptor with one owner, closed when the owner goes.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let number: Int32

    package init(_ number: Int32) { self.number = number }

    deinit { closeDescriptor(number) }

    /// Gives the descriptor up; whoever takes the number closes it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Opens a path, relative to `directory` where one is given. Never inherited by child processes, never a
    /// controlling terminal.
    static func open(
        _ path: String, at directory: Int32 = AT_FDCWD, _ flags: Int32, mode: UInt16 = 0
    ) throws(SystemError) -> OwnedDescriptor {
        while true {
            let number = openat(directory, path, flags | O_CLOEXEC | O_NOCTTY, mode_t(mode))
            if number >= 0 { return OwnedDescriptor(number) }
            if errno != EINTR { throw .last("open") }
        }
    }

    /// Writes all of `bytes` from `start` on. Returns how many were written, and what stopped it before the end.
    func write(_ bytes: [UInt8], from start: Int = 0) -> (written: Int, failure: SystemError?) {
        bytes.withUnsafeBytes { memory in
            var done = start
            while done < memory.count {
                let count = writeDescriptor(number, UnsafeRawBufferPointer(rebasing: memory[done...]))
                if count > 0 {
                    done += count
                } else if count == 0 || errno != EINTR {
                    return (done - start, .last("write"))
                }
            }
            return (done - start, nil)
        }
    }

    /// Returns once the contents are on the disk, as far as the operating system can tell.
    func synchronize() throws(SystemError) {
        #if canImport(Darwin)
        // fsync alone leaves the bytes in the drive's cache there.
        if fcntl(number, F_FULLFSYNC) == 0 { return }
        #endif
        while fsync(number) != 0 {
            if errno != EINTR { throw .last("fsync") }
        }
    }
}

func fileStatus(_ descriptor: Int32) throws(SystemError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last("fstat") }
    return status
}

/// What a path names now; nil when nothing is there.
func fileStatus(_ path: String, at directory: Int32 = AT_FDCWD, followLinks: Bool) throws(SystemError) -> stat? {
    var status = stat()
    if fstatat(directory, path, &status, followLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 { return status }
    if errno == ENOENT { return nil }
    throw .last("stat")
}

/// Where a symbolic link points; nil when the path is no link.
func linkTarget(_ path: String, at directory: Int32 = AT_FDCWD) throws(SystemError) -> String? {
    // PATH_MAX holds for what a link contains as well.
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = bytes.withUnsafeMutableBytes { memory in
        readlinkat(directory, path, memory.baseAddress!.assumingMemoryBound(to: CChar.self), memory.count)
    }
    if count >= 0 { return String(decoding: bytes[..<count], as: UTF8.self) }
    if errno == EINVAL { return nil }
    throw .last("readlink")
}

/// Links followed before a path counts as going round in a circle; the kernel's own limit.
let linkLimit = 40

/// `read`, out of the way of methods of that name.
func readDescriptor(_ descriptor: Int32, _ memory: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Glibc)
    Glibc.read(descriptor, memory.baseAddress, memory.count)
    #else
    Darwin.read(descriptor, memory.baseAddress, memory.count)
    #endif
}

/// Up to `count` bytes of a file from `start` on; fewer at its end.
func readBytes(_ descriptor: Int32, from start: Int, count: Int) throws(SystemError) -> [UInt8] {
    guard count > 0 else { return [] }
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
        while filled < count {
            let got = pread(descriptor, memory.baseAddress! + filled, count - filled, off_t(start + filled))
            if got == 0 { return }
            if got > 0 {
                filled += got
            } else if errno != EINTR {
                failure = .last("pread")
                return
            }
        }
    }
    if let failure { throw failure }
    return bytes
}

/// `write`, out of the way of methods of that name.
func writeDescriptor(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
    Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #else
    Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
}

extension stat {
    var kind: mode_t { st_mode & S_IFMT }

    /// Same file, whatever its name: device and number.
    func isSameFile(as other: stat) -> Bool { st_dev == other.st_dev && st_ino == other.st_ino }
}
