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

    /// Where the platform is and who the account is there.
    private static func reached(_ at: (String) -> SettingPath) -> [SettingKey] {
        [
            .hot(at("baseUrl"), .text(.webURL), "Rocket.Chat: the server's address"),
            .hot(at("homeserver"), .text(.webURL), "Matrix: its address"),
            .hot(at("userId"), .string, "Matrix, Rocket.Chat: the account's id"),
            .hot(at("username"), .string, "Rocket.Chat, IRC: the account's name"),
            .hot(at("userToken"), .secret, "Slack: a person's token, which reads in the place of the bot"),
            .hot(at("deviceId"), .string, "Matrix: the device that the account is here"),
            .hot(at("deviceName"), .string, "Matrix: what that device is called"),
            .hot(at("host"), .string, "IRC: the server"),
            .hot(at("port"), .integer(1...65_535), "IRC: its port"),
            .hot(at("tls"), .boolean, "IRC: whether it is spoken to encrypted"),
            .hot(at("tlsFingerprint"), .string, "IRC: the certificate that is trusted, whoever signed it"),
            .hot(at("nick"), .string, "IRC: the name in channels"),
            .hot(at("realname"), .string, "IRC: what others are told of it"),
            .hot(at("mode"), .string, "Slack: `socket`, or `http` where it brings events to a route"),
            .hot(at("webhookUrl"), .text(.webURL), "Telegram: where it is to bring messages"),
            .hot(at("webhookSecret"), .secret, "Telegram: what it shows there"),
            .hot(at("webhookPath"), .string, "Telegram, Slack: the route of ours"),
        ]
    }

    /// What the account does there.
    private static func behaving(_ at: (String) -> SettingPath) -> [SettingKey] {
        [
            .hot(
                at("commands.native"), .either([.boolean, .oneOf(["auto"])]), default: true,
                "Telegram, Discord: whether the gateway's commands stand in the menu"),
            .foreign(at("commands.*"), "another setting of commands"),
            .hot(
                at("customCommands"), .list(.object), "Telegram: more entries of the menu, `command` and `description`"),
            .hot(at("slashCommand.ephemeral"), .boolean, default: true, "Discord: who sees the answer to a command"),
            .foreign(at("slashCommand.*"), "another setting of slash commands"),
            .hot(
                at("intents.messageContent"), .boolean, default: true, "Discord: whether texts of others are asked for"),
            .foreign(at("intents.*"), "another intent"),
            .hot(
                at("suppressEmbeds"), .boolean, default: true, "Discord: whether links are sent without their previews"),
            .hot(at("maxLinesPerMessage"), .positive, default: 17, "Discord: lines of one message"),
            .hot(at("unfurlLinks"), .boolean, default: false, "Slack: whether it shows what a link leads to"),
            .hot(
                at("execApprovals.enabled"), .boolean, default: true,
                "Telegram, Discord, Slack: whether owners are shown commands that wait for their word, with buttons"),
            .foreign(at("execApprovals.*"), "another setting of approvals"),
            .hot(
                at("capabilities"), .either([.object, .list(.string)]),
                "Telegram: `inlineButtons` says where buttons are shown and heard: `off`, `dm`, `group`, `all` or "
                    + "`allowlist`, the default"),
            .hot(at("linkPreview"), .boolean, default: true, "Telegram: whether it shows what a link leads to"),
            .hot(at("markdown.tables"), .string, "how tables are written"),
            .foreign(at("markdown.*"), "another setting of how answers are written"),
            .hot(at("autoJoin"), .string, "Matrix: which invitations are followed"),
            .hot(at("autoJoinAllowlist"), .list(.string), "Matrix: whose, by `allowlist`"),
            .hot(at("implicitMentions"), .object, "what means the bot without its name"),
            .hot(at("dangerouslyAllowNameMatching"), .boolean, default: false, "whether lists may hold names"),
            .hot(at("dm"), .object, "the same of direct messages, as older files have it"),
        ]
    }

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
            .hot(
                at("streaming.block.enabled"), .boolean,
                "whether an answer is said block by block while it is made; else `agents.defaults.blockStreamingDefault`"
            ),
            .hot(at("streaming.block.coalesce.minChars"), .positive, "the fewest bytes of a block"),
            .hot(at("streaming.block.coalesce.maxChars"), .positive, "bytes by which a block ends where it can"),
            .foreign(at("streaming.block.*"), "a setting of blocks that is not used here"),
            .foreign(at("streaming.block.coalesce.*"), "a setting of blocks that is not used here"),
            .hot(
                at("streaming.nativeTransport"), .boolean, default: true,
                "Slack: whether `partial` uses its own streams, in threads"),
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
        ] + reached(at) + behaving(at) + [.foreign(at("*"), "a setting that is not used here")]
    }
}
