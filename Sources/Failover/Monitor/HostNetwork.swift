import Platform

/// What this host says of the way out of it: the files under /proc and /etc, as texts.
enum HostNetwork {
    static let routes = "/proc/net/route"
    static let resolver = "/etc/resolv.conf"
    /// Where the servers stand that a resolver on this host itself asks.
    static let resolverBehind = "/run/systemd/resolve/resolv.conf"
    static let sizeLimit = 256 * 1024

    /// A line of the table of routes: interface, destination, gateway, flags, …, the addresses as hexadecimal words of the
    /// host's byte order.
    static func gateways(inRoutes text: String) -> [IPv4Address] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split { $0 == "\t" || $0 == " " }
            guard fields.count > 7, UInt32(fields[1], radix: 16) == 0, UInt32(fields[7], radix: 16) == 0,
                let flags = UInt32(fields[3], radix: 16), flags & up == up,
                let gateway = UInt32(fields[2], radix: 16), gateway != 0
            else { return nil }
            return IPv4Address(bits: UInt32(bigEndian: gateway))
        }
    }

    /// The route is up, and leads through a gateway.
    private static let up: UInt32 = 3

    /// Those on this host itself tell nothing of the way out of it.
    static func nameServers(inResolver text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count > 1, words[0] == "nameserver" else { return nil }
            let address = String(words[1])
            let isLoopback = IPv4Address(address)?.isLoopback ?? IPv6Address(address)?.isLoopback
            return isLoopback == false ? address : nil
        }
    }
}
