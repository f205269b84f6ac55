#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension ProcessFacts {
    /// The file that the process runs; nil when we may not know.
    package static func program(of process: Int32) -> String? {
        #if os(Linux)
        guard let path = (try? linkTarget("/proc/\(process)/exe")) ?? nil else { return nil }
        // Its file was replaced by a newer one.
        return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
        #else
        return nil
        #endif
    }

    /// Whether the process has the file open. Blocks as long as the kernel does.
    package static func holds(_ process: Int32, file path: String) -> Bool {
        #if os(Linux)
        guard let wanted = (try? fileStatus(path, followLinks: true)) ?? nil,
            let names = try? directoryNames("/proc/\(process)/fd")
        else { return false }
        return names.contains { name in
            guard let open = (try? fileStatus("/proc/\(process)/fd/\(name)", followLinks: true)) ?? nil else {
                return false
            }
            return open.isSameFile(as: wanted)
        }
        #else
        return false
        #endif
    }

    /// Asks the process to end, or, `hard`, ends it.
    package static func end(_ process: Int32, hard: Bool) throws(SystemError) {
        precondition(process > 1, "not a process that anyone may end")
        guard kill(process, hard ? SIGKILL : SIGTERM) == 0 || errno == ESRCH else { throw .last("kill") }
    }

    /// A zombie counts as gone: it holds nothing any more.
    package static func isRunning(_ process: Int32) -> Bool {
        guard kill(process, 0) == 0 || errno == EPERM else { return false }
        #if os(Linux)
        guard let text = read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return false }
        return text[text.index(after: end)...].split(separator: " ").first != "Z"
        #else
        return true
        #endif
    }
}
