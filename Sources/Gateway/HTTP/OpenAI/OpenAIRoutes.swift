import Agents
import Contract
import Platform
import Wire

/// The HTTP API: which endpoint answers which path, for whom, and with how large a body (http.md sections 1 to 4).
@LoopActor
final class OpenAIRoutes {
    private let services: APIServices
    private let memory = ResponseMemory()

    init(_ services: APIServices) { self.services = services }

    /// Takes the request if its path is the API's.
    func take(_ exchange: HTTPExchange) -> Bool {
        guard let route = APIRoute(exchange.request) else { return false }
        let api = APIExchange(exchange)
        if let answer = CrossOrigin.preflight(exchange.request, methods: "\(route.method.rawValue), OPTIONS") {
            exchange.respond(answer)
            return true
        }
        do throws(HTTPRefusal) {
            guard exchange.request.method == route.method else {
                throw .methodNotAllowed(route.method.rawValue)
            }
            // Before a byte of the body is read.
            let caller = try services.entrance.caller(exchange, needs: route.scope)
            answer(route, RunEndpoint(services: services, exchange: api, caller: caller))
        } catch {
            api.respond(error.response)
        }
        return true
    }

    @_optimize(speed)
    func bodyLimit(for request: HTTPRequest, default limit: Int) -> Int {
        switch APIRoute(request) {
        case .chat: services.settings.chatCompletions.maxBodyBytes
        case .responses: services.settings.responses.maxBodyBytes
        case .embeddings: services.settings.embeddings.maxBodyBytes
        case .tools: ToolsEndpoint.bodyLimit
        case .models, .model, .history, .kill, nil: limit
        }
    }

    private func answer(_ route: APIRoute, _ run: RunEndpoint) {
        guard services.isOpen else {
            return run.exchange.respond(.unavailable("the gateway is starting; try again shortly"))
        }
        if let setting = route.missingSetting(services.settings) {
            return run.exchange.respond(
                .notFound(
                    "this endpoint is off; \(setting) turns it on (it is on by default only on loopback with "
                        + "authentication)", code: "endpoint_off"))
        }
        startTask {
            do throws(APIError) {
                try await self.serve(route, run)
            } catch {
                run.exchange.respond(error)
            }
        }
    }

    private func serve(_ route: APIRoute, _ run: RunEndpoint) async throws(APIError) {
        let models = ModelsEndpoint(roster: services.roster)
        switch route {
        case .models: run.exchange.respond(models.list)
        case .model(let id): run.exchange.respond(try models.model(id))
        case .chat: try await ChatEndpoint(run: run).answer()
        case .responses: try await ResponsesEndpoint(run: run, memory: memory).answer()
        case .embeddings: try await EmbeddingsEndpoint(run: run).answer()
        case .tools: try await ToolsEndpoint(run: run).answer()
        case .history(let key): try await session(key, run).history()
        case .kill(let key): try await session(key, run).kill()
        }
    }

    private func session(_ encoded: String, _ run: RunEndpoint) throws(APIError) -> SessionsEndpoint {
        guard let text = PathText.decoded(encoded), !text.isEmpty else { throw .invalid("the path names no session") }
        do throws(SessionError) {
            return SessionsEndpoint(
                services: services, exchange: run.exchange,
                key: try SessionKey(text, defaultAgent: services.roster.defaultID))
        } catch {
            throw .invalid("the path: \(error)")
        }
    }
}

/// An endpoint of the API, found by its path.
enum APIRoute: Equatable {
    case models, chat, responses, embeddings, tools
    /// With what stands in the path, as it was written.
    case model(String)
    case history(String)
    case kill(String)

    init?(_ request: HTTPRequest) {
        if request.pathIs("/v1/chat/completions") {
            self = .chat
        } else if request.pathIs("/v1/responses") {
            self = .responses
        } else if request.pathIs("/v1/models") || request.pathIs("/v1/models/") {
            self = .models
        } else if request.pathIs("/v1/embeddings") {
            self = .embeddings
        } else if request.pathIs("/tools/invoke") {
            self = .tools
        } else {
            self.init(named: request.path)
        }
    }

    private init?(named path: String) {
        if path.hasPrefix("/v1/models/") {
            self = .model(String(path.dropFirst(11)))
        } else if path.hasPrefix("/sessions/"), path.hasSuffix("/history"), path.utf8.count > 18 {
            self = .history(String(path.dropFirst(10).dropLast(8)))
        } else if path.hasPrefix("/sessions/"), path.hasSuffix("/kill"), path.utf8.count > 15 {
            self = .kill(String(path.dropFirst(10).dropLast(5)))
        } else {
            return nil
        }
    }

    var method: HTTPMethod {
        switch self {
        case .models, .model, .history: .get
        case .chat, .responses, .embeddings, .tools, .kill: .post
        }
    }

    var scope: Scope {
        switch self {
        case .models, .model, .history: .read
        case .chat, .responses, .embeddings, .tools: .write
        case .kill: .admin
        }
    }

    /// The setting that would turn the endpoint on; nil when it is on.
    func missingSetting(_ settings: GatewayHTTPSettings) -> String? {
        let (isOn, name): (Bool, String) =
            switch self {
            case .chat: (settings.chatCompletions.enabled, "chatCompletions")
            case .responses: (settings.responses.enabled, "responses")
            case .models, .model: (settings.models, "models")
            case .embeddings: (settings.embeddings.enabled, "embeddings")
            case .tools, .history, .kill: (true, "")
            }
        return isOn ? nil : "gateway.http.endpoints.\(name).enabled: true"
    }
}
