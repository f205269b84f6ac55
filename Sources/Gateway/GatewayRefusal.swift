package import Platform
package import Store

/// Why the gateway did not start. The text names what is in the way and the way out.
package enum GatewayRefusal: Error, CustomStringConvertible {
    /// Another gateway holds this state directory.
    case stateOwned(directory: String, owner: LockOwner)
    case portTaken(SocketAddress)
    case cannotListen(SocketAddress, SystemError)
    case cannotUseState(FileError)
    case cannotOpenStore(StoreError)
    case cannotPrepare(SystemError)

    /// Whether starting again, as a service manager would, cannot help.
    package var isFinal: Bool {
        switch self {
        case .stateOwned, .cannotOpenStore(.newer), .cannotOpenStore(.foreign): true
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
        case .portTaken(let address):
            """
            another gateway instance is already listening on ws://\(address), or another program has the port
              see who:        ss -ltnp sport = :\(address.port ?? 0)
              use another:    openclaw gateway run --port <number>
            """
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error.reason)"
        case .cannotUseState(let error): "\(error)"
        case .cannotOpenStore(let error): "\(error)"
        case .cannotPrepare(let error): "cannot start: \(error)"
        }
    }

    private static func line(_ owner: LockOwner) -> String {
        var parts = [owner.process.map { "pid \($0)" } ?? "pid unknown"]
        if let version = owner.details["version"] { parts.append("openclaw \(version)") }
        if let profile = owner.details["profile"] { parts.append("profile \(profile)") }
        if let address = owner.details["address"] { parts.append("ws://\(address)") }
        return parts.joined(separator: ", ")
    }
}
