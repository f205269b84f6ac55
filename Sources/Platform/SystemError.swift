#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A system call that failed: which, and the operating system's reason.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Int32
    package let call: String

    package init(code: Int32, call: String) {
        self.code = code
        self.call = call
    }

    /// The calling thread's last error. To be taken right after the call that failed.
    package static func last(_ call: String) -> SystemError { SystemError(code: errno, call: call) }

    /// The reason in words, without the call.
    package var reason: String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }

    package var description: String { "\(call): \(reason)" }
}

extension SystemError {
    package var isAddressTaken: Bool { code == EADDRINUSE }
    /// Somebody is there, and nobody listens.
    package var isRefusal: Bool { code == ECONNREFUSED }
}
