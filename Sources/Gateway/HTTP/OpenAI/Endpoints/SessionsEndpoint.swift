import Agents
import Platform
import Wire

/// `GET /sessions/{key}/history` and `POST /sessions/{key}/kill` (http.md section 4.4).
@LoopActor
struct SessionsEndpoint {
    static let standardLimit = 200
    static let greatestLimit = 1000

    let services: APIServices
    let exchange: APIExchange
    let key: SessionKey

    // MARK: kill

    /// Ends what runs in the session.
    func kill() async throws(APIError) {
        let ended = try services.running().abort(nil, in: key, reason: "rpc")
        if ended.isEmpty, await services.parts.sessions?.exists(key) != true { return notFound() }
        exchange.respond(["ok": true, "killed": .bool(!ended.isEmpty)])
    }

    // MARK: history

    func history() async throws(APIError) {
        guard let sessions = services.parts.sessions else {
            throw .unavailable("the gateway is starting; try again shortly")
        }
        let query = QueryText.values(exchange.request.query)
        let limit = Self.limit(query["limit"])
        guard exchange.request.fields.lists("Accept", "text/event-stream") else {
            guard let page = try await sessions.history(key, limit: limit, before: query["cursor"]) else {
                return notFound()
            }
            return exchange.respond(Self.json(page, key))
        }
        guard let page = try await sessions.history(key, limit: limit, before: query["cursor"]) else {
            return notFound()
        }
        let stream = HistoryStream(exchange, key: key, limit: limit, sessions: sessions, clock: services.clock)
        stream.begin(page)
    }

    /// What is no number is one message: so OpenClaw has it.
    static func limit(_ text: String?) -> Int {
        guard let text else { return standardLimit }
        return min(max(Int(text) ?? 1, 1), greatestLimit)
    }

    static func json(_ page: HistoryExcerpt, _ key: SessionKey) -> JSON {
        var json: JSON = [
            "sessionKey": .string("\(key)"), "items": .array(page.messages), "messages": .array(page.messages),
            "hasMore": .bool(page.nextCursor != nil),
        ]
        json["nextCursor"] = page.nextCursor.map { .string($0) }
        return json
    }

    private func notFound() {
        exchange.respond(ToolsEndpoint.failure("not_found", "Session not found: \(key)"), .notFound)
    }
}

/// A query's values by their names; of several, the first.
enum QueryText {
    static func values(_ query: String) -> [String: String] {
        var values: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PathText.decoded(parts[0]) else { continue }
            let value = parts.count > 1 ? PathText.decoded(parts[1]) ?? "" : ""
            if values[name] == nil { values[name] = value }
        }
        return values
    }
}
