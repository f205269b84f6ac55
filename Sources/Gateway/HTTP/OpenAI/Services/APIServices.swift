import Agents
import Models
import Platform

/// What the HTTP API works on. Parts that come up after the port has opened are nil until then.
@LoopActor
final class APIServices {
    let entrance: Entrance
    let roster: AgentRoster
    let clock: any Clock
    /// Replaced by a reload; the first ones open the API.
    var settings = GatewayHTTPSettings.standard {
        didSet { isOpen = true }
    }
    private(set) var isOpen = false
    var runs: (any AgentRunning)?
    var parts = APIParts()
    let calls = CallMemory()

    init(entrance: Entrance, roster: AgentRoster, clock: any Clock) {
        self.entrance = entrance
        self.roster = roster
        self.clock = clock
    }

    func running() throws(APIError) -> any AgentRunning {
        guard let runs else { throw .unavailable("the gateway is starting; try again shortly") }
        return runs
    }
}

/// The services behind the smaller endpoints.
@LoopActor
struct APIParts {
    var models: any ModelNaming = PlainModelNames()
    var embeddings: (any EmbeddingSource)?
    var tools: (any ToolInvoking)?
    var sessions: (any SessionReading)?
    /// Nil where pictures are never fetched.
    var images: (any ImageFetching)?
}

/// Understands the names of models that requests use.
@LoopActor
protocol ModelNaming: AnyObject, Sendable {
    /// Nil for a name that means none.
    func model(_ text: String) -> ModelReference?
}

/// `provider/model`, and nothing else.
@LoopActor
final class PlainModelNames: ModelNaming {
    func model(_ text: String) -> ModelReference? { ModelReference(text) }
}

/// Who turns an agent's texts into vectors.
@LoopActor
protocol EmbeddingSource: AnyObject, Sendable {
    /// `model` is what the request chose, nil for what the agent has.
    func embedder(agent: String, model: String?) throws(APIError) -> Embedder
    /// What memories are found with; nil where the configuration names nothing for it.
    func chosen(agent: String) -> Embedder?
}

/// A provider of vectors and the model to ask it for.
struct Embedder: Sendable {
    let provider: any EmbeddingProvider
    let model: String
}

/// Does a single tool's work, outside of any run.
@LoopActor
protocol ToolInvoking: AnyObject, Sendable {
    func invoke(_ request: ToolInvokeRequest) async -> ToolInvokeOutcome
}

/// What `/tools/invoke` was asked.
struct ToolInvokeRequest: Sendable {
    var tool: String
    var action: String?
    var arguments: JSONObject
    var sessionKey: SessionKey
    var isDryRun: Bool
    var origin: RunOrigin
    var isOwner: Bool
    var idempotencyKey: String?
}

/// What came of it.
enum ToolInvokeOutcome: Sendable {
    case done(JSON)
    /// There is no such tool, or it is not to be had this way.
    case notAvailable
    case needsApproval(String)
    case failed(String)
}

/// Reads the conversations that are kept.
@LoopActor
protocol SessionReading: AnyObject, Sendable {
    func exists(_ key: SessionKey) async -> Bool
    /// The newest `limit` messages before `cursor`, oldest first; nil when there is no such session.
    func history(_ key: SessionKey, limit: Int, before cursor: String?) async throws(APIError) -> HistoryExcerpt?
    /// Calls `take` with each new message until the returned token is let go of.
    func follow(_ key: SessionKey, _ take: @escaping @LoopActor (HistoryNews) -> Void) -> AnyObject
}

/// A page of a conversation, its messages as `chat.history` shows them.
struct HistoryExcerpt: Sendable {
    var messages: [JSON]
    /// Leads to what came before; nil when this is the beginning.
    var nextCursor: String?
}

/// What happened in a conversation that somebody follows.
enum HistoryNews: Sendable {
    case message(JSON, id: String?, number: Int?)
    /// More changed than a message: the page has to be read anew.
    case changed
}

/// Gets pictures from the network, past whatever guards it.
@LoopActor
protocol ImageFetching: AnyObject, Sendable {
    func image(at url: String, allowedHosts: [String], limit: Int) async throws(APIError) -> ImagePart
}
