package import Platform
package import Settings
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

    package var reason: Reason {
        switch self {
        case .stateOwned: .ownedState
        case .portTaken: .portTaken
        case .cannotListen: .cannotListen
        case .wouldBeOpen: .noAuth
        case .noAddress: .noAddress
        case .noCertificate: .certificate
        case .noIdentity: .identity
        case .cannotUseState: .state
        case .cannotOpenStore: .store
        case .cannotPrepare: .system
        }
    }

    /// What programs may want to know of it, beside the text.
    package var facts: JSONObject {
        var facts = JSONObject()
        switch self {
        case .stateOwned(let directory, let owner):
            facts["directory"] = .string(directory)
            facts["pid"] = owner.process.map { .int(Int64($0)) }
            for name in ["version", "profile", "url"] { facts[name] = owner.details[name].map { .string($0) } }
        case .portTaken(let conflict):
            facts["address"] = .string("\(conflict.address)")
            facts["isGateway"] = .bool(conflict.isGateway)
            facts["pid"] = conflict.owner.map { .int(Int64($0.process)) }
            facts["program"] = conflict.owner?.name.map { .string($0) }
        case .cannotListen(let address, _), .wouldBeOpen(let address): facts["address"] = .string("\(address)")
        default: break
        }
        return facts
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

extension GatewayRefusal {
    /// Why a gateway did not start, in a word that stays the same: what scripts and service managers decide by.
    package enum Reason: String, CaseIterable, Sendable {
        case config, mode
        case noAuth = "no-auth"
        case ownedState = "owned-state"
        case portTaken = "port-taken"
        case cannotListen = "cannot-listen"
        case noAddress = "no-address"
        case certificate, identity, state, store, system

        package init(_ refusal: ConfigRefusal) {
            self =
                switch refusal.kind {
                case .settings: .config
                case .mode: .mode
                case .open: .noAuth
                }
        }

        package var meaning: String {
            switch self {
            case .config: "the configuration or a flag has errors; `problems` has each with its place"
            case .mode: "gateway.mode is not local"
            case .noAuth: "others than this host could connect without proving who they are"
            case .ownedState: "another gateway runs on this state directory; `pid`, `version`, `profile`, `url`"
            case .portTaken: "the port is in use; `address`, `isGateway`, `pid`, `program`"
            case .cannotListen: "the address cannot be listened on; `address`"
            case .noAddress: "the bind mode finds no address of this machine"
            case .certificate: "there is no TLS certificate that can be used"
            case .identity: "the gateway's own key cannot be read or made"
            case .state: "the state directory cannot be used"
            case .store: "the database cannot be opened"
            case .system: "the system refused something that a gateway needs"
            }
        }
    }
}
