import Agents
import Platform

/// `POST /v1/responses`.
@LoopActor
struct ResponsesEndpoint {
    let run: RunEndpoint
    let memory: ResponseMemory

    func answer() async throws(APIError) {
        let (services, exchange, caller) = (run.services, run.exchange, run.caller)
        let request = try await read(services.settings.responsesImages)
        let target = try run.target.find(
            model: request.ask.model, user: request.ask.user, namespace: "openresponses", id: exchange.id,
            continuing: try earlier(request.previousID))
        let object = ResponseObject(
            id: exchange.id, model: request.ask.model, at: services.clock.wall, echo: request.echo)
        let remember: @LoopActor (RunResult) -> Void = { [memory, calls = services.calls] result in
            calls.remember(result.toolCalls)
            if request.ask.isRecorded { memory.remember(object.id, target.key, of: caller.ownerName) }
        }
        let asked = request.ask.request(id: object.id, for: target, calls: services.calls)
        let needsTool = request.ask.needsTool
        guard request.ask.isStreamed else {
            let collected = CollectedRun(exchange, needsTool: needsTool) { result in
                remember(result)
                return object.whole(result)
            }
            return try run.start(asked, collected)
        }
        let streamed = StreamedRun(
            exchange, writer: ResponseEvents(object), needsTool: needsTool, clock: services.clock,
            onEnd: remember)
        do throws(APIError) {
            try run.start(asked, streamed)
        } catch {
            streamed.refuse(error)
        }
    }

    private func earlier(_ id: String?) throws(APIError) -> SessionKey? {
        guard let id else { return nil }
        guard let key = memory.key(of: id, for: run.caller.ownerName) else {
            throw .invalid(
                "no response \"\(id)\" is known here; the gateway forgets them when it restarts. "
                    + "Send the conversation in `input`, or name a session in x-openclaw-session-key",
                param: "previous_response_id", code: "previous_response_not_found")
        }
        return key
    }

    private func read(_ settings: GatewayHTTPSettings.Images) async throws(APIError) -> ResponsesRequest {
        guard settings.allowsURLs else {
            return try await run.exchange.decoded { (body) throws(APIError) in
                try ResponsesRequest(body, images: ImageReader(settings))
            }
        }
        let body = try await run.exchange.decoded { $0 }
        let images = try await run.fetchImages(RemoteImages.urls(in: body), settings)
        return try ResponsesRequest(body, images: images)
    }
}
