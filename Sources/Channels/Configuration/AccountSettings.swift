package import Platform
package import Wire

/// What the configuration says of one account.
package struct AccountSettings: Equatable, Sendable {
    package let account: ChannelAccount
    /// The settings of the account, those of the channel where it has none of its own. Secrets are in it.
    package let config: JSON
    package let rules: AccessRules
    /// Whether it is to be connected.
    package let isEnabled: Bool

    /// The way to its settings in the file.
    package var path: String {
        account.account == Self.defaultName ? "channels.\(account.channel)" : accountPath
    }

    private var accountPath: String { "channels.\(account.channel).accounts.\(account.account)" }

    package static let defaultName = "default"

    package func string(_ setting: String) -> String? {
        config[setting]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The path of a route of ours.
    package func route(_ setting: String, usual: String) -> String {
        let path = string(setting) ?? usual
        return path.hasPrefix("/") ? path : "/\(path)"
    }

    /// An address; `usual` where none is set, or else there must be one.
    package func address(_ setting: String, usual: String? = nil, cure: String) throws(ChannelProblem) -> WebURL {
        let text: String
        if let given = string(setting) ?? usual { text = given } else { text = try required(setting, cure: cure) }
        do throws(WebURLError) {
            return try WebURL(text)
        } catch {
            throw ChannelProblem("\(path).\(setting)", "\(error)", cure: cure)
        }
    }

    /// A setting that there must be.
    package func required(_ setting: String, cure: String) throws(ChannelProblem) -> String {
        if let value = string(setting) { return value }
        throw ChannelProblem("\(path).\(setting)", "is not set", cure: cure)
    }
}

/// All accounts of one channel.
package struct ChannelSettings: Sendable {
    package let accounts: [AccountSettings]
    /// The account that is meant when none is named.
    package let defaultAccount: String

    /// `config` is the whole configuration with its secrets. Nil when the channel has no section.
    package init?(_ platform: ChannelPlatform, _ config: JSON, environment: (String) -> String?) {
        let channels = config["channels"]
        guard let section = channels?[platform.id], section.object != nil else { return nil }
        var base = section
        base["accounts"] = nil
        base["defaultAccount"] = nil
        let named = section["accounts"]?.object?.members ?? []
        var found: [AccountSettings] = []
        // An account of its own stands at the root, unless all are in the map.
        if named.isEmpty || Self.hasOwnAccount(platform, base) || named.contains(where: { Self.isDefault($0.key) }) {
            var own = base
            if let member = named.first(where: { Self.isDefault($0.key) }) {
                own = Self.merged(platform, base, member.value)
            }
            for (setting, variable) in platform.variables {
                guard let value = environment(variable), !value.isEmpty else { continue }
                Self.fill(&own, setting.split(separator: ".")[...], Self.value(value))
            }
            Self.settle(&own, platform, environment)
            Self.share(config["commands"], &own)
            found.append(Self.account(platform, AccountSettings.defaultName, own, base, channels))
        }
        for member in named where !Self.isDefault(member.key) {
            var merged = Self.merged(platform, base, member.value)
            Self.settle(&merged, platform, environment)
            Self.share(config["commands"], &merged)
            found.append(Self.account(platform, member.key.lowercased(), merged, base, channels))
        }
        accounts = found
        let asked = section["defaultAccount"]?.string?.lowercased()
        defaultAccount = asked ?? (found.first?.account.account ?? AccountSettings.defaultName)
    }

    private static func isDefault(_ name: String) -> Bool { name.lowercased() == AccountSettings.defaultName }

    /// Whether what connects an account stands at the root of the section.
    private static func hasOwnAccount(_ platform: ChannelPlatform, _ base: JSON) -> Bool {
        platform.variables.contains { base[$0.setting] != nil } || base["tokenFile"] != nil
    }

    /// A setting of the account takes the place of the channel's as a whole, and a token of its own that of the channel's
    /// file.
    private static func merged(_ platform: ChannelPlatform, _ base: JSON, _ own: JSON) -> JSON {
        var all = base
        if let file = platform.tokenFileSetting, own[platform.tokenSetting] != nil { all[file] = nil }
        for member in own.object?.members ?? [] { all[member.key] = member.value }
        return all
    }

    /// A file goes before a token beside it, and may stand in the home directory.
    private static func settle(_ config: inout JSON, _ platform: ChannelPlatform, _ environment: (String) -> String?) {
        guard let setting = platform.tokenFileSetting, let path = config[setting]?.string, !path.isEmpty else { return }
        config[platform.tokenSetting] = nil
        guard path.hasPrefix("~/"), let home = environment("OPENCLAW_HOME") ?? environment("HOME") else { return }
        config[setting] = .string(home + path.dropFirst())
    }

    /// Whether a platform's menu shows commands may be said for all platforms.
    private static func share(_ commands: JSON?, _ config: inout JSON) {
        guard let native = commands?["native"] else { return }
        fill(&config, ["commands", "native"], native)
    }

    /// Sets what is not set; a dot leads into an object.
    private static func fill(_ config: inout JSON, _ way: ArraySlice<Substring>, _ value: JSON) {
        guard let name = way.first.map(String.init) else { return }
        guard way.count > 1 else {
            if config[name] == nil { config[name] = value }
            return
        }
        var inner = config[name] ?? [:]
        fill(&inner, way.dropFirst(), value)
        config[name] = inner
    }

    /// A variable's text as the setting's type has it.
    private static func value(_ text: String) -> JSON {
        if let number = Int(text), "\(number)" == text { return JSON(number) }
        return text == "true" ? true : text == "false" ? false : .string(text)
    }

    private static func account(
        _ platform: ChannelPlatform, _ name: String, _ config: JSON, _ base: JSON, _ channels: JSON?
    ) -> AccountSettings {
        AccountSettings(
            account: ChannelAccount(channel: platform.id, account: name), config: config,
            rules: AccessRules(config, base: base, defaults: channels?["defaults"], platform.access),
            isEnabled: config["enabled"]?.bool ?? true)
    }
}
