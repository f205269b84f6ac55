/// An address that could not be connected to.
package struct FailedAttempt: Hashable, Sendable, CustomStringConvertible {
    package let address: SocketAddress
    package let error: SystemError

    package var description: String { "\(address): \(error.reason)" }
}

/// Why there is no connection. The texts name the host and what a person can do.
package enum DialError: Error, Equatable, Sendable, CustomStringConvertible {
    case unresolved(host: String, ResolveError)
    /// Each address that was tried, with its reason.
    case unreachable(target: String, [FailedAttempt])
    /// The proxy, or its setting, is at fault.
    case proxy(String)
    case insecure(target: String, StreamError)
    /// `during` says what was waited for.
    case timedOut(target: String, during: String)
    case invalid(String)
    case cancelled

    package var description: String {
        switch self {
        case .unresolved(let host, let error): "cannot find \(host): \(error)"
        case .unreachable(let target, let attempts):
            "cannot connect to \(target): " + attempts.map(\.description).joined(separator: "; ")
        case .proxy(let reason): reason
        case .insecure(let target, .tls(let reason)): "no secure connection to \(target): \(reason)"
        case .insecure(let target, let error): "no secure connection to \(target): \(error)"
        case .timedOut(let target, let during): "no connection to \(target) in time: \(during)"
        case .invalid(let reason): reason
        case .cancelled: "cancelled"
        }
    }
}
