import Contract
import Failover
import Platform
import Wire

/// Where commands reach a monitor that runs alone: a socket file beside that of the gateway, which need not be there. It
/// answers the same methods with the same words; who may open the file is the user whose monitor it is.
@LoopActor
final class MonitorDoor: HTTPHandler {
    private static let bodyLimit = 4096

    private let node: any FailoverNode
    private let log: Log
    private var server: HTTPServer?

    init(_ node: any FailoverNode, log: Log) {
        self.node = node
        self.log = log
    }

    /// A monitor without it watches all the same.
    func open(_ path: String, clock: any Clock) {
        let told = "no socket: commands cannot ask this monitor"
        guard path.utf8.count <= SocketAddress.pathLimit else {
            return log.warn("\(told); its path is longer than the system allows", ["path": .text(path)])
        }
        let server = HTTPServer(handler: self, clock: clock)
        do throws(SystemError) {
            // Beneath the monitor's lock nobody else can be listening there: a file that is left over is replaced.
            try server.listen(on: .unix(path: path))
            self.server = server
        } catch {
            log.warn("\(told)", ["path": .text(path), "reason": LogValue(error.reason)])
        }
    }

    func close() {
        server?.cut()
        server = nil
    }

    func bodyLimit(for request: HTTPRequest, default limit: Int) -> Int { Self.bodyLimit }

    func handle(_ exchange: HTTPExchange) {
        guard let user = exchange.peer.credentials?.user, user == ProcessFacts.user || user == 0 else {
            return exchange.respond(.text(.forbidden, "another user's monitor\n"))
        }
        guard exchange.request.method == .post else {
            return exchange.respond(HTTPRefusal.methodNotAllowed("POST").response)
        }
        startTask { await self.serve(exchange) }
    }

    private func serve(_ exchange: HTTPExchange) async {
        // The connection has answered a body that it refuses itself.
        guard let body = try? await exchange.body.collect() else { return }
        let answer: JSON
        do throws(RPCError) {
            guard let json = try? JSONParser.parse(body), let method = json["method"]?.string else {
                throw .invalid("a method is wanted, and its params")
            }
            answer = ["ok": true, "payload": try await call(method, json["params"] ?? [:])]
        } catch {
            answer = ["ok": false, "message": .string(error.message)]
        }
        exchange.respond(
            HTTPResponse(.ok, fields: ["Content-Type": "application/json"], body: JSONWriter.bytes(of: answer)))
    }

    private func call(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        switch method {
        case MethodContract.failoverStatus.name: return node.status
        case MethodContract.failoverHistory.name:
            return node.history(limit: try number("limit", params, 1...1000))
        case MethodContract.failoverPause.name:
            let time = try number("forMs", params, 1000...30 * 86_400_000)
            return try await node.obey(.pause(time.map { Milliseconds($0) }))
        default:
            guard let order = Self.orders[method] else { throw .invalid("no method of a monitor: \(method)") }
            return try await node.obey(order)
        }
    }

    private func number(_ name: String, _ params: JSON, _ range: ClosedRange<Int>) throws(RPCError) -> Int? {
        guard let given = params[name] else { return nil }
        guard let number = given.int, range.contains(number) else {
            throw .invalid("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static let orders: [String: FailoverCommand] = [
        MethodContract.failoverPromote.name: .promote, MethodContract.failoverDemote.name: .demote,
        MethodContract.failoverSwitchover.name: .switchover, MethodContract.failoverResume.name: .resume,
        MethodContract.failoverDrill.name: .drill,
    ]
}
