import Models
import Platform
package import Settings

extension SchemaPart {
    /// `agents`: who they are, what they use, how they run. Both years' forms: by list and by name.
    package static let agents = SchemaPart(
        defaults + agent("agents.list[]") + agent("agents.entries.*") + [
            .hot("agents.list[].id", .text(.notEmpty), "the agent's id"),
            .foreign("agents.*", "a setting of agents that is not used here"),
        ])

    private static let thinking = SettingType.oneOf(ThinkingLevel.allCases.map(\.rawValue))

    private static let defaults: [SettingKey] =
        model("agents.defaults.model") + [
            .hot("agents.defaults.workspace", .text(.path), "where agents work; else OPENCLAW_WORKSPACE_DIR"),
            .hot("agents.defaults.models.*.alias", .string, "a short name for the model `provider/name`"),
            .hot("agents.defaults.models.*.params", .map(.any), "what is wanted of requests to that model"),
            .foreign("agents.defaults.models.*.*", "a setting of a model that is not used here"),
            .hot(
                "agents.defaults.params", .map(.any),
                "what is wanted of requests: temperature, maxTokens, cacheRetention"),
            .hot(
                "agents.defaults.mediaMaxMb", .positive, unit: "MB",
                "the largest file of a chat that is fetched or sent, where the channel does not say"),
            .hot("agents.defaults.thinkingDefault", thinking, "how much models think"),
            .hot(
                "agents.defaults.timeoutSeconds", .positive, default: 3600, unit: "s",
                "for a whole run; what waits in a queue does not count"),
            .hot(
                "agents.defaults.maxConcurrent", .positive, default: 32,
                "runs at once over all sessions; of one session there is always one at most"),
            .hot(
                "agents.defaults.compaction.reserveTokens", .count, default: 20_000, unit: "tokens",
                "kept free for the answer; a conversation that leaves less is told in short"),
            .foreign("agents.defaults.compaction.*", "other ways to make conversations shorter"),
            .hot(
                "agents.defaults.operator", .boolean, default: true,
                "let `builtin/operator`, the gateway itself, answer when no model can"),
            .hot(
                "agents.defaults.typingMode", .oneOf(["never", "instant", "thinking", "message"]), default: "instant",
                "when a chat shows that an answer is written: at once, when the model thinks, when it says something"),
            .hot(
                "agents.defaults.typingIntervalSeconds", .integer(1...60), default: 6, unit: "s",
                "how often that is shown again"),
            .hot(
                "agents.defaults.blockStreamingDefault", .oneOf(["on", "off"]), default: "off",
                "whether chats are told an answer block by block while it is made"),
            .hot(
                "agents.defaults.blockStreamingBreak", .oneOf(["text_end", "message_end"]), default: "text_end",
                "whether a block goes out while more is said, or where the model turns to a tool"),
            .hot(
                "agents.defaults.blockStreamingChunk.minChars", .positive, default: 800, "the fewest bytes of a block"),
            .hot(
                "agents.defaults.blockStreamingChunk.maxChars", .positive, default: 1200,
                "bytes by which a block ends where it can"),
            .hot(
                "agents.defaults.blockStreamingChunk.breakPreference", .oneOf(["paragraph", "newline", "sentence"]),
                default: "paragraph", "where a block ends"),
            .hot(
                "agents.defaults.blockStreamingCoalesce.minChars", .positive,
                "the fewest bytes of a block, before those of the chunk"),
            .hot("agents.defaults.blockStreamingCoalesce.maxChars", .positive, "the same of the most"),
            .foreign("agents.defaults.blockStreamingCoalesce.*", "a setting of blocks that is not used here"),
            .hot(
                "agents.defaults.skipBootstrap", .boolean, default: false,
                "leave new workspaces empty: no AGENTS.md and the like are put in"),
            .hot(
                "agents.defaults.userTimezone", .string,
                "the user's time zone, such as Europe/Berlin, for hours of heartbeats; else this machine's"),
        ] + memorySearch("agents.defaults.memorySearch") + heartbeat("agents.defaults.heartbeat") + [
            .foreign("agents.defaults.*", "a setting of agents that is not used here")
        ]

    private static func agent(_ place: String) -> [SettingKey] {
        let path = { (name: String) in SettingPath("\(place).\(name)") }
        return model("\(place).model") + [
            .hot(path("default"), .boolean, default: false, "the agent of messages that name none"),
            .hot(path("name"), .string, "what it is called"),
            .hot(path("workspace"), .text(.path), "where it works; else a place beside the default agent's"),
            .hot(path("identity.name"), .string, "what it calls itself"),
            .hot(path("identity.theme"), .string, "what it is like"),
            .hot(path("identity.emoji"), .string, "its sign"),
            .hot(path("identity.avatar"), .string, "its picture"),
            .foreign(path("identity.*"), "a trait of an agent that is not used here"),
            .hot(path("thinkingDefault"), thinking, "how much its models think"),
            .hot(path("params"), .map(.any), "what is wanted of its requests"),
            .hot(path("maxConcurrent"), .positive, "runs of this agent at once"),
        ] + SchemaPart.toolLists("\(place).tools") + memorySearch("\(place).memorySearch")
            + heartbeat("\(place).heartbeat") + [
                .foreign(path("tools.*"), "a setting of tools that is not served for one agent"),
                .foreign(path("*"), "a setting of an agent that is not used here"),
            ]
    }

    /// Whose vectors find memories by what they mean.
    private static func memorySearch(_ place: String) -> [SettingKey] {
        [
            .hot(
                SettingPath("\(place).provider"), .string,
                "whose vectors find memories by their meaning; without one they are found by their words"),
            .hot(
                SettingPath("\(place).model"), .string,
                "the model that makes the vectors; else the provider's usual one"),
            .hot(
                SettingPath("\(place).enabled"), .boolean, default: true,
                "whether memories are found by meaning as well"),
            .foreign(SettingPath("\(place).*"), "a setting of the search that is not served here"),
        ]
    }

    /// A model alone, or a first choice with others behind it.
    private static func model(_ place: String) -> [SettingKey] {
        [
            .hot(
                SettingPath(place), .either([.string, .object]),
                "the model: `provider/name`, an alias, or `{primary, fallbacks}`"),
            .hot(SettingPath("\(place).primary"), .string, "the model that is asked first"),
            .hot(SettingPath("\(place).fallbacks"), .list(.string), default: [], "those asked when it does not answer"),
        ]
    }

    /// `messages`: what becomes of those that come while another is answered.
    package static let messages = SchemaPart([
        .hot(
            "messages.queue.mode", queueModes, default: "steer",
            "a message during a run: joins it, waits for its own, is put together with others, or ends it"),
        .hot(
            "messages.queue.debounceMs", .count, default: 500, unit: "ms",
            "quiet before messages that were put together are answered"),
        .hot("messages.queue.cap", .positive, default: 20, "messages of one session that may wait"),
        .hot(
            "messages.queue.drop", .oneOf(QueueSettings.Drop.allCases.map(\.rawValue)), default: "summarize",
            "what gives way beyond: the oldest, the newest, or the oldest with a word about it"),
        .hot("messages.ackReaction", .string, "the sign that a message was seen, on every channel"),
        .hot(
            "messages.ackReactionScope", .oneOf(["all", "direct", "group-all", "group-mentions", "off", "none"]),
            default: "group-mentions", "which messages get it"),
        .hot("messages.removeAckAfterReply", .boolean, default: false, "take it back once there is an answer"),
        .hot("messages.queue.byChannel.*", queueModes, "the mode of one channel"),
        .hot("messages.queue.debounceMsByChannel.*", .count, unit: "ms", "the quiet of one channel"),
        .foreign("messages.queue.*", "a setting of the queue that is not used here"),
        .foreign("messages.*", "a setting of messages that is not used here"),
    ])

    private static let queueModes = SettingType.oneOf(
        QueueMode.allCases.map(\.rawValue) + ["queue", "steer-backlog"])
}
