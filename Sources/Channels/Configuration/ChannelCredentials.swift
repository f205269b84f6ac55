package import Platform
package import Settings

/// Where the secrets of an account stand: what takes them out of the configuration, and what is left then.
package struct ChannelCredentials: Sendable {
    /// A secret that is somewhere else than in the file.
    package struct Remaining: Equatable, Sendable {
        package let setting: String
        /// "the variable SLACK_BOT_TOKEN", "the file ~/token".
        package let source: String
    }

    /// Settings whose values let an account in, on any platform; a dot leads into an object.
    private static let settings = [
        "botToken", "tokenFile", "token", "appToken", "userToken", "signingSecret", "accessToken", "authToken",
        "password", "sasl.password", "nickserv.password",
    ]

    package private(set) var edits: [ConfigEdit] = []
    package private(set) var remaining: [Remaining] = []
    /// Whether nothing is left that would let the account in again.
    package private(set) var isComplete = true

    /// `parsed` is the file as it was written.
    package init(
        _ account: ChannelAccount, _ platform: ChannelPlatform, _ parsed: JSON, environment: (String) -> String?
    ) {
        let section = JSONPointer(["channels", platform.id])
        let named = parsed[section]?["accounts"]?.object?.members ?? []
        let isDefault = account.account == AccountSettings.defaultName
        for member in named where member.key.lowercased() == account.account {
            take(from: JSONPointer(section.tokens + ["accounts", member.key]), parsed)
        }
        let others = named.filter { $0.key.lowercased() != account.account }
        let own = named.first { $0.key.lowercased() == account.account }?.value
        for setting in Self.settings {
            guard let value = parsed[section.appending(dotted: setting)] else { continue }
            let users = others.filter { $0.value[dotted: setting] == nil }.map(\.key)
            if isDefault, users.isEmpty {
                take(section.appending(dotted: setting), value)
            } else if isDefault || own?[dotted: setting] == nil {
                let whose = (isDefault ? users : ["the whole channel"]).joined(separator: ", ")
                keep("\(platform.id).\(setting)", "the configuration, for \(whose)")
            }
        }
        guard isDefault else { return }
        for (setting, variable) in platform.variables where Self.settings.contains(setting) {
            guard environment(variable)?.isEmpty == false else { continue }
            keep("\(platform.id).\(setting)", "the variable \(variable)")
        }
    }

    private mutating func keep(_ setting: String, _ source: String) {
        remaining.append(Remaining(setting: "channels.\(setting)", source: source))
        isComplete = false
    }

    private mutating func take(from place: JSONPointer, _ parsed: JSON) {
        for setting in Self.settings {
            let pointer = place.appending(dotted: setting)
            if let value = parsed[pointer] { take(pointer, value) }
        }
    }

    /// What is elsewhere stays there, but the way to it goes.
    private mutating func take(_ pointer: JSONPointer, _ value: JSON) {
        edits.append(.remove(pointer))
        guard let source = Self.source(pointer.tokens.last ?? "", value) else { return }
        remaining.append(Remaining(setting: pointer.tokens.joined(separator: "."), source: source))
    }

    private static func source(_ setting: String, _ value: JSON) -> String? {
        if let text = value.string {
            if setting == "tokenFile" { return "the file \(text)" }
            return text.hasPrefix("${") ? "the variable \(text.dropFirst(2).prefix { $0 != "}" && $0 != ":" })" : nil
        }
        guard let source = value["source"]?.string, let id = value["id"]?.string else { return nil }
        switch source {
        case "env": return "the variable \(id)"
        case "file": return "the file of secrets, as \(id)"
        default: return "the program for secrets, as \(id)"
        }
    }
}

extension JSONPointer {
    /// `sasl.password` is a member of a member.
    package func appending(dotted setting: String) -> JSONPointer {
        JSONPointer(tokens + setting.split(separator: ".").map(String.init))
    }
}

extension JSON {
    fileprivate subscript(dotted setting: String) -> JSON? { self[JSONPointer().appending(dotted: setting)] }
}
