import Platform
package import Settings

extension SchemaPart {
    /// `channels`: what every channel and each of its accounts can be told. What only one platform reads is here too, so
    /// that it is one list.
    package static let channels = SchemaPart(
        [
            .hot(
                "channels.defaults.groupPolicy", group, default: "allowlist",
                "who may write in groups, where the channel says nothing"),
            .foreign("channels.defaults.*", "another setting for all channels"),
            .hot("channels.*.defaultAccount", .text(.notEmpty), "the account that is meant when none is named"),
            .foreign("channels.modelByChannel", "a model for each chat"),
            .hot(
                "bindings", .list(.object),
                "which agent answers where: `agentId`, and in `match` a channel, account, peer, guild or team"),
            .hot(
                "commands.ownerAllowFrom", .list(.string),
                "who owns this gateway, as `channel:id`: their commands change things; allow-lists make nobody an owner"
            ),
            .foreign("commands.*", "another setting of slash commands"),
        ] + settings("channels.*") + settings("channels.*.accounts.*"))

    private static let group = SettingType.oneOf(["allowlist", "open", "disabled"])
    private static let ids = SettingType.list(
        .either([.string, .integer(-9_007_199_254_740_991...9_007_199_254_740_991)]))

    private static func settings(_ path: String) -> [SettingKey] {
        func at(_ name: String) -> SettingPath { SettingPath(stringLiteral: "\(path).\(name)") }
        return [
            .hot(at("enabled"), .boolean, default: true, "whether it is connected"),
            .hot(at("name"), .string, "what people call it"),
            .hot(
                at("dmPolicy"), .oneOf(["pairing", "allowlist", "open", "disabled"]), default: "pairing",
                "who may write directly: those let in by a code, those listed, everybody, nobody"),
            .hot(at("allowFrom"), ids, "who may write directly, by id; `*` with `open`"),
            .hot(at("groupPolicy"), group, "who may write in groups"),
            .hot(at("groupAllowFrom"), ids, "who may write in groups, by id"),
            .hot(at("groups"), .object, "the groups by id, and what holds in each"),
            .hot(at("guilds"), .object, "Discord: the guilds by id, their channels, and what holds in each"),
            .hot(at("channels"), .either([.object, .list(.string)]), "Slack: its channels by id; IRC: those to join"),
            .hot(at("rooms"), .object, "Rocket.Chat: the rooms by id or name, and what holds in each"),
            .hot(
                at("allowBots"), .either([.boolean, .oneOf(["mentions"])]), default: false,
                "whether other bots are heard"),
            .hot(
                at("replyToMode"), .oneOf(["off", "first", "all", "batched"]), default: "off",
                "which messages of an answer point at the question"),
            .hot(
                at("replyToModeByChatType"), .map(.oneOf(["off", "first", "all", "batched"])),
                "the same for `direct`, `group` or `channel`"),
            .hot(
                at("streaming.mode"), .oneOf(["off", "partial", "block", "progress"]), default: "off",
                "what is seen of an answer before it is whole: its words so far, in larger steps, or the tools it uses"),
            .foreign(at("streaming.*"), "a setting of previews that is not used here"),
            .hot(at("ackReaction"), .string, "the sign that a message was seen; empty for none"),
            .hot(
                at("reactionNotifications"), .oneOf(["off", "own", "all", "allowlist"]), default: "own",
                "which reactions the agent is told of: none, those to its messages, all"),
            .hot(at("historyLimit"), .count, default: 20, "words of a group that are kept as context"),
            .hot(at("textChunkLimit"), .positive, "the longest message that is sent"),
            .hot(at("mediaMaxMb"), .positive, unit: "MB", "the largest file that is fetched or sent"),
            .hot(at("apiRoot"), .text(.webURL), "where the platform's API is, if not at its usual place"),
            .hot(at("botToken"), .secret, "Telegram, Slack: the bot's token"),
            .hot(at("tokenFile"), .text(.path), "Telegram: a file with the token"),
            .hot(at("token"), .secret, "Discord: the bot's token"),
            .hot(at("appToken"), .secret, "Slack: the token of the app, for Socket Mode"),
            .hot(at("signingSecret"), .secret, "Slack: what events over HTTP are signed with"),
            .hot(at("password"), .secret, "IRC, Matrix, Rocket.Chat: the account's password"),
            .hot(at("accessToken"), .secret, "Matrix: the account's token"),
            .hot(at("authToken"), .secret, "Rocket.Chat: the account's token"),
            .hot(at("sasl.user"), .string, "IRC: the account's name for SASL PLAIN"),
            .hot(at("sasl.password"), .secret, "IRC: its password"),
            .hot(at("nickserv.password"), .secret, "IRC: what NickServ is told"),
            .foreign(at("nickserv.*"), "IRC: `service`, `enabled`, `register` and `registerEmail`"),
            .foreign(at("*"), "a setting that only some platforms read"),
        ]
    }
}
