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

    init(health: GatewayHealth) { probes = ProbeRoutes(health: health) }

    func handle(_ exchange: HTTPExchange) {
        exchange.respond(probes.answer(exchange.request, exchange.peer) ?? .text(.notFound, "Not Found"))
    }
}
