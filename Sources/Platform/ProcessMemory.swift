#if os(Linux)
import CLinux
#endif

/// How much memory the process takes beside what it needs.
package enum ProcessMemory {
    /// One heap for all threads. The C library would begin another for each thread that meets a lock, and the few that
    /// there are beside the loop seldom allocate. To be called before the first of them starts.
    package static func useOneHeap() {
        #if os(Linux)
        mallopt(M_ARENA_MAX, 1)
        #endif
    }

    /// Gives back what is free within the heap: a start reads a configuration and throws most of it away.
    static func giveBackFree() {
        #if os(Linux)
        malloc_trim(0)
        #endif
    }
}
