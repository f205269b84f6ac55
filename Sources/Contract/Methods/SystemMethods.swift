/// Health, presence and the like (protocol.md section 7, system).
extension MethodContract {
    private static let okay = Shape.open(.required("ok", .boolean))

    private static let heartbeat = Shape.open(
        .required("enabled", .boolean), .required("every", .string), .required("everyMs", .natural),
        .required("prompt", .string), .required("target", .string), .required("ackMaxChars", .natural))

    private static let sessionSummary = Shape.open(
        .required("path", .string), .required("count", .natural),
        .required("recent", .list(.open(.required("key", .text)))))

    package static let health = MethodContract(
        "health", .scope(.read), "the health snapshot; made anew when it is older than a minute or `probe` is true",
        params: .open(.optional("probe", .boolean)),
        result: .open(
            .required("ok", .boolean), .required("ts", .natural), .required("durationMs", .natural),
            .required("channels", .map(.any)), .required("channelOrder", .list(.string)),
            .required("channelLabels", .map(.string)), .required("heartbeatSeconds", .natural),
            .required("defaultAgentId", .text),
            .required(
                "agents",
                .list(
                    .open(
                        .required("agentId", .text), .optional("name", .text), .required("isDefault", .boolean),
                        .required("heartbeat", heartbeat), .required("sessions", sessionSummary)))),
            .required("sessions", sessionSummary)))

    package static let status = MethodContract(
        "status", .scope(.read), "what runs here: version, heartbeats, channels, sessions, events that wait",
        result: .open(
            .required("runtimeVersion", .text),
            .required(
                "heartbeat",
                .object(
                    .required("defaultAgentId", .text), .required("agents", .list(.open(.required("agentId", .text)))))),
            .required("channelSummary", .list(.string)), .required("queuedSystemEvents", .list(.string)),
            .required(
                "sessions",
                .open(
                    .required("paths", .list(.string)), .required("count", .natural),
                    .required("defaults", sessionDefaults), .required("recent", .list(.any)),
                    .required("byAgent", .list(.any))))))

    static let sessionDefaults = Shape.open(
        .optional("model", .string), .optional("contextTokens", .natural))

    package static let systemPresence = MethodContract(
        "system-presence", .scope(.read), "who is there: the gateway, clients, and what reported itself",
        result: .list(.open(.required("ts", .natural))))

    /// A tag or a role is a word, not a page.
    private static let words = Shape.list(.string, 0...64)

    package static let systemEvent = MethodContract(
        "system-event", .scope(.admin),
        "notes who is there, and keeps the text for the main session; one that begins with `Node:` is presence alone",
        params: .open(
            .required("text", .text), .optional("deviceId", .string), .optional("instanceId", .string),
            .optional("host", .string), .optional("ip", .string), .optional("mode", .string),
            .optional("version", .string), .optional("platform", .string), .optional("deviceFamily", .string),
            .optional("modelIdentifier", .string), .optional("lastInputSeconds", .number),
            .optional("reason", .string), .optional("roles", words), .optional("scopes", words),
            .optional("tags", words)),
        result: okay)

    package static let lastHeartbeat = MethodContract(
        "last-heartbeat", .scope(.read), "the last heartbeat event, null when there was none",
        result: .nullable(.open(.required("ts", .natural), .required("status", .text))))

    package static let setHeartbeats = MethodContract(
        "set-heartbeats", .scope(.admin), "switches heartbeats on or off until the gateway ends",
        params: .object(.required("enabled", .boolean)),
        result: .object(.required("ok", .boolean), .required("enabled", .boolean)))

    package static let wake = MethodContract(
        "wake", .scope(.write), "keeps a text for the main session; `ok` is false for an empty one",
        params: .open(
            .required("mode", .word(["now", "next-heartbeat"])), .required("text", .string),
            .optional("sessionKey", .string), .optional("agentId", .string)),
        result: okay)

    package static let systemInfo = MethodContract(
        "system.info", .scope(.read), "the machine: processors, memory, disk, load",
        result: .open(
            .required("machineName", .string), .required("hostname", .string), .required("platform", .text),
            .required("release", .string), .required("arch", .text), .required("osLabel", .string),
            .optional("lanAddress", .string), .optional("port", .natural), .required("nodeVersion", .string),
            .required("pid", .natural), .required("uptimeMs", .natural), .required("cpuCount", .natural),
            .optional("cpuModel", .string), .optional("loadAverage", .list(.number, 3...3)),
            .required("memoryTotalBytes", .natural), .required("memoryFreeBytes", .natural),
            .optional("diskTotalBytes", .natural), .optional("diskAvailableBytes", .natural),
            .optional("diskPath", .string)))

    /// The limits are those of protocol.md.
    package static let logsTail = MethodContract(
        "logs.tail", .scope(.read), "the end of the log of the day, or what came since `cursor`",
        params: .object(
            .optional("cursor", .natural), .optional("limit", .integer(1...5000)),
            .optional("maxBytes", .integer(1...1_000_000))),
        result: .open(
            .required("file", .string), .required("cursor", .natural), .required("size", .natural),
            .required("lines", .list(.string)), .optional("truncated", .boolean), .optional("reset", .boolean)))

    package static let updateRun = MethodContract(
        "update.run", .scope(.admin),
        "says how this program is brought up to date; downloads and changes nothing",
        params: .object(
            .optional("sessionKey", .string), .optional("note", .string), .optional("restartDelayMs", .natural),
            .optional("timeoutMs", .natural), .optional("continuationMessage", .string)),
        result: .open(
            .required("ok", .boolean),
            .required(
                "result",
                .open(
                    .required("status", .word(["ok", "skipped", "error"])), .required("mode", .text),
                    .optional("reason", .text), .required("steps", .list(.any)), .required("durationMs", .natural)))))

    package static let updateStatus = MethodContract(
        "update.status", .scope(.admin), "which version runs, from which file, and how it is replaced",
        result: .open(
            .required("currentVersion", .text), .optional("path", .text), .required("installKind", .text),
            .required("replaced", .boolean), .required("next", .text)))

    private static let restartMode = Shape.word(["supervised", "in-place", "none"])

    package static let restartRequest = MethodContract(
        "gateway.restart.request", .scope(.admin),
        "starts the gateway anew, once however many ask: `safe` waits for runs under way, `force` cuts them; with `runId` "
            + "only the start of that id is meant, and a later one answers `done`",
        params: .object(
            .optional("reason", .string), .optional("mode", .word(["now", "safe", "force"])),
            .optional("runId", .text), .optional("sessionKey", .string), .optional("note", .string),
            .optional("drainMs", .natural), .optional("delayMs", .integer(0...3_600_000))),
        result: .open(
            .required("ok", .boolean), .required("status", .word(["scheduled", "coalesced", "deferred", "done"])),
            .required("runId", .text), .required("pid", .natural), .required("mode", restartMode),
            .optional("activeRuns", .natural), .optional("deferralMs", .nullable(.natural))))

    package static let restartPreflight = MethodContract(
        "gateway.restart.preflight", .scope(.read), "what a restart would meet: runs under way, and why it would fail",
        result: .open(
            .required("ok", .boolean), .required("safe", .boolean), .required("activeRuns", .natural),
            .required("pending", .boolean), .required("mode", restartMode), .optional("reason", .text)))

    package static let stability = MethodContract(
        "diagnostics.stability", .scope(.read), "what the gateway measured of itself since its start",
        result: .open(
            .required("ts", .natural), .required("uptimeMs", .natural), .required("process", .open()),
            .required("eventLoop", .open()), .required("clients", .natural)))

    package static let gatewayIdentity = MethodContract(
        "gateway.identity.get", .scope(.read), "the key by which this gateway is known",
        result: .object(.required("deviceId", .text), .required("publicKey", .text)))
}
