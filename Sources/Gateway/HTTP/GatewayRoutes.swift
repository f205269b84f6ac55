import Platform
import Wire

/// Which part of the gateway answers which path.
@LoopActor
final class GatewayRoutes: HTTPHandler {
    /// What every answer carries: nothing of ours is to be sniffed, framed or told to other sites.
    static let commonFields: HTTPFields = [
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
    ]

    private let probes: ProbeRoutes
    private let control: ControlUpgrade

    init(health: GatewayHealth, desk: FrontDesk) {
        probes = ProbeRoutes(health: health)
        control = ControlUpgrade(desk: desk)
    }

    private static let notFound = PreparedResponse(.text(.notFound, "Not Found"))

    func handle(_ exchange: HTTPExchange) {
        if !exchange.wantsWebSocket, probes.take(exchange) { return }
        let peer = exchange.peer
        let isLocal = peer.isLocal(exchange.request)
        let origin = ClientOrigin(
            way: peer.credentials == nil ? .tcp : .socket, address: peer.address, isDirectlyLocal: isLocal,
            browserOrigin: exchange.request.fields["Origin"], isEncrypted: peer.isEncrypted)
        if control.take(exchange, from: origin) { return }
        exchange.respond(Self.notFound)
    }
}
