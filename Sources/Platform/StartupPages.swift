#if os(Linux)
import CLinux
import Glibc
#endif

/// Code and constants that only the start needed. A Swift process touches several megabytes of them once (metadata,
/// conformances, initialisers), and the kernel maps 64 KiB around each touch; afterwards they stay in the process's
/// resident set until memory is short.
package enum StartupPages {
    /// What a start leaves to do (log lines, threads that go to rest) is done by then.
    static let settleTime = Duration.seconds(1)

    @LoopActor private static var timer: LoopTimer?

    /// Gives the pages of all program text and constants back to the page cache, once the start has settled. What is
    /// needed again comes back from there without I/O.
    @LoopActor package static func releaseSoon() {
        let clock = EventLoop.shared
        timer = clock.makeTimer {
            release()
            ProcessMemory.giveBackFree()
            timer = nil
        }
        timer?.arm(at: clock.now + settleTime)
    }

    /// The same at once, for a program that is about to do something else than its start did, and not for long.
    package static func releaseNow() { release() }

    /// A segment that was ever writable, relocated data above all, is not touched: it does not hold what the file holds.
    private static func release() {
        #if os(Linux)
        _ = cl_each_object { object, _, _ in
            guard let object = object?.pointee, StartupPages.isFile(object.name) else { return 0 }
            for segment in UnsafeBufferPointer(start: object.segments, count: Int(object.count))
            where segment.p_type == UInt32(PT_LOAD) && segment.p_flags & UInt32(PF_W) == 0 {
                StartupPages.giveBack(UInt(object.address + segment.p_vaddr), UInt(segment.p_memsz))
            }
            return 0
        }
        #endif
    }

    #if os(Linux)
    /// The kernel's own page of code is the one object that is no file.
    private static func isFile(_ name: UnsafePointer<CChar>?) -> Bool {
        name.map { strncmp($0, "linux-vdso", 10) != 0 } ?? true
    }

    private static func giveBack(_ start: UInt, _ count: UInt) {
        let page = UInt(getpagesize())
        let first = start & ~(page - 1)
        let end = (start + count + page - 1) & ~(page - 1)
        madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED)
    }
    #endif
}
