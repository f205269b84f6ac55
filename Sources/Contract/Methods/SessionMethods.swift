/// Sessions and who listens to them (protocol.md section 7, sessions).
extension MethodContract {
    static let sessionRow = Shape.open(
        .required("key", .text), .required("kind", .word(["direct", "group", "global", "unknown"])),
        .required("updatedAt", .nullable(.natural)))

    private static let message = Shape.open(.required("role", .text))

    package static let sessionsList = MethodContract(
        "sessions.list", .scope(.read), "the sessions, the newest first",
        params: .object(
            .optional("limit", .integer(1 ... .max)), .optional("offset", .natural),
            .optional("activeMinutes", .integer(1 ... .max)), .optional("includeGlobal", .boolean),
            .optional("includeUnknown", .boolean), .optional("includeDerivedTitles", .boolean),
            .optional("includeLastMessage", .boolean), .optional("label", .text), .optional("spawnedBy", .text),
            .optional("agentId", .text), .optional("search", .string), .optional("configuredAgentsOnly", .boolean),
            .optional("creatorId", .string), .optional("ownerId", .string), .optional("involvingMe", .boolean),
            .optional("archived", .boolean)),
        result: .open(
            .required("ts", .natural), .required("path", .string), .required("count", .natural),
            .required(
                "defaults",
                .open(
                    .optional("modelProvider", .string), .optional("model", .string),
                    .optional("contextTokens", .natural))),
            .required("sessions", .list(sessionRow)), .optional("totalCount", .natural),
            .optional("limitApplied", .natural), .optional("offset", .natural), .optional("nextOffset", .natural),
            .optional("hasMore", .boolean)))

    package static let sessionsPreview = MethodContract(
        "sessions.preview", .scope(.read), "the last lines of sessions; of more than 64 keys the first 64",
        params: .object(
            .required("keys", .list(.text, 1 ... .max)), .optional("limit", .integer(1 ... .max)),
            .optional("maxChars", .integer(20 ... .max))),
        result: .open(
            .required("ts", .natural),
            .required(
                "previews",
                .list(
                    .open(
                        .required("key", .text), .required("status", .word(["ok", "empty", "missing", "error"])),
                        .required(
                            "items", .list(.open(.required("role", .text), .required("text", .string)))))))))

    package static let sessionsResolve = MethodContract(
        "sessions.resolve", .scope(.read), "the key of a session that is known by key, id or label",
        params: .object(
            .optional("key", .text), .optional("sessionId", .text), .optional("label", .text),
            .optional("agentId", .text), .optional("spawnedBy", .text), .optional("includeGlobal", .boolean),
            .optional("includeUnknown", .boolean), .optional("allowMissing", .boolean)),
        result: .open(.required("ok", .boolean), .optional("key", .text)), isAdvertised: false)

    package static let sessionsDescribe = MethodContract(
        "sessions.describe", .scope(.read), "one session, null when there is none",
        params: .open(
            .required("key", .text), .optional("agentId", .string), .optional("includeDerivedTitles", .boolean),
            .optional("includeLastMessage", .boolean)),
        result: .open(.required("session", .nullable(sessionRow))))

    package static let sessionsGet = MethodContract(
        "sessions.get", .scope(.read), "the messages of a session",
        params: .object(.required("key", .text), .optional("limit", .integer(1 ... .max))),
        result: .open(.required("messages", .list(message))), isAdvertised: false)

    package static let sessionsSubscribe = MethodContract(
        "sessions.subscribe", .scope(.read), "tells this connection of every session from now on",
        result: .object(.required("subscribed", .boolean)))

    package static let sessionsUnsubscribe = MethodContract(
        "sessions.unsubscribe", .scope(.read), "ends `sessions.subscribe`",
        result: .object(.required("subscribed", .boolean)))

    private static let oneSession = Shape.object(
        .required("key", .text), .optional("agentId", .string), .optional("includeApprovals", .boolean))

    package static let messagesSubscribe = MethodContract(
        "sessions.messages.subscribe", .scope(.read), "tells this connection of one session from now on",
        params: oneSession, result: .object(.required("subscribed", .boolean), .required("key", .text)))

    package static let messagesUnsubscribe = MethodContract(
        "sessions.messages.unsubscribe", .scope(.read), "ends `sessions.messages.subscribe`",
        params: oneSession, result: .object(.required("subscribed", .boolean), .required("key", .text)))
}
