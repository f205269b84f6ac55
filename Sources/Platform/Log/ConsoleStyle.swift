#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// How lines look on standard error.
package enum ConsoleStyle: Hashable, Sendable {
    case pretty(isColoured: Bool)
    case plain
    case json
    case off

    /// Pretty for a person, plain for a file, a pipe or the journal. Colour only on a terminal that can, and not where
    /// NO_COLOR is set to anything (no-color.org).
    package static func chosen(isTerminal: Bool, environment: Environment) -> ConsoleStyle {
        guard isTerminal else { return .plain }
        let isUnwanted = environment["NO_COLOR"] != nil
        let terminal = environment["TERM"] ?? ""
        return .pretty(isColoured: !isUnwanted && !terminal.isEmpty && terminal != "dumb")
    }

    package static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Standard error as a place for lines. Nothing is kept for it when it fails: whoever closed it does not want them.
struct LogConsole: LogTarget {
    /// How long a descriptor that someone made non-blocking may be full before the lines are given up.
    private static let patienceMilliseconds: Int32 = 1000
    static let keepsLines = false

    let descriptor: Int32

    mutating func append(_ lines: [UInt8], at time: WallTime) -> (taken: Int, failure: FileError?) {
        lines.withUnsafeBytes { memory in
            var done = 0
            while done < memory.count {
                let count = writeDescriptor(descriptor, UnsafeRawBufferPointer(rebasing: memory[done...]))
                if count > 0 {
                    done += count
                } else if errno == EAGAIN || errno == EWOULDBLOCK {
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    guard poll(&wanted, 1, Self.patienceMilliseconds) > 0 else { break }
                } else if errno != EINTR {
                    return (done, .system(.last("write"), .write, path: "standard error"))
                }
            }
            return (memory.count, nil)
        }
    }

}

/// The zone of this machine, as the C library knows it.
package enum LocalTime {
    /// Seconds ahead of UTC at `time`.
    package static func offset(at time: WallTime) -> Int {
        #if canImport(Glibc)
        return cl_zone_offset(Int(time.seconds))
        #else
        var seconds = time_t(time.seconds)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return 0 }
        return parts.tm_gmtoff
        #endif
    }
}
