import Agents
import Contract
import Platform

/// `sessions.list`.
struct SessionsListMethod: PromptMethod {
    static let contract = MethodContract.sessionsList
    let facts: GatewayFacts
    let roster: AgentRoster
    let clock: any Clock

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("ts", .int(clock.wall.milliseconds)), ("path", .string(facts.databasePath)), ("count", 0),
            ("totalCount", 0), ("hasMore", false), ("defaults", roster.sessionDefaults), ("sessions", []))
    }
}

/// `sessions.preview`.
struct SessionsPreviewMethod: PromptMethod {
    static let contract = MethodContract.sessionsPreview
    /// Further keys are passed over.
    static let keyLimit = 64

    let clock: any Clock

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let keys = (request.params.object["keys"]?.array ?? []).prefix(Self.keyLimit)
        return .object(
            ("ts", .int(clock.wall.milliseconds)),
            ("previews", .array(keys.map { ["key": $0, "status": "missing", "items": []] })))
    }
}

/// `sessions.resolve`.
struct SessionsResolveMethod: PromptMethod {
    static let contract = MethodContract.sessionsResolve

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        let given = ["key", "sessionId", "label"].compactMap { params[$0]?.string }
        guard given.count == 1 else {
            throw .invalid(
                given.isEmpty
                    ? "Either key, sessionId or label is required"
                    : "Provide either key, sessionId or label, and not several of them")
        }
        guard params["allowMissing"]?.bool == true else { throw .invalid("No session found: \(given[0])") }
        return .object(("ok", false))
    }
}

/// `sessions.describe`.
struct SessionsDescribeMethod: PromptMethod {
    static let contract = MethodContract.sessionsDescribe

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .object(("session", nil)) }
}

/// `sessions.get`.
struct SessionsGetMethod: PromptMethod {
    static let contract = MethodContract.sessionsGet

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .object(("messages", [])) }
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
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let key = roster.sessionKey(request.params.object["key"]?.string ?? "")
        guard request.client.subscriptions.add(key) else {
            throw .unavailable("one connection can follow \(SessionSubscriptions.limit) sessions, not more")
        }
        return .object(("subscribed", true), ("key", .string(key)))
    }
}

/// `sessions.messages.unsubscribe`.
struct MessagesUnsubscribeMethod: PromptMethod {
    static let contract = MethodContract.messagesUnsubscribe
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let key = roster.sessionKey(request.params.object["key"]?.string ?? "")
        request.client.subscriptions.remove(key)
        return .object(("subscribed", false), ("key", .string(key)))
    }
}
