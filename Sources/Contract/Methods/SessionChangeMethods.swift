/// What changes sessions (protocol.md section 7, sessions).
extension MethodContract {
    private static let clearable = Shape.nullable(.text)

    private static let done: [Shape.Field] = [.required("ok", .boolean), .required("key", .text)]
    private static let entry = Shape.open(.required("sessionId", .text), .required("updatedAt", .natural))

    package static let sessionsPatch = MethodContract(
        "sessions.patch", .scope(.write),
        "changes what was chosen for a session; null clears; what concerns programs and sending takes `operator.admin`",
        params: .object(
            .required("key", .text), .optional("agentId", .string), .optional("label", .nullable(.text)),
            .optional("thinkingLevel", clearable), .optional("verboseLevel", clearable),
            .optional("reasoningLevel", clearable),
            .optional("responseUsage", .nullable(.word(["off", "tokens", "full", "on"]))),
            .optional("elevatedLevel", clearable), .optional("execHost", clearable),
            .optional("execSecurity", clearable), .optional("execAsk", clearable), .optional("execNode", clearable),
            .optional("model", clearable), .optional("spawnedBy", clearable),
            .optional("sendPolicy", .nullable(.word(["allow", "deny"]))),
            .optional("groupActivation", .nullable(.word(["mention", "always"]))),
            .optional("archived", .boolean), .optional("pinned", .boolean), .optional("fastMode", .any),
            .optional("traceLevel", clearable), .optional("category", clearable)),
        result: .object(done + [.required("path", .string), .required("entry", entry)], isOpen: true))

    package static let sessionsReset = MethodContract(
        "sessions.reset", .scope(.admin), "begins a session anew; its choices stay, its transcript is put aside",
        params: .object(
            .required("key", .text), .optional("agentId", .string), .optional("reason", .word(["new", "reset"]))),
        result: .object(done + [.required("entry", entry)], isOpen: true))

    package static let sessionsDelete = MethodContract(
        "sessions.delete", .scope(.admin), "takes a session away; its transcript is put aside. Main sessions stay",
        params: .object(
            .required("key", .text), .optional("agentId", .string), .optional("deleteTranscript", .boolean),
            .optional("emitLifecycleHooks", .boolean)),
        result: .object(
            done + [.required("deleted", .boolean), .required("archived", .list(.string))], isOpen: true))

    package static let sessionsCompact = MethodContract(
        "sessions.compact", .scope(.admin),
        "keeps the last entries of a transcript; without `maxLines`, newer clients get a summary by a model",
        params: .object(
            .required("key", .text), .optional("agentId", .string), .optional("maxLines", .integer(1 ... .max))),
        result: .object(
            done + [
                .required("compacted", .boolean), .optional("kept", .natural), .optional("archived", .string),
                .optional("reason", .string),
            ], isOpen: true))

    package static let sessionsCleanup = MethodContract(
        "sessions.cleanup", .scope(.admin), "cleans up as `session.maintenance` says, now",
        params: .object(
            .optional("agent", .text), .optional("allAgents", .boolean), .optional("enforce", .boolean),
            .optional("activeKey", .text), .optional("fixMissing", .boolean), .optional("dryRun", .boolean)),
        result: .open(
            .required("ok", .boolean), .required("mode", .word(["enforce", "warn"])), .required("applied", .boolean),
            .required("beforeCount", .natural), .required("afterCount", .natural),
            .required("removed", .list(.string)), .required("archived", .list(.string)),
            .required("files", .natural), .required("freedBytes", .natural)))
}

/// What sessions used (protocol.md section 4, read).
extension MethodContract {
    private static let range: [Shape.Field] = [
        .optional("startDate", .string), .optional("endDate", .string), .optional("days", .integer(1...3660)),
        .optional("mode", .word(["utc", "gateway", "specific"])), .optional("utcOffset", .string),
        .optional("timeZone", .string),
    ]

    package static let sessionsUsage = MethodContract(
        "sessions.usage", .scope(.read), "tokens and cost by session, with sums by model, agent, channel and day",
        params: .object(
            [
                .optional("key", .text), .optional("agentId", .string), .optional("agentScope", .string),
                .optional("limit", .integer(1 ... .max)), .optional("includeContextWeight", .boolean),
                .optional("groupBy", .string), .optional("includeHistorical", .boolean),
            ] + range, isOpen: false),
        result: .open(
            .required("updatedAt", .natural), .required("startDate", .text), .required("endDate", .text),
            .required("sessions", .list(.open(.required("key", .text)))), .required("totals", .open()),
            .required("aggregates", .open())),
        isAdvertised: false)

    package static let sessionsUsageSeries = MethodContract(
        "sessions.usage.timeseries", .scope(.read), "the course of a session's use",
        params: .object(.required("key", .text), .optional("agentId", .string)),
        result: .open(.required("points", .list(.open(.required("timestamp", .natural))))), isAdvertised: false)

    package static let sessionsUsageLogs = MethodContract(
        "sessions.usage.logs", .scope(.read), "the newest messages of a session with what they used",
        params: .object(
            .required("key", .text), .optional("agentId", .string), .optional("limit", .integer(1...1000))),
        result: .open(.required("logs", .list(.open(.required("role", .text))))), isAdvertised: false)
}
