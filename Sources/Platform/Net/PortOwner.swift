#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The process that listens on a port of this machine.
package struct PortOwner: Hashable, Sendable {
    package let process: Int32
    /// The program's name, as far as the kernel keeps it.
    package let name: String?

    /// Who holds the port, of those whose descriptors we may see: our own user's, or all for root. Blocks; for the
    /// blocking pool.
    package static func find(port: UInt16) -> PortOwner? {
        #if os(Linux)
        let sockets = listening(on: port)
        guard !sockets.isEmpty, let names = try? directoryNames("/proc") else { return nil }
        for process in names.lazy.compactMap({ Int32($0) }) where holds(process, sockets) {
            return PortOwner(process: process, name: ProcessFacts.name(of: process))
        }
        #endif
        return nil
    }

    #if os(Linux)
    /// A machine with more sockets than this gets no answer.
    private static let tableLimit = 8 << 20
    private static let stateListening = "0A"

    /// The inodes of listening sockets (proc_pid_net(5)).
    private static func listening(on port: UInt16) -> Set<String> {
        let digits = String(port, radix: 16, uppercase: true)
        let wanted = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        var found: Set<String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            guard let bytes = try? FileReading.read(table, limit: tableLimit) else { continue }
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[1].hasSuffix(wanted), fields[3] == stateListening else { continue }
                found.insert("socket:[\(fields[9])]")
            }
        }
        return found
    }

    private static func holds(_ process: Int32, _ sockets: Set<String>) -> Bool {
        let directory = "/proc/\(process)/fd"
        guard let names = try? directoryNames(directory) else { return false }
        return names.contains { name in
            var target = [CChar](repeating: 0, count: 64)
            let count = readlink(directory + "/" + name, &target, target.count)
            guard count > 0 else { return false }
            return sockets.contains(String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
    }
    #endif
}
