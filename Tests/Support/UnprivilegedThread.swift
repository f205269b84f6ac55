#if os(Linux)
import Glibc
import Platform

@_silgen_name("setfsuid") private func setFileSystemUser(_ user: UInt32) -> Int32

/// Runs `body` on a thread that the file system treats as the user nobody, so that root's tests meet permissions too.
package func withoutPrivileges<Value: Sendable>(_ body: @escaping @Sendable () -> Value) throws -> Value {
    let result = Monitor<Value?>(nil)
    let thread = try OperatingThread(name: "nobody") {
        // Holds for this thread alone, unlike setuid of the C library.
        _ = setFileSystemUser(65534)
        let value = body()
        result.withLock { $0 = value }
    }
    thread.join()
    return result.withLock { $0 }!
}
#endif
