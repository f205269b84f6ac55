import Platform
import Wire

/// The three questions a supervisor asks: does it live, has it started, is it ready for work. Answered by the loop
/// alone, whatever else is slow.
@LoopActor
struct ProbeRoutes {
    let health: GatewayHealth

    private static let live = PreparedResponse(probe(.ok, ["ok": true, "status": "live"]))

    /// Answers, if the path is a probe's.
    func take(_ exchange: HTTPExchange) -> Bool {
        let request = exchange.request
        let isLive = request.pathIs("/health") || request.pathIs("/healthz")
        let isStarted = !isLive && (request.pathIs("/startupz") || request.pathIs("/startup"))
        guard isLive || isStarted || request.pathIs("/readyz") || request.pathIs("/ready") else { return false }
        switch request.method {
        case .get, .head:
            if isLive {
                exchange.respond(Self.live)
            } else {
                let isTrusted = exchange.peer.isLocal(request)
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

extension HTTPPeer {
    private static let forwardingFields: [StaticString] = [
        "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via",
    ]

    /// Whether the request comes from this machine itself. A forwarding header means that somebody else stands behind
    /// the peer. This tells how much to say, never who somebody is.
    func isLocal(_ request: HTTPRequest) -> Bool {
        guard !Self.forwardingFields.contains(where: { request.fields.has($0) }) else { return false }
        switch address {
        case .v4(let address, _): return address.isLoopback
        case .v6(let address, _, _): return address.isLoopback
        case .unix: return true
        case nil: return false
        }
    }
}
