import Failover
import Platform
import Wire

/// `/__openclaw__/failover`: where the nodes of a pair talk to each other. Who cannot prove to be one of them learns that
/// the path is there and nothing else; without a pair it is not there.
@LoopActor
struct FailoverRoute {
    nonisolated static let path = "/__openclaw__/failover"

    let services: FailoverServices

    func serves(_ request: HTTPRequest) -> Bool { request.pathIs("/__openclaw__/failover") && !services.desk.isClosed }

    /// Takes the request if the path is its own.
    func take(_ exchange: HTTPExchange) -> Bool {
        guard serves(exchange.request), !exchange.wantsWebSocket else { return false }
        switch exchange.request.method {
        case .get:
            exchange.respond(Self.json(.ok, ["challenge": .string(services.desk.challenge())]))
        case .post: startTask { await self.answer(exchange) }
        default: exchange.respond(HTTPRefusal.methodNotAllowed("GET, POST").response)
        }
        return true
    }

    private func answer(_ exchange: HTTPExchange) async {
        // The connection has answered a body that it refuses itself.
        guard let body = try? await exchange.body.collect() else { return }
        guard let question = services.desk.open(body) else {
            return exchange.respond(Self.json(.unauthorized, ["error": "Unauthorized"]))
        }
        switch question.wish {
        case .state: respond(exchange, question, services.statement(for: question.peer))
        case .standAside:
            var statement = services.statement(for: question.peer)
            statement.refusal = await services.standAside()
            respond(exchange, question, statement)
        case .tell:
            var statement = services.statement(for: question.peer)
            statement.refusal = services.passOn(question.text)
            respond(exchange, question, statement)
        case .watch: await services.watchers.serve(exchange, question, services.openingWord)
        }
    }

    private func respond(_ exchange: HTTPExchange, _ question: PeerDesk.Question, _ statement: PeerStatement) {
        exchange.respond(
            HTTPResponse(.ok, fields: Self.fields, body: question.sealed(statement.json)))
    }

    private static func json(_ status: HTTPStatus, _ body: JSON) -> HTTPResponse {
        HTTPResponse(status, fields: fields, body: JSONWriter.bytes(of: body))
    }

    private static let fields: HTTPFields = ["Content-Type": "application/json", "Cache-Control": "no-store"]
}
