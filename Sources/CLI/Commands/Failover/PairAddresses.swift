import Gateway
import Platform
import Settings
import Wire

/// How the two nodes reach each other: as ssh does, unless it was said otherwise.
@LoopActor
struct PairAddresses {
    private let invocation: Invocation
    private let snapshot: ConfigSnapshot
    private let guest: PairGuest.Facts

    init(_ invocation: Invocation, _ snapshot: ConfigSnapshot, _ guest: PairGuest.Facts) {
        self.invocation = invocation
        self.snapshot = snapshot
        self.guest = guest
    }

    func primary(_ port: UInt16, _ known: String) throws(CommandFailure) -> String {
        if let given = try given("--url") { return given }
        if !known.isEmpty { return known }
        let bind = snapshot.string("gateway.bind") ?? "loopback"
        let address = SocketAddress(host: guest.here, port: port)
        let isHere = address.map(PlainTransport.ground) == .loopback
        guard bind != "loopback" || isHere else {
            throw CommandFailure(
                .notGood, "loopback", "this gateway listens on loopback only, so no standby could watch it",
                details: ["tailnet where both hosts are in one VPN, else lan behind a firewall"],
                next: ["\(invocation.program) config set gateway.bind tailnet"])
        }
        guard let address else { throw unknown("--url") }
        return "ws://\(address)"
    }

    func standby(_ port: Int, _ known: String) throws(CommandFailure) -> String {
        if let given = try given("--standby-url") { return given }
        if !known.isEmpty { return known }
        guard let port = UInt16(exactly: port), let address = SocketAddress(host: guest.there, port: port) else {
            throw unknown("--standby-url")
        }
        return "ws://\(address)"
    }

    private func given(_ flag: String) throws(CommandFailure) -> String? {
        guard let text = invocation[flag] else { return nil }
        guard let url = try? WebURL(text), url.scheme == .ws || url.scheme == .wss else {
            throw .usage("\(flag): \(text.shown) does not begin with ws:// or wss://", hint: invocation.command.usage)
        }
        return text
    }

    private func unknown(_ flag: String) -> CommandFailure {
        CommandFailure(
            .usage, "usage", "ssh does not tell the addresses of both hosts (SSH_CONNECTION), so \(flag) must",
            next: ["\(invocation.program) failover pair --help"])
    }

    /// What the standby's gateway is to listen on, so that it is reached at `url`.
    static func bind(_ url: String) -> String {
        guard let url = try? WebURL(url), let address = SocketAddress(host: url.host, port: url.port) else {
            return "lan"
        }
        return switch PlainTransport.ground(of: address) {
        case .loopback: "loopback"
        case .vpn: "tailnet"
        case .privateNetwork, .open: "lan"
        }
    }
}
