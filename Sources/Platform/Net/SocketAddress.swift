#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// Where a socket is bound or connected: an IP address with a port, or a path.
package enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(address: IPv4Address, port: UInt16)
    case v6(address: IPv6Address, port: UInt16, scope: UInt32 = 0)
    case unix(path: String)

    /// Longest path a unix socket address holds, without the terminating zero.
    package static let pathLimit = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    package var port: UInt16? {
        switch self {
        case .v4(_, let port), .v6(_, let port, _): port
        case .unix: nil
        }
    }

    package var description: String {
        switch self {
        case .v4(let address, let port): "\(address):\(port)"
        case .v6(let address, let port, _): "[\(address)]:\(port)"
        case .unix(let path): path
        }
    }

    /// An IP address in its usual notation; names are not resolved.
    package init?(host: String, port: UInt16) {
        if let address = IPv4Address(host) {
            self = .v4(address: address, port: port)
        } else if let address = IPv6Address(host) {
            self = .v6(address: address, port: port)
        } else {
            return nil
        }
    }

    package func withPort(_ port: UInt16) -> SocketAddress {
        switch self {
        case .v4(let address, _): .v4(address: address, port: port)
        case .v6(let address, _, let scope): .v6(address: address, port: port, scope: scope)
        case .unix: self
        }
    }

    package static func loopback(port: UInt16) -> SocketAddress { .v4(address: .loopback, port: port) }

    var family: Int32 {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the form that system calls take.
    func withSystemAddress<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        var storage = sockaddr_storage()
        let length = withUnsafeMutableBytes(of: &storage) { raw -> Int in
            switch self {
            case .v4(let address, let port):
                let target = raw.baseAddress!.assumingMemoryBound(to: sockaddr_in.self)
                target.pointee.sin_family = sa_family_t(AF_INET)
                target.pointee.sin_port = port.bigEndian
                target.pointee.sin_addr.s_addr = address.bits.bigEndian
                return MemoryLayout<sockaddr_in>.size
            case .v6(let address, let port, let scope):
                let target = raw.baseAddress!.assumingMemoryBound(to: sockaddr_in6.self)
                target.pointee.sin6_family = sa_family_t(AF_INET6)
                target.pointee.sin6_port = port.bigEndian
                target.pointee.sin6_scope_id = scope
                withUnsafeMutableBytes(of: &target.pointee.sin6_addr) { $0.copyBytes(from: address.bytes) }
                return MemoryLayout<sockaddr_in6>.size
            case .unix(let path):
                let target = raw.baseAddress!.assumingMemoryBound(to: sockaddr_un.self)
                target.pointee.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &target.pointee.sun_path) {
                    $0.copyBytes(from: path.utf8.prefix(Self.pathLimit))
                }
                return MemoryLayout<sockaddr_un>.size
            }
        }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    /// Reads what a system call filled in.
    init?(_ storage: sockaddr_storage) {
        let address: SocketAddress? = withUnsafeBytes(of: storage) { raw in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let source = raw.loadUnaligned(as: sockaddr_in.self)
                return .v4(
                    address: IPv4Address(bits: UInt32(bigEndian: source.sin_addr.s_addr)),
                    port: UInt16(bigEndian: source.sin_port))
            case AF_INET6:
                let source = raw.loadUnaligned(as: sockaddr_in6.self)
                let bytes = withUnsafeBytes(of: source.sin6_addr) { Array($0) }
                return .v6(
                    address: IPv6Address(bytes: bytes), port: UInt16(bigEndian: source.sin6_port),
                    scope: source.sin6_scope_id)
            case AF_UNIX:
                let source = raw.loadUnaligned(as: sockaddr_un.self)
                let path = withUnsafeBytes(of: source.sun_path) { Array($0.prefix { $0 != 0 }) }
                return .unix(path: String(decoding: path, as: UTF8.self))
            default:
                return nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// The local end of a socket, or the remote one.
    static func of(_ descriptor: Int32, remote: Bool = false) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                remote ? getpeername(descriptor, $0, &length) : getsockname(descriptor, $0, &length)
            }
        }
        return result == 0 ? SocketAddress(storage) : nil
    }
}
