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

    private let entrance: Entrance
    private let probes: ProbeRoutes
    private let control: ControlUpgrade
    private let metrics: MetricsRoute
    private let api: OpenAIRoutes

    init(health: GatewayHealth, plane: ControlPlane) {
        entrance = plane.entrance
        probes = ProbeRoutes(health: health, entrance: plane.entrance)
        control = ControlUpgrade(desk: plane.desk)
        metrics = MetricsRoute(text: MetricsText(health: health, hub: plane.hub), entrance: plane.entrance)
        api = OpenAIRoutes(plane.api)
    }

    private static let notFound = PreparedResponse(.text(.notFound, "Not Found"))

    func handle(_ exchange: HTTPExchange) {
        if let refusal = entrance.refusal(exchange) { return exchange.respond(refusal) }
        if exchange.wantsWebSocket { return upgrade(exchange) }
        if probes.take(exchange) { return }
        if api.take(exchange) { return }
        if let answer = metrics.answer(exchange) { return exchange.respond(answer) }
        exchange.respond(Self.notFound)
    }

    func bodyLimit(for request: HTTPRequest, default limit: Int) -> Int {
        api.bodyLimit(for: request, default: limit)
    }

    private func upgrade(_ exchange: HTTPExchange) {
        do throws(HTTPRefusal) {
            control.take(exchange, from: try entrance.origin(of: exchange))
        } catch {
            exchange.respond(error.response)
        }
    }
}
