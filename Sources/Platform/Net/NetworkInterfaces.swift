#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// The addresses that this machine has.
package enum NetworkInterfaces {
    /// Those of interfaces that are up. The port is 0; a link-local address carries its interface.
    package static var addresses: [SocketAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: [SocketAddress] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & UInt32(IFF_UP) != 0, let address = entry.ifa_addr else { continue }
            var storage = sockaddr_storage()
            let size =
                switch Int32(address.pointee.sa_family) {
                case AF_INET: MemoryLayout<sockaddr_in>.size
                case AF_INET6: MemoryLayout<sockaddr_in6>.size
                default: 0
                }
            guard size > 0 else { continue }
            withUnsafeMutableBytes(of: &storage) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: size))
            }
            if let one = SocketAddress(storage) { found.append(one) }
        }
        return found
    }
}
