#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the system tells of processes. Read from memory of the kernel's, so nothing here waits for a disk.
package enum ProcessFacts {
    /// Processes have not that many ancestors; a loop in what is read must end.
    static let ancestorLimit = 256
    private static let statusLimit = 4096

    package static var own: Int32 { getpid() }
    package static var parentOfOwn: Int32 { getppid() }
    package static var user: UInt32 { geteuid() }

    /// Whether `ancestor` started the process, or started who started it. A process that cannot be looked at, or that
    /// shares the service of `ancestor`, counts as one: a daemon leaves its parents behind, but not its control group.
    package static func descends(_ process: Int32, from ancestor: Int32) -> Bool {
        #if os(Linux)
        if process == ancestor { return false }
        if let group = controlGroup(of: ancestor), isService(group), controlGroup(of: process) == group { return true }
        var current = process
        for _ in 0..<ancestorLimit {
            guard let above = parent(of: current) else { return true }
            if above == ancestor { return true }
            if above <= 1 { return false }
            current = above
        }
        return true
        #else
        return false
        #endif
    }

    /// Nil when there is no such process.
    package static func parent(of process: Int32) -> Int32? {
        // The name in parentheses may hold anything; what follows the last one is fields (proc_pid_stat(5)).
        guard let text = read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    /// The program's name as the kernel keeps it, at most 15 bytes.
    package static func name(of process: Int32) -> String? {
        read("/proc/\(process)/comm").map { String($0.prefix { $0 != "\n" }) }
    }

    /// The control group of cgroup version 2.
    static func controlGroup(of process: Int32) -> String? {
        read("/proc/\(process)/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::") }.map {
            String($0.dropFirst(3))
        }
    }

    /// A unit of our own, as service managers make them; a login session or a container holds other programs too.
    static func isService(_ group: String) -> Bool {
        guard let last = group.split(separator: "/").last else { return false }
        return last.hasPrefix("openclaw") && last.hasSuffix(".service")
    }

    static func read(_ path: String) -> String? {
        (try? FileReading.read(path, limit: statusLimit)).map { String(decoding: $0, as: UTF8.self) }
    }
}
