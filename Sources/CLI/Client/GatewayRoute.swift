import Gateway
import Platform
import Wire

/// One way to a gateway.
struct GatewayRoute: Sendable {
    enum Place: Sendable, Equatable {
        /// The gateway's own socket: whoever may open it needs no token.
        case socket(path: String)
        case url(WebURL)
    }

    let place: Place
    var token: GatewayCredential?
    var password: GatewayCredential?
    /// The only certificate that is believed, if it is known.
    var pin: CertificateFingerprint?
    /// Whether tokens may go in the clear to hosts of a private network.
    var allowsPlainPrivate = false
    /// Why credentials that exist are not used here.
    var withheld: String?

    init(_ place: Place) { self.place = place }

    /// The token of the credentials, else the password: what the error names as our side's.
    var credentialSource: String? { token?.source ?? password?.source }

    /// For people: without path and query, which may hold secrets.
    var name: String {
        switch place {
        case .socket: "the local socket"
        case .url(let url): "\(url.scheme.rawValue)://\(url.peer)"
        }
    }

    /// For programs.
    var transport: String {
        switch place {
        case .socket: "unix"
        case .url(let url): url.scheme.rawValue
        }
    }

    var url: WebURL? {
        if case .url(let url) = place { url } else { nil }
    }
}

/// What stands behind a name that a route is given, so that a rule about it can be judged before it is connected to.
final class FixedResolver: Resolver {
    private let addresses: [SocketAddress]

    init(_ addresses: [SocketAddress]) { self.addresses = addresses }

    func resolve(_ host: String, port: UInt16, by deadline: Instant?) async throws(ResolveError) -> [SocketAddress] {
        addresses
    }
}
