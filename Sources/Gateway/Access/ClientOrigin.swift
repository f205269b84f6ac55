import Platform
import Wire

/// Where a request or a connection comes from, as far as it was proven. It never says who somebody is.
struct ClientOrigin: Sendable {
    /// The way to the gateway.
    enum Way: Sendable, Equatable {
        case tcp
        /// The unix socket in the state directory, which only its owner can open.
        case socket
        /// The unix socket, by a process that descends from the gateway: the agent's own shell.
        case ownDescendant
    }

    let way: Way
    /// The client's own address, found through trusted proxies; limits are counted by it. Nil on the unix socket.
    let address: SocketAddress?
    /// By the unix socket, or by loopback with nobody forwarding.
    let isDirectlyLocal: Bool
    /// The Origin field, which only browsers send.
    let browserOrigin: String?
    let isEncrypted: Bool
}

extension ClientOrigin {
    /// What limits are counted by: an IPv4 address whatever form it came in, an IPv6 network of 64 bits.
    var limitKey: String {
        switch address {
        case .v4(let address, _)?: address.description
        case .v6(let address, _, _)?:
            address.mapped?.description
                ?? IPv6Address(bytes: Array(address.bytes.prefix(8)) + Array(repeating: 0, count: 8)).description
                + "/64"
        case .unix?, nil: "unix"
        }
    }
}
