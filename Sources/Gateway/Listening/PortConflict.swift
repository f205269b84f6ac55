import Platform
import Wire

/// What is known of whoever has the port already.
package struct PortConflict: Sendable, Hashable {
    static let askingTime = Duration.seconds(2)
    private static let answerLimit = 4096

    let address: SocketAddress
    let owner: PortOwner?
    /// It answers as a gateway does, and is well.
    let isGateway: Bool

    /// Looks who has the port, and asks it whether it is a gateway.
    @LoopActor
    static func look(at address: SocketAddress, within time: Duration = askingTime) async -> PortConflict {
        let owner = await BlockingPool.shared.run { address.port.flatMap { PortOwner.find(port: $0) } }
        return PortConflict(address: address, owner: owner, isGateway: await answers(address.reachable, within: time))
    }

    /// In one line, as far as it is known.
    var ownerText: String? { owner.map { "pid \($0.process)" + ($0.name.map { " (\($0))" } ?? "") } }

    /// Any gateway's answer to the first question of a supervisor is known, whatever its version.
    @LoopActor
    private static func answers(_ address: SocketAddress, within time: Duration) async -> Bool {
        let client = HTTPClient(connector: HTTPDialer())
        defer { client.close() }
        guard let url = try? WebURL("http://\(address)/healthz") else { return false }
        var request = HTTPClientRequest(.get, url)
        request.bodyLimit = answerLimit
        request.deadlines.total = time
        guard let response = try? await client.send(request), response.status == .ok,
            let body = try? await response.body.collect(limit: answerLimit), let json = try? JSONParser.parse(body.span)
        else { return false }
        return json["ok"]?.bool == true && json["status"]?.string == "live"
    }
}

extension SocketAddress {
    /// Where to connect to reach a listener on every address of the machine.
    fileprivate var reachable: SocketAddress {
        switch self {
        case .v4(.any, let port): .loopback(port: port)
        case .v6(.any, let port, _): .v6(address: .loopback, port: port)
        default: self
        }
    }
}
