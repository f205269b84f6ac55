import Platform

/// Something that an account must be told before it can be connected.
package struct SetupField: Sendable {
    package let setting: String
    package let isSecret: Bool
    /// Where it is to be had, or what it looks like; names of products are the same in each language.
    package let example: String

    fileprivate init(_ setting: String, _ example: String, isSecret: Bool = false) {
        self.setting = setting
        self.example = example
        self.isSecret = isSecret
    }
}

extension ChannelPlatform {
    /// What people are asked for, in this order. All else has a value without.
    package var setup: [SetupField] {
        switch id {
        case "telegram": [SetupField(tokenSetting, "@BotFather", isSecret: true)]
        case "discord":
            [SetupField(tokenSetting, "https://discord.com/developers/applications, Bot", isSecret: true)]
        case "slack":
            [
                SetupField(tokenSetting, "xoxb-…, OAuth & Permissions", isSecret: true),
                SetupField("appToken", "xapp-…, Basic Information", isSecret: true),
            ]
        case "rocketchat":
            [
                SetupField("baseUrl", "https://chat.example.com"), SetupField("userId", "Personal Access Tokens"),
                SetupField(tokenSetting, "Personal Access Tokens", isSecret: true),
            ]
        case "matrix":
            [
                SetupField("homeserver", "https://matrix.example.com"),
                SetupField(tokenSetting, "syt_…", isSecret: true),
            ]
        case "irc": [SetupField("host", "irc.libera.chat"), SetupField("nick", "molly-bot")]
        default: [SetupField(tokenSetting, "", isSecret: true)]
        }
    }
}
