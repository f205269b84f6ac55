import Platform

/// Where the gateway listens.
package struct BindPlan: Hashable, Sendable {
    /// One address to listen on. One that is not required is left out where the machine does not have it: IPv6 may be
    /// switched off.
    struct Place: Hashable, Sendable {
        let address: SocketAddress
        let isRequired: Bool
    }

    /// Why there is no plan.
    package enum Failure: Error, Equatable {
        case noTailnet
        case badHost(String)
    }

    /// The first one is where the gateway says that it is.
    let places: [Place]

    /// `interfaces` are the machine's own addresses.
    init(
        _ mode: BindMode, customHost: String? = nil, port: UInt16, interfaces: @autoclosure () -> [SocketAddress]
    ) throws(Failure) {
        let loopback = [
            Place(address: .v4(address: .loopback, port: port), isRequired: true),
            Place(address: .v6(address: .loopback, port: port), isRequired: false),
        ]
        switch mode {
        case .loopback: places = loopback
        case .lan:
            places = [
                Place(address: .v4(address: .any, port: port), isRequired: true),
                Place(address: .v6(address: .any, port: port), isRequired: false),
            ]
        case .tailnet:
            let found = Self.tailnet(interfaces(), port)
            guard !found.isEmpty else { throw .noTailnet }
            // The machine's own programs come by loopback.
            places = found + loopback.map { Place(address: $0.address, isRequired: false) }
        case .auto:
            places = loopback + Self.tailnet(interfaces(), port).map { Place(address: $0.address, isRequired: false) }
        case .custom:
            guard let host = customHost, let address = SocketAddress(host: host, port: port) else {
                throw .badHost(customHost ?? "")
            }
            places = [Place(address: address, isRequired: true)]
        }
    }

    private static func tailnet(_ interfaces: [SocketAddress], _ port: UInt16) -> [Place] {
        let found = interfaces.filter { address in IPRange.tailnet.contains { $0.contains(address) } }
        return found.enumerated().map { index, address in
            Place(address: address.withPort(port), isRequired: index == 0)
        }
    }

    /// Whether nobody but this machine can connect.
    var isLoopbackOnly: Bool { places.allSatisfy { $0.address.isLoopback } }
}
