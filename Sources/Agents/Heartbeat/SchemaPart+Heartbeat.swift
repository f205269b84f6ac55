import Platform
import Settings

extension SchemaPart {
    /// `heartbeat` of all agents, or of one.
    static func heartbeat(_ place: String) -> [SettingKey] {
        let path = { (name: String) in SettingPath("\(place).\(name)") }
        return [
            .hot(
                path("every"), .duration, default: .string(HeartbeatSettings.standardEvery),
                "how often the agent looks around by itself; `0m` for never"),
            .hot(
                path("target"), .string, default: "owner",
                "who hears of it: `owner` (the first of `commands.ownerAllowFrom`, never a group), `last`, `none`, or a channel"
            ),
            .hot(path("to"), .string, "the chat, for a channel as target"),
            .hot(path("accountId"), .string, "the channel's account"),
            .hot(path("activeHours.start"), .string, default: "00:00", "when a day's heartbeats begin: `HH:MM`"),
            .hot(path("activeHours.end"), .string, default: "24:00", "when they end; before `start`, on the next day"),
            .hot(
                path("activeHours.timezone"), .string, default: "user",
                "whose clocks count: `user` (`agents.defaults.userTimezone`), `local`, or a zone such as Europe/Berlin"),
            .hot(path("model"), .string, "the model that is asked, `provider/name` or an alias"),
            .hot(path("prompt"), .string, "what the agent is told, in the place of the usual words"),
            .hot(
                path("ackMaxChars"), .count, default: .int(Int64(HeartbeatSettings.standardAckMaxChars)),
                "characters beside HEARTBEAT_OK that nobody is told of"),
            .hot(path("session"), .string, default: "main", "the session it takes place in"),
            .hot(
                path("isolatedSession"), .boolean, default: false,
                "each in a conversation of its own, without what was said before"),
            .hot(
                path("timeoutSeconds"), .positive, unit: "s",
                "for one of them; else `every`, 600 s at most"),
            .hot(
                path("directPolicy"), .oneOf(["allow", "block"]), default: "allow",
                "whether it may write to direct chats"),
            .foreign(path("*"), "a setting of heartbeats that is not served here"),
        ]
    }
}
