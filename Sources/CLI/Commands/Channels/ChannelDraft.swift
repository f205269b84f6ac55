import Channels
import Platform
import Settings

/// An account as it would be with some settings more: what is written for it, and whether its platform lets it in.
struct ChannelDraft: Sendable {
    let platform: ChannelPlatform
    let name: String
    /// A dot leads into an object.
    var values: [(setting: String, value: JSON)] = []

    init(_ platform: ChannelPlatform, account name: String? = nil) {
        self.platform = platform
        self.name = (name ?? AccountSettings.defaultName).lowercased()
    }

    var account: ChannelAccount { ChannelAccount(channel: platform.id, account: name) }

    /// The flags that mean it in commands.
    var words: String { account.flags }

    /// Where its settings stand in the file, or are to stand.
    func place(in parsed: JSON) -> JSONPointer {
        let section = JSONPointer(["channels", platform.id])
        let known = parsed[section]?["accounts"]?.object?.members.first { $0.key.lowercased() == name }
        if let known { return JSONPointer(section.tokens + ["accounts", known.key]) }
        return name == AccountSettings.defaultName ? section : JSONPointer(section.tokens + ["accounts", name])
    }

    /// As the configuration has it with the new values, its secrets included. Nil when there is no such account.
    func settings(in config: JSON, _ environment: (String) -> String?) -> AccountSettings? {
        var config = config
        let base = place(in: config)
        if config[base] == nil { config.set(base.tokens, [:]) }
        for (setting, value) in values { config.set(base.appending(dotted: setting).tokens, value) }
        // A file with a token goes before a token.
        if let other = replaced(in: config) { config = config.without(other.tokens) }
        return ChannelSettings(platform, config, environment: environment)?.accounts
            .first { $0.account.account == name }
    }

    func edits(_ parsed: JSON) -> [ConfigEdit] {
        let base = place(in: parsed)
        if parsed[base] == nil, values.isEmpty { return [.set(base, [:])] }
        let changes = values.compactMap { setting, value -> ConfigEdit? in
            let pointer = base.appending(dotted: setting)
            return parsed[pointer] == value ? nil : .set(pointer, value)
        }
        return (replaced(in: parsed).map { [.remove($0)] } ?? []) + changes
    }

    /// The setting that would keep a new token from being used.
    private func replaced(in parsed: JSON) -> JSONPointer? {
        let pointer = place(in: parsed).appending("tokenFile")
        let isNew = values.contains { $0.setting.hasSameBytes(as: platform.tokenSetting) }
        return isNew && parsed[pointer] != nil ? pointer : nil
    }

    /// Whose secret one of the values is already.
    @LoopActor
    func user(among neighbours: Neighbours) -> (setting: String, profile: String, theirs: String)? {
        for (setting, value) in values {
            guard let text = value.string, let user = neighbours.user(of: text) else { continue }
            return (setting, user.profile, user.setting)
        }
        return nil
    }

    /// Asks the platform who it is.
    @LoopActor
    func verdict(_ settings: AccountSettings, _ invocation: Invocation) async -> ConnectorTrial.Verdict {
        await Self.trial(invocation).verdict(platform, settings)
    }

    /// Lets `body` have a connector of its own.
    @LoopActor
    func withConnector<Value>(
        _ settings: AccountSettings, _ invocation: Invocation, _ body: @LoopActor (any Connector) async -> Value
    ) async throws(ChannelProblem) -> Value {
        try await Self.trial(invocation).withConnector(platform, settings, body)
    }

    @LoopActor
    private static func trial(_ invocation: Invocation) -> ConnectorTrial {
        ConnectorTrial(invocation.environment, version: Help.version, clock: invocation.surroundings.clock)
    }
}

extension ChannelAccount {
    /// The flags that mean it in commands.
    var flags: String {
        "--channel \(channel)" + (account == AccountSettings.defaultName ? "" : " --account \(account)")
    }
}

extension JSON {
    /// The same without a value deep inside.
    fileprivate func without(_ path: [String]) -> JSON {
        guard let first = path.first, let inner = self[first] else { return self }
        var copy = self
        copy[first] = path.count == 1 ? nil : inner.without(Array(path.dropFirst()))
        return copy
    }
}
