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
}
