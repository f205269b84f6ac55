import Platform
import Wire

/// Whether something answers on the gateway's port, and whether it is a gateway: asked by HTTP, without credentials.
@LoopActor
struct ListenerQuery {
    static let deadline = Duration.seconds(3)
    static let bodyLimit = 16 * 1024

    /// What `/startupz` said.
    enum Answer: Sendable {
        case gateway(state: String, version: String?, uptime: Duration?, pending: String?, latency: Duration)
        case foreign(String)
        /// It takes the connection and says nothing: a gateway that is stuck, or another program.
        case silent(String)
        case none(String)
    }

    let clock: any Clock
    let resolver: any Resolver
    var patience = Self.deadline

    func ask(_ route: GatewayRoute) async -> Answer {
        guard let url = route.url,
            let address = try? WebURL("\(url.scheme.isSecure ? "https" : "http")://\(url.peer)/startupz")
        else { return .none("no address") }
        let tls = TLSClientContext(TLSClientSettings(trust: route.pin.map { .pin($0) } ?? .authorities(.system)))
        let client = HTTPClient(connector: HTTPDialer(tls: tls, resolver: resolver), clock: clock)
        var request = HTTPClientRequest(.get, address)
        request.bodyLimit = Self.bodyLimit
        request.deadlines.connecting = patience
        request.deadlines.firstByte = patience
        request.deadlines.total = patience * 2
        let began = clock.now
        do throws(HTTPClientError) {
            let response = try await client.send(request)
            let body = try await response.body.collect()
            guard let json = try? JSONParser.parse(body.span), let status = json["status"]?.string else {
                return .foreign("HTTP \(response.status.code) without a gateway's words")
            }
            return .gateway(
                state: status, version: json["version"]?.string,
                uptime: json["uptimeMs"]?.int.map { .milliseconds($0) }, pending: json["pendingReason"]?.string,
                latency: clock.now - began)
        } catch .notConnected(_, let reason) {
            return .none(GatewayConnector.short(reason, route))
        } catch .timedOut(.connecting, _, _) {
            return .none("no connection within \(Age.latency(patience))")
        } catch .timedOut {
            return .silent("no answer within \(Age.latency(patience))")
        } catch {
            return .foreign("\(error)")
        }
    }

    func fact(_ route: GatewayRoute) async -> Fact {
        let address = route.url?.peer ?? route.name
        var details = JSONObject([("address", .string(address))])
        let (text, isGood): (String, Bool)
        switch await ask(route) {
        case .gateway(let state, let version, let uptime, let pending, let latency):
            isGood = state == "started"
            details["state"] = .string(isGood ? "listening" : state)
            details["latencyMs"] = .double(Double(latency.inNanoseconds / 1000) / 1000)
            details["version"] = version.map(JSON.string)
            details["uptimeMs"] = uptime.map { .int($0.inNanoseconds / 1_000_000) }
            if isGood {
                text = "\(address) answers in \(Age.latency(latency))"
            } else {
                // How long it runs is how long it has been starting; of a drain it says nothing.
                let since = state == "starting" ? uptime.map { " for \(Age.span($0))" } ?? "" : ""
                text = "\(address): \(state)\(since)" + (pending.map { ", waiting for \($0)" } ?? "")
            }
        case .foreign(let reason):
            (text, isGood) = ("another program has \(address): \(reason)", false)
            details["state"] = "foreign"
        case .silent(let reason):
            (text, isGood) = ("\(address) is taken, and silent: \(reason)", false)
            details["state"] = "silent"
        case .none(let reason):
            (text, isGood) = ("nothing answers on \(address): \(reason)", false)
            details["state"] = "none"
        }
        return Fact("listener", "Listener", text, isGood: isGood, observedAt: clock.wall, details: details)
    }
}
