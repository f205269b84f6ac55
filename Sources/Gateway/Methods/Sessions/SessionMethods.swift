import Agents
import Contract
import Platform

/// `sessions.list`.
struct SessionsListMethod: WaitingMethod {
    static let contract = MethodContract.sessionsList
    /// Rows unless asked for otherwise, and rows at most.
    static let defaultRows = 500
    static let rowLimit = 5000
    /// Rows of a page whose transcripts are looked into, for titles and last words.
    static let glances = 100
    static let titleChars = 80
    static let wordChars = 240

    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let shelf = try sessions.opened()
        var query = SessionQuery()
        query.agent = params["agentId"]?.string?.lowercased()
        query.label = params["label"]?.string
        query.spawnedBy = params["spawnedBy"]?.string
        query.search = params["search"]?.string
        query.isArchived = params["archived"]?.bool ?? false
        query.offset = params["offset"]?.int ?? 0
        query.limit = min(params["limit"]?.int ?? Self.defaultRows, Self.rowLimit)
        let now = sessions.clock.wall
        if let minutes = params["activeMinutes"]?.int {
            let span = Int64(minutes).multipliedReportingOverflow(by: 60_000_000_000)
            if !span.overflow { query.activeSince = WallTime(nanoseconds: now.nanoseconds - span.partialValue) }
        }
        let (page, total) = shelf.list(query)
        var rows: [JSON] = []
        for record in page {
            var row = sessions.row(record)
            if rows.count < Self.glances { await sessions.look(into: record, params, &row) }
            rows.append(row)
        }
        let end = query.offset + page.count
        var answer = JSONObject([
            ("ts", .int(now.milliseconds)), ("path", .string(sessions.path)), ("count", JSON(rows.count)),
            ("totalCount", JSON(total)), ("limitApplied", JSON(query.limit)), ("offset", JSON(query.offset)),
            ("hasMore", .bool(end < total)), ("defaults", sessions.agents.roster.sessionDefaults),
            ("sessions", .array(rows)),
        ])
        if end < total { answer["nextOffset"] = JSON(end) }
        return .json(.object(answer))
    }
}

extension GatewaySessions {
    /// Adds what only the transcript says, where parameters ask for it.
    func look(into record: SessionRecord, _ params: JSONObject, _ row: inout JSON) async {
        guard let shelf = agents.sessions.shelf else { return }
        if params["includeDerivedTitles"]?.bool == true, record.choices.label == nil {
            let words = await shelf.firstWords(record.key, maxChars: SessionsListMethod.titleChars)
            row["derivedTitle"] = words.map { .string($0) }
        }
        if params["includeLastMessage"]?.bool == true {
            let items = try? await shelf.preview(record.key, limit: 1, maxChars: SessionsListMethod.wordChars)
            row["lastMessagePreview"] = items?.last.map { .string($0.text) }
        }
    }
}

/// `sessions.preview`.
struct SessionsPreviewMethod: WaitingMethod {
    static let contract = MethodContract.sessionsPreview
    /// Further keys are passed over.
    static let keyLimit = 64
    static let itemLimit = 100
    static let charLimit = 10_000

    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let shelf = try sessions.opened()
        let limit = min(params["limit"]?.int ?? 12, Self.itemLimit)
        let chars = min(params["maxChars"]?.int ?? 240, Self.charLimit)
        var previews: [JSON] = []
        for text in (params["keys"]?.array ?? []).prefix(Self.keyLimit).compactMap(\.string) {
            let (status, items) = await preview(text, shelf, limit: limit, maxChars: chars)
            previews.append([
                "key": .string(text), "status": .string(status),
                "items": .array(items.map { ["role": .string($0.role), "text": .string($0.text)] }),
            ])
        }
        return .object(("ts", .int(sessions.clock.wall.milliseconds)), ("previews", .array(previews)))
    }

    private func preview(
        _ text: String, _ shelf: SessionShelf, limit: Int, maxChars: Int
    ) async -> (status: String, items: [PreviewItem]) {
        guard let key = try? SessionKey(text, defaultAgent: sessions.agents.roster.defaultID) else {
            return ("missing", [])
        }
        do throws(SessionError) {
            guard let items = try await shelf.preview(key, limit: limit, maxChars: maxChars) else {
                return ("missing", [])
            }
            return (items.isEmpty ? "empty" : "ok", items)
        } catch {
            return ("error", [])
        }
    }
}

/// `sessions.resolve`.
struct SessionsResolveMethod: PromptMethod {
    static let contract = MethodContract.sessionsResolve
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        let given = ["key", "sessionId", "label"].filter { params[$0]?.string != nil }
        guard given.count == 1, let text = params[given[0]]?.string else {
            throw .invalid(
                given.isEmpty
                    ? "Either key, sessionId or label is required"
                    : "Provide either key, sessionId or label, and not several of them")
        }
        let found = try find(given[0], text, params)
        if let key = found.first {
            guard found.count == 1 else { throw .invalid("Multiple sessions found: \(text)") }
            return .object(("ok", true), ("key", .string("\(key)")))
        }
        guard params["allowMissing"]?.bool == true else { throw .invalid("No session found: \(text)") }
        return .object(("ok", false))
    }

    private func find(_ by: String, _ text: String, _ params: JSONObject) throws(RPCError) -> [SessionKey] {
        let shelf = try sessions.opened()
        let agent = params["agentId"]?.string?.lowercased()
        let records: [SessionRecord]
        switch by {
        case "key": records = [shelf.record(try sessions.key(params))].compactMap { $0 }
        case "sessionId": records = shelf.find(sessionID: text, agent: agent)
        default: records = shelf.find(label: text, agent: agent)
        }
        let parent = params["spawnedBy"]?.string
        return records.filter { parent == nil || $0.choices.spawnedBy == parent }.map(\.key)
    }
}

/// `sessions.describe`.
struct SessionsDescribeMethod: WaitingMethod {
    static let contract = MethodContract.sessionsDescribe
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        guard let record = try sessions.opened().record(try sessions.key(params)) else {
            return .object(("session", nil))
        }
        var row = sessions.row(record)
        await sessions.look(into: record, params, &row)
        return .object(("session", row))
    }
}

/// `sessions.get`.
struct SessionsGetMethod: WaitingMethod {
    static let contract = MethodContract.sessionsGet
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let page = HistoryPage(limit: params["limit"]?.int ?? 200)
        let (shelf, key) = (try sessions.opened(), try sessions.key(params))
        do throws(SessionError) {
            let history = try await shelf.history(key, page)
            return .object(("messages", .array(history.messages)), ("hasMore", .bool(history.hasMore)))
        } catch {
            throw RPCError(error)
        }
    }
}

/// `sessions.subscribe`.
struct SessionsSubscribeMethod: PromptMethod {
    static let contract = MethodContract.sessionsSubscribe

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        request.client.subscriptions.all = true
        return .object(("subscribed", true))
    }
}

/// `sessions.unsubscribe`.
struct SessionsUnsubscribeMethod: PromptMethod {
    static let contract = MethodContract.sessionsUnsubscribe

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        request.client.subscriptions.all = false
        return .object(("subscribed", false))
    }
}

/// `sessions.messages.subscribe`.
struct MessagesSubscribeMethod: PromptMethod {
    static let contract = MethodContract.messagesSubscribe
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let key = "\(try sessions.key(request.params.object))"
        guard request.client.subscriptions.add(key) else {
            throw .unavailable("one connection can follow \(SessionSubscriptions.limit) sessions, not more")
        }
        return .object(("subscribed", true), ("key", .string(key)))
    }
}

/// `sessions.messages.unsubscribe`.
struct MessagesUnsubscribeMethod: PromptMethod {
    static let contract = MethodContract.messagesUnsubscribe
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let key = "\(try sessions.key(request.params.object))"
        request.client.subscriptions.remove(key)
        return .object(("subscribed", false), ("key", .string(key)))
    }
}
