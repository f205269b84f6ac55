import Platform
import Wire

/// What can be said of a request before anyone asks who sends it: whether it may come in at all, and where from. It
/// stands as soon as the configuration is read, and so before the gateway behind it does.
final class Doorstep: Sendable {
    let screen: RequestScreen
    let finder: OriginFinder

    init(
        _ settings: AccessSettings, hostName: String,
        kinship: @escaping @Sendable (PeerCredentials) -> OriginFinder.Kinship = PeerKinship.of
    ) {
        screen = RequestScreen(settings, hostName: hostName)
        finder = OriginFinder(settings, kinship: kinship)
    }

    /// The refusal that comes before everything else; nil for a request that may go on.
    @LoopActor
    @_optimize(speed)
    func refusal(_ exchange: HTTPExchange) -> HTTPResponse? {
        screen.refusal(exchange.request, isEncrypted: finder.isEncrypted(exchange.peer, exchange.request.fields))
    }

    /// How much a probe may tell. This never says who somebody is.
    func isLocal(_ request: HTTPRequest, _ peer: HTTPPeer) -> Bool {
        (try? finder.find(peer, request.fields))?.isDirectlyLocal ?? false
    }

    @LoopActor
    func origin(of exchange: HTTPExchange) throws(HTTPRefusal) -> ClientOrigin {
        do throws(OriginFinder.Failure) {
            return try finder.find(exchange.peer, exchange.request.fields)
        } catch {
            switch error {
            case .malformed: throw HTTPRefusal.badForwarding
            case .foreignPeer: throw HTTPRefusal.foreignPeer
            }
        }
    }
}
