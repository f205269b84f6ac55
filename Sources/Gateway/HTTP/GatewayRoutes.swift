import Failover
import Platform
import Wire

/// Which part of the gateway answers which path. Everything passes the entrance's screen first.
@LoopActor
final class GatewayRoutes: HTTPHandler {
    /// What every answer carries: nothing of ours is to be sniffed, framed or told to other sites. `strictTransport` is
    /// the value of `gateway.http.securityHeaders.strictTransportSecurity`.
    static func commonFields(strictTransport: String? = nil) -> HTTPFields {
        var fields: HTTPFields = [
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
        ]
        if let strictTransport, HTTPFields.isValid(value: strictTransport) {
            fields.append("Strict-Transport-Security", strictTransport)
        }
        return fields
    }

    /// What stands only once the gateway behind it does.
    @LoopActor
    private struct Inside {
        let entrance: Entrance
        let control: ControlUpgrade
        let metrics: MetricsRoute
        let api: OpenAIRoutes
        let page: ControlPage
        let channels: ChannelRoutes
        let hooks: HookRoutes
        let canvas: CanvasRoutes
    }

    private let probes: ProbeRoutes
    private let doorstep: Doorstep
    private let failover: FailoverRoute?
    private var inside: Inside?

    /// Answers probes and other nodes from now on, and all else once it is opened.
    init(health: GatewayHealth, doorstep: Doorstep, failover: FailoverRoute? = nil) {
        probes = ProbeRoutes(health: health)
        self.doorstep = doorstep
        self.failover = failover
    }

    func open(_ plane: ControlPlane) {
        inside = Inside(
            entrance: plane.entrance, control: ControlUpgrade(desk: plane.desk),
            metrics: MetricsRoute(
                text: MetricsText(health: probes.health, hub: plane.hub, failover: plane.failover),
                entrance: plane.entrance),
            api: OpenAIRoutes(plane.api), page: plane.page, channels: ChannelRoutes(channels: plane.channels),
            hooks: plane.hooks.routes, canvas: plane.canvas)
    }

    private static let notFound = PreparedResponse(.text(.notFound, "Not Found"))

    @_optimize(speed)
    func handle(_ exchange: HTTPExchange) {
        let doorstep = inside?.entrance.doorstep ?? doorstep
        // By whatever name a platform calls us: what it brings is signed.
        if inside?.channels.take(exchange) == true { return }
        if failover?.take(exchange) == true { return }
        if inside?.canvas.takeGranted(exchange) == true { return }
        if let refusal = doorstep.refusal(exchange) { return exchange.respond(refusal) }
        if !exchange.wantsWebSocket, probes.take(exchange, at: doorstep) { return }
        guard let inside else { return exchange.respond(HTTPRefusal.starting.response) }
        if exchange.wantsWebSocket { return upgrade(exchange, inside) }
        if inside.hooks.take(exchange) { return }
        if inside.api.take(exchange) { return }
        if let answer = inside.metrics.answer(exchange) { return exchange.respond(answer) }
        if inside.canvas.take(exchange) { return }
        let isEncrypted = doorstep.finder.isEncrypted(exchange.peer, exchange.request.fields)
        if inside.page.take(exchange, isEncrypted: isEncrypted) { return }
        exchange.respond(Self.notFound)
    }

    @_optimize(speed)
    func bodyLimit(for request: HTTPRequest, default limit: Int) -> Int {
        if failover?.serves(request) == true { return PeerDesk.bodyLimit }
        guard let inside else { return limit }
        if inside.channels.serves(request) { return ChannelRoutes.bodyLimit }
        if inside.hooks.serves(request) { return HookRoutes.wireLimit }
        return inside.api.bodyLimit(for: request, default: limit)
    }

    private func upgrade(_ exchange: HTTPExchange, _ inside: Inside) {
        do throws(HTTPRefusal) {
            inside.control.take(exchange, from: try inside.entrance.origin(of: exchange))
        } catch {
            exchange.respond(error.response)
        }
    }
}
