import Agents
import Platform

/// `POST /v1/chat/completions`.
@LoopActor
struct ChatEndpoint {
    let run: RunEndpoint

    func answer() async throws(APIError) {
        let (services, exchange) = (run.services, run.exchange)
        let settings = services.settings.chatImages
        let request = try await read(settings)
        let target = try run.target.find(
            model: request.ask.model, user: request.ask.user, namespace: "openai", id: exchange.id)
        let answer = ChatAnswer(
            id: exchange.id, model: request.ask.model, at: services.clock.wall, includesUsage: request.includesUsage)
        let asked = request.ask.request(id: "chatcmpl_\(exchange.id)", for: target, calls: services.calls)
        let needsTool = request.ask.needsTool
        guard request.ask.isStreamed else {
            return try run.start(
                asked,
                CollectedRun(exchange, needsTool: needsTool) { [calls = services.calls] result in
                    calls.remember(result.toolCalls)
                    return answer.whole(result)
                })
        }
        let streamed = StreamedRun(
            exchange, writer: answer, needsTool: needsTool, clock: services.clock,
            onEnd: { [calls = services.calls] in calls.remember($0.toolCalls) })
        do throws(APIError) {
            try run.start(asked, streamed)
        } catch {
            streamed.refuse(error)
        }
    }

    private func read(_ settings: GatewayHTTPSettings.Images) async throws(APIError) -> ChatRequest {
        guard settings.allowsURLs else {
            return try await run.exchange.decoded { (body) throws(APIError) in
                try ChatRequest(body, images: ImageReader(settings))
            }
        }
        let body = try await run.exchange.decoded { $0 }
        let images = try await run.fetchImages(RemoteImages.urls(in: body), settings)
        return try ChatRequest(body, images: images)
    }
}
