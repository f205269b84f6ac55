#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The process's standard output and standard error.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Opens the null device for each standard stream that the process was started without. Otherwise the next file
    /// opened would take its number, and what is written to the stream would land in that file.
    package static func ensureAllOpen() {
        for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 { _ = open("/dev/null", O_RDWR) }
    }

    /// Writes all of `text`, whatever it takes. A closed pipe is nobody's business any more.
    package func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = systemWrite(rawValue, bytes.baseAddress! + offset, bytes.count - offset)
                if count > 0 {
                    offset += count
                } else if errno == EAGAIN {
                    var one = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                    poll(&one, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }

    /// Writes `text` as far as that does not wait: for the loop, which must not stand still because nobody reads a pipe.
    /// Returns whether all was written.
    @discardableResult
    package func offer(_ text: String) -> Bool { Self.offer(text, to: rawValue) }

    static func offer(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                var one = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&one, 1, 0) == 1, one.revents & Int16(POLLOUT) != 0 else { return false }
                // What a pipe that is ready for writing takes at once, always (pipe(7)).
                let part = min(Int(PIPE_BUF), bytes.count - offset)
                let count = systemWrite(descriptor, bytes.baseAddress! + offset, part)
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
    }

    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether a person can answer.
    package static var isInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// The terminal's width in columns, where it tells.
    package var columns: Int? {
        var size = winsize()
        guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// `write`, out of the way of methods of that name.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
    #if canImport(Glibc)
    Glibc.write(descriptor, bytes, count)
    #else
    Darwin.write(descriptor, bytes, count)
    #endif
}
