import Channels
import Platform
import Wire

/// The routes that chat platforms bring events to. Each account looks itself whether a request is its platform's.
@LoopActor
struct ChannelRoutes {
    nonisolated static let bodyLimit = 1024 * 1024

    let channels: ChannelServices

    /// Whether the path belongs to an account.
    func serves(_ request: HTTPRequest) -> Bool { !channels.routes.isEmpty && channels.routes[request.path] != nil }

    /// Takes the request if its path is one of those.
    func take(_ exchange: HTTPExchange) -> Bool {
        guard serves(exchange.request), let accounts = channels.routes[exchange.request.path] else { return false }
        guard exchange.request.method == .post else {
            exchange.respond(HTTPRefusal.methodNotAllowed("POST").response)
            return true
        }
        startTask { await self.answer(exchange, accounts) }
        return true
    }

    private func answer(_ exchange: HTTPExchange, _ accounts: [ChannelAccount]) async {
        let body: [UInt8]
        do throws(HTTPError) {
            body = try await exchange.body.collect()
        } catch {
            // The connection has answered this one itself.
            return
        }
        var answer = RouteAnswer(status: .unavailable, text: "not connected")
        for name in accounts {
            guard let serving = channels.accounts[name]?.runner?.outbox.sender as? any RouteServing else { continue }
            answer = await serving.receive(body) { exchange.request.fields[$0] }
            // Several accounts may have one path; whose secret fits is meant.
            guard answer.status == .unauthorized else { break }
        }
        var response = HTTPResponse.text(answer.status, answer.text)
        if answer.isKept { response.fields.append("x-openclaw-delivery-accepted", "durable") }
        exchange.respond(response)
    }
}
