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
    /// The entry of `gateway.controlUi.allowedOrigins` that `browserOrigin` is; nil for the gateway's own pages.
    var listedOrigin: WebOrigin?
    let isEncrypted: Bool
    /// The user whom a trusted proxy names, not believed yet.
    var claim: ProxyClaim?
    /// What it called this gateway: a name that the list of hosts has let through.
    var host: String?
}

/// What a proxy says of its visitor, and the secret by which it says so.
struct ProxyClaim: Sendable, Hashable {
    let user: String
    /// What stood in the secret's field.
    let shown: SecretDigest?
    let hasRequiredHeaders: Bool
    /// By the unix socket, whose peer the kernel names.
    let isFromSocket: Bool
}

extension ClientOrigin {
    /// What limits are counted by: an IPv4 address whatever form it came in, an IPv6 network of 64 bits. On loopback
    /// the gateway's own pages have a count of their own, and so have those of each listed origin and visitors of an
    /// unknown proxy, so that none locks out the programs of this machine. What Origin says beyond that counts nothing:
    /// a program would write another one with each guess.
    var limitKey: String {
        guard let address = address?.unmapped else { return "unix" }
        guard !address.isLoopback else {
            return "loopback\(isDirectlyLocal ? "" : "|forwarded")" + page
        }
        return switch address {
        case .v4(let address, _): address.description
        case .v6(let address, _, _):
            IPv6Address(bytes: Array(address.bytes.prefix(8)) + Array(repeating: 0, count: 8)).description + "/64"
        case .unix: "unix"
        }
    }

    private var page: String {
        guard browserOrigin != nil else { return "" }
        return "|" + (listedOrigin.map { "\($0.scheme)://\($0.host):\($0.port ?? 0)" } ?? "own")
    }

    /// The owner of the machine's account, proven by the kernel. Forwarded requests are somebody else's.
    var isOwner: Bool { way == .socket && isDirectlyLocal }
}
