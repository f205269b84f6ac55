#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An IPv4 address, kept in the host's byte order.
package struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt32

    package static let loopback = IPv4Address(bits: 0x7f00_0001)
    package static let any = IPv4Address(bits: 0)

    package init(bits: UInt32) { self.bits = bits }

    /// Four decimal numbers; the shorter and octal forms that some resolvers take are refused.
    package init?(_ text: String) {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        bits = UInt32(bigEndian: address.s_addr)
    }

    package var isLoopback: Bool { bits >> 24 == 127 }

    package var description: String { "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)" }
}

/// An IPv6 address as its sixteen bytes.
package struct IPv6Address: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package static let loopback = IPv6Address(bytes: Array(repeating: 0, count: 15) + [1])
    package static let any = IPv6Address(bytes: Array(repeating: 0, count: 16))

    package init(bytes: [UInt8]) {
        precondition(bytes.count == 16)
        self.bytes = bytes
    }

    package init?(_ text: String) {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        bytes = withUnsafeBytes(of: address) { Array($0) }
    }

    package var isLoopback: Bool { self == .loopback || mapped?.isLoopback == true }

    /// The IPv4 address inside `::ffff:a.b.c.d`.
    package var mapped: IPv4Address? {
        guard bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 255, bytes[11] == 255 else { return nil }
        return IPv4Address(bits: bytes[12...].reduce(0) { $0 << 8 | UInt32($1) })
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = bytes.withUnsafeBytes { inet_ntop(AF_INET6, $0.baseAddress, &text, socklen_t(text.count)) }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
