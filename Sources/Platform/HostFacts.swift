#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the machine says of itself.
package enum HostFacts {
    package static let nameLimit = 256

    package static var hostName: String {
        var name = [CChar](repeating: 0, count: nameLimit)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The word that clients know the system by.
    package static var platform: String {
        #if os(Linux)
        "linux"
        #else
        "darwin"
        #endif
    }

    /// The words that clients know processors by.
    package static var architecture: String {
        #if arch(x86_64)
        "x64"
        #elseif arch(arm64)
        "arm64"
        #elseif arch(arm)
        "arm"
        #else
        "unknown"
        #endif
    }

    /// The kernel's release; empty when it does not say.
    package static var kernelRelease: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: &names.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    package static var processID: Int32 { getpid() }

    package static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Over one, five and fifteen minutes; nil where the system does not tell.
    package static var loadAverages: [Double]? {
        var loads = [Double](repeating: 0, count: 3)
        return getloadavg(&loads, 3) == 3 ? loads : nil
    }

    /// Bytes of the machine's memory, and those that programs could still have.
    package static var memory: (total: Int64, available: Int64) {
        let page = Int64(sysconf(Int32(_SC_PAGESIZE)))
        let total = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * page
        #if os(Linux)
        // What is cached is counted as used by the page count, but not by this estimate of the kernel.
        if let kibibytes = Self.field("MemAvailable", in: "/proc/meminfo")?.split(separator: " ").first.flatMap({
            Int64($0)
        }) {
            return (total, kibibytes * 1024)
        }
        return (total, Int64(sysconf(Int32(_SC_AVPHYS_PAGES))) * page)
        #else
        return (total, 0)
        #endif
    }

    /// Bytes of memory that this process holds; nil where the system does not tell.
    package static var residentBytes: Int64? {
        #if os(Linux)
        guard let text = Self.text("/proc/self/statm") else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int64(fields[1]).map { $0 * Int64(sysconf(Int32(_SC_PAGESIZE))) } : nil
        #else
        return nil
        #endif
    }

    /// What the processor and the system are called; nil where nothing says so. Blocks.
    package static var processorName: String? {
        #if os(Linux)
        Self.field("model name", in: "/proc/cpuinfo") ?? Self.field("Model", in: "/proc/cpuinfo")
        #else
        nil
        #endif
    }

    package static var systemName: String {
        #if os(Linux)
        let lines = (Self.text("/etc/os-release") ?? "").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("PRETTY_NAME=") }) else { return "Linux" }
        return String(line.dropFirst(12).filter { $0 != "\"" })
        #else
        return "macOS"
        #endif
    }

    /// Bytes of the file system that `path` lies on, all and those free for this user; nil when it cannot be asked.
    /// Blocks, on a dead network drive for ever.
    package static func disk(at path: String) -> (total: Int64, available: Int64)? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let block = Int64(status.f_frsize)
        return (Int64(status.f_blocks) * block, Int64(status.f_bavail) * block)
    }

    #if os(Linux)
    private static let textLimit = 1 << 20

    private static func text(_ path: String) -> String? {
        (try? FileReading.read(path, limit: textLimit)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of `name : value` in a text of such lines.
    private static func field(_ name: String, in path: String) -> String? {
        for line in (text(path) ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2,
                parts[0].split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ") == name
            else { continue }
            return String(parts[1].drop { $0 == " " || $0 == "\t" })
        }
        return nil
    }
    #endif
}
