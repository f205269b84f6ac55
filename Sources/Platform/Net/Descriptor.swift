#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// A pipe whose ends do not block and are not inherited by child processes.
func makePipe() throws(SystemError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    #if os(Linux)
    guard cl_pipe(&ends) == 0 else { throw .last("pipe2") }
    #else
    guard pipe(&ends) == 0 else { throw .last("pipe") }
    for end in ends { makeNonBlocking(end) }
    #endif
    return (ends[0], ends[1])
}

/// Non-blocking, and closed in child processes.
func makeNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
}
