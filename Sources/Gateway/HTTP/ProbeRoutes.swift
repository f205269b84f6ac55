import Platform
import Wire

/// The three questions a supervisor asks: does it live, has it started, is it ready for work. Answered by the loop
/// alone, whatever else is slow.
@LoopActor
struct ProbeRoutes {
    let health: GatewayHealth

    private static let live = PreparedResponse(probe(.ok, ["ok": true, "status": "live"]))

    /// Answers, if the path is a probe's.
    @_optimize(speed)
    func take(_ exchange: HTTPExchange, at doorstep: Doorstep) -> Bool {
        let request = exchange.request
        let isLive = request.pathIs("/health") || request.pathIs("/healthz")
        let isStarted = !isLive && (request.pathIs("/startupz") || request.pathIs("/startup"))
        guard isLive || isStarted || request.pathIs("/readyz") || request.pathIs("/ready") else { return false }
        switch request.method {
        case .get, .head:
            if isLive {
                exchange.respond(Self.live)
            } else {
                let isTrusted = doorstep.isLocal(request, exchange.peer)
                exchange.respond(isStarted ? started(details: isTrusted) : ready(details: isTrusted))
            }
        default: exchange.respond(Self.notAllowed)
        }
        return true
    }

    private static let notAllowed = PreparedResponse(
        HTTPResponse(
            .methodNotAllowed, fields: ["Allow": "GET, HEAD", "Content-Type": "text/plain; charset=utf-8"],
            body: Array("Method Not Allowed".utf8)))

    private func started(details: Bool) -> HTTPResponse {
        let word =
            switch health.phase {
            case .starting: "starting"
            case .draining: "draining"
            case .running: "started"
            }
        let isStarted = health.phase == .running
        var object = JSONObject([("ok", .bool(isStarted)), ("status", .string(word))])
        if details {
            object["version"] = .string(health.version)
            object["uptimeMs"] = .int(health.uptimeMilliseconds)
            if case .starting(let pending) = health.phase { object["pendingReason"] = .string(pending) }
        }
        return Self.probe(isStarted ? .ok : .unavailable, .object(object))
    }

    private func ready(details: Bool) -> HTTPResponse {
        var object = JSONObject([("ready", .bool(health.isReady))])
        object["role"] = health.role.map(JSON.string)
        if details {
            object["failing"] = .array(health.failingParts.map { .string($0) })
            object["uptimeMs"] = .int(health.uptimeMilliseconds)
        }
        return Self.probe(health.isReady ? .ok : .unavailable, .object(object))
    }

    private static func probe(_ status: HTTPStatus, _ body: JSON) -> HTTPResponse {
        .json(status, JSONWriter.bytes(of: body), fields: ["Cache-Control": "no-store"])
    }
}
