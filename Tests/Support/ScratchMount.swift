#if os(Linux)
import Glibc

/// A small file system of its own, to be full or read-only. Only root can have one.
package final class ScratchMount: Sendable {
    package let directory = ScratchDirectory()

    /// Nil where mounting is not allowed and TEST_ALLOW_SKIP names "mount"; any other failure ends the tests.
    package init?(kilobytes: Int) {
        guard mount("none", directory.path, "tmpfs", 0, "size=\(kilobytes)k,mode=755") == 0 else {
            let allowed = getenv("TEST_ALLOW_SKIP").map { String(cString: $0) } ?? ""
            precondition(
                allowed.split(separator: ",").contains("mount"),
                "cannot mount a file system for the test (errno \(errno)); run as root or set TEST_ALLOW_SKIP=mount")
            return nil
        }
    }

    package func makeReadOnly() {
        let flags = UInt(MS_REMOUNT) | UInt(MS_RDONLY)
        precondition(mount("none", directory.path, "tmpfs", flags, nil) == 0, "remount: \(errno)")
    }

    /// Writes until nothing more fits.
    package func fill() {
        let file = open(directory.path("filler"), O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 0x20, count: 4096)
        while write(file, block, block.count) > 0 {}
        close(file)
    }

    package func makeRoom() { directory.delete("filler") }

    deinit { umount2(directory.path, Int32(MNT_DETACH)) }
}
#endif
