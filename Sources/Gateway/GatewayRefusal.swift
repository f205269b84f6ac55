package import Platform
package import Store

/// Why the gateway did not start. The text names what is in the way and the way out.
package enum GatewayRefusal: Error, CustomStringConvertible {
    /// Another gateway holds this state directory.
    case stateOwned(directory: String, owner: LockOwner)
    case portTaken(PortConflict)
    case cannotListen(SocketAddress, SystemError)
    /// Somebody else could connect, and nobody would be asked who he is.
    case wouldBeOpen(SocketAddress)
    case noAddress(BindPlan.Failure)
    case noCertificate(TLSFailure)
    case noIdentity(GatewayIdentity.Failure)
    case cannotUseState(FileError)
    case cannotOpenStore(StoreError)
    case cannotPrepare(SystemError)

    /// Whether starting again, as a service manager would, cannot help.
    package var isFinal: Bool {
        switch self {
        case .stateOwned, .cannotOpenStore(.newer), .cannotOpenStore(.foreign): true
        case .wouldBeOpen, .noAddress(.badHost), .noCertificate, .noIdentity(.damaged): true
        case .portTaken(let conflict): conflict.isGateway
        default: false
        }
    }

    package var description: String {
        switch self {
        case .stateOwned(let directory, let owner):
            """
            another gateway instance is already running on \(directory)
              owner: \(Self.line(owner))
              run another beside it: openclaw --profile <name> gateway run
            """
        case .portTaken(let conflict): Self.text(conflict)
        case .wouldBeOpen(let address):
            """
            refusing to bind gateway to \(address) without auth
              set a token:    OPENCLAW_GATEWAY_TOKEN=<a long random text, as openssl rand -hex 24 prints>
              or stay local:  openclaw gateway run --bind loopback
            """
        case .noAddress(.noTailnet):
            """
            no interface of this machine has a tailnet address (100.64.0.0/10 or fd7a:115c:a1e0::/48)
              is the VPN up?  tailscale status
              or stay local:  openclaw gateway run --bind loopback
            """
        case .noAddress(.badHost(let host)):
            """
            gateway.customBindHost: \"\(host)\" is not an IP address of this machine
              see them:       ip address
              or stay local:  openclaw gateway run --bind loopback
            """
        case .noCertificate(let failure):
            """
            gateway.tls: \(failure.reason)
              set both:       gateway.tls.certPath and gateway.tls.keyPath
              or make one:    openclaw config set gateway.tls.autoGenerate true
            """
        case .noIdentity(let failure): "\(failure)"
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error.reason)"
        case .cannotUseState(let error): "\(error)"
        case .cannotOpenStore(let error): "\(error)"
        case .cannotPrepare(let error): "cannot start: \(error)"
        }
    }

    private static func text(_ conflict: PortConflict) -> String {
        let doubt = conflict.isGateway ? "" : ", or another program has the port"
        let owner = conflict.ownerText.map { "\n  it is:          \($0)" } ?? ""
        let end = conflict.isGateway ? "\n  or end it:      openclaw gateway run --force" : ""
        return """
            another gateway instance is already listening on ws://\(conflict.address)\(doubt)\(owner)
              see who:        ss -ltnp sport = :\(conflict.address.port ?? 0)
              use another:    openclaw gateway run --port <number>\(end)
            """
    }

    private static func line(_ owner: LockOwner) -> String {
        var parts = [owner.process.map { "pid \($0)" } ?? "pid unknown"]
        if let version = owner.details["version"] { parts.append("openclaw \(version)") }
        if let profile = owner.details["profile"] { parts.append("profile \(profile)") }
        if let address = owner.details["address"] { parts.append("ws://\(address)") }
        return parts.joined(separator: ", ")
    }
}
