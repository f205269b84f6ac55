/// A block of IP addresses, such as 100.64.0.0/10 or fd7a:115c:a1e0::/48. One address alone is the smallest.
package struct IPRange: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]
    private let bits: Int

    /// An address, or an address, a slash and how many of its first bits count. Bits behind those must be zero: a block
    /// written otherwise is more likely a mistake than meant.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = SocketAddress(host: String(parts[0]), port: 0)?.addressBytes else { return nil }
        var bits = address.count * 8
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(parts[1]), count <= bits else {
                return nil
            }
            bits = count
        }
        for bit in bits..<address.count * 8 {
            let mask: UInt8 = 0x80 >> UInt8(bit % 8)
            guard address[bit / 8] & mask == 0 else { return nil }
        }
        bytes = address
        self.bits = bits
    }

    /// The addresses that Tailscale gives to the machines of a network.
    package static let tailnet = [IPRange("100.64.0.0/10")!, IPRange("fd7a:115c:a1e0::/48")!]

    /// An IPv4 address counts in whichever form it comes.
    package func contains(_ address: SocketAddress) -> Bool {
        guard let other = address.unmapped.addressBytes, other.count == bytes.count else { return false }
        let whole = bits / 8
        guard other[..<whole] == bytes[..<whole] else { return false }
        guard bits % 8 > 0 else { return true }
        return (other[whole] ^ bytes[whole]) >> (8 - bits % 8) == 0
    }

    package var description: String {
        let host =
            bytes.count == 4
            ? "\(IPv4Address(bits: bytes.reduce(0) { $0 << 8 | UInt32($1) }))" : "\(IPv6Address(bytes: bytes))"
        return bits == bytes.count * 8 ? host : "\(host)/\(bits)"
    }
}

extension SocketAddress {
    /// The same place, as IPv4 if it is an IPv4 address in its IPv6 form.
    package var unmapped: SocketAddress {
        if case .v6(let address, let port, _) = self, let mapped = address.mapped {
            .v4(address: mapped, port: port)
        } else {
            self
        }
    }

    package var isLoopback: Bool {
        switch self {
        case .v4(let address, _): address.isLoopback
        case .v6(let address, _, _): address.isLoopback
        case .unix: false
        }
    }

    /// The address that stands for every address of the machine.
    package var isUnspecified: Bool {
        switch self {
        case .v4(let address, _): address == .any
        case .v6(let address, _, _): address == .any
        case .unix: false
        }
    }

    /// Four bytes, or sixteen, or nil for a path.
    package var addressBytes: [UInt8]? {
        switch self {
        case .v4(let address, _):
            [24, 16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: address.bits >> shift) }
        case .v6(let address, _, _): address.bytes
        case .unix: nil
        }
    }
}
