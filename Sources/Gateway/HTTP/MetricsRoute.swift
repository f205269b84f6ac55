import Contract
import Platform
import Wire

/// `/api/diagnostics/prometheus`, for whoever may read.
@LoopActor
struct MetricsRoute {
    let text: MetricsText
    let entrance: Entrance

    /// The answer, if the path is its own.
    func answer(_ exchange: HTTPExchange) -> HTTPResponse? {
        let request = exchange.request
        guard request.pathIs("/api/diagnostics/prometheus") else { return nil }
        do throws(HTTPRefusal) {
            _ = try entrance.caller(exchange, needs: .read)
            guard request.method == .get || request.method == .head else { throw .methodNotAllowed("GET, HEAD") }
            return text.response
        } catch {
            return error.response
        }
    }
}

/// `/metrics` on a port of its own on 127.0.0.1 (`gateway.metrics.enabled`): whoever is on this machine may look, and
/// no web page may.
@LoopActor
final class MetricsPort: HTTPHandler {
    private let text: MetricsText
    private let screen: RequestScreen

    init(text: MetricsText, hostName: String) {
        self.text = text
        screen = RequestScreen(AccessSettings(), hostName: hostName)
    }

    func handle(_ exchange: HTTPExchange) {
        let request = exchange.request
        if let refusal = screen.refusal(request, isEncrypted: false) { return exchange.respond(refusal) }
        guard request.pathIs("/metrics") else { return exchange.respond(.text(.notFound, "Not Found")) }
        guard request.method == .get || request.method == .head else {
            return exchange.respond(HTTPRefusal.methodNotAllowed("GET, HEAD").response)
        }
        exchange.respond(text.response)
    }
}

/// The gateway's figures in the text form that Prometheus reads (exposition format 0.0.4). No names of users, devices
/// or addresses: labels are closed lists.
@LoopActor
struct MetricsText {
    let health: GatewayHealth
    let hub: EventHub
    var failover: FailoverServices?

    var response: HTTPResponse {
        HTTPResponse(
            .ok, fields: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"],
            body: Array(text.utf8))
    }

    private var text: String {
        let clients = hub.clients
        let version = health.version.filter { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }
        var lines: [String] = []
        func figure(_ name: String, _ kind: String, _ help: String, _ values: [(labels: String, value: String)]) {
            lines.append("# HELP openclaw_\(name) \(help)")
            lines.append("# TYPE openclaw_\(name) \(kind)")
            for value in values { lines.append("openclaw_\(name)\(value.labels) \(value.value)") }
        }
        figure(
            "build_info", "gauge", "The version that runs.",
            [("{version=\"\(version)\"}", "1")])
        figure("ready", "gauge", "1 when the gateway takes work.", [("", health.isReady ? "1" : "0")])
        figure("uptime_seconds", "gauge", "Since the process started.", [("", seconds(health.uptimeMilliseconds))])
        figure(
            "clients", "gauge", "Connected clients by role.",
            [
                (#"{role="node"}"#, "\(clients.count { $0.role == .node })"),
                (#"{role="operator"}"#, "\(clients.count { $0.role == .operator })"),
            ])
        for line in failover?.figures ?? [] { figure(line.name, line.kind, line.help, line.values) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func seconds(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
    }
}
