#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The file that this process was started from.
package struct RunningProgram: Hashable, Sendable {
    package let path: String
    /// Whether another file, or none, has its place by now: what runs is not what would be started.
    package let isReplaced: Bool

    /// Nil where the system does not tell.
    package static var current: RunningProgram? {
        #if os(Linux)
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        let text = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return RunningProgram(link: text)
        #else
        return CommandLine.arguments.first.map { RunningProgram(path: $0, isReplaced: false) }
        #endif
    }

    private init(path: String, isReplaced: Bool) {
        self.path = path
        self.isReplaced = isReplaced
    }

    /// The kernel's own words for the file: a removed one's path ends in ` (deleted)`.
    package init(link: String) {
        let mark = " (deleted)"
        isReplaced = link.hasSuffix(mark)
        path = isReplaced ? String(link.dropLast(mark.count)) : link
    }
}
