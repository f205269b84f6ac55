import Platform
package import Settings

extension SchemaPart {
    /// `tools`: what agents may use. An agent's own part, `agents.list[].tools`, has the same lists.
    package static let tools = SchemaPart(
        toolLists("tools", profile: "full") + [
            .hot(
                "tools.exec.security", .oneOf(ExecSecurity.allCases.map(\.rawValue)), default: "allowlist",
                "which commands may run: none, those on the allowlist, all"),
            .hot(
                "tools.exec.ask", .oneOf(ExecAsk.allCases.map(\.rawValue)), default: "on-miss",
                "when an operator is asked: never, for what is not on the allowlist, always"),
            .hot(
                "tools.exec.mode", .oneOf(["deny", "allowlist", "ask", "auto", "full"]),
                "both in one word, as newer versions write them; `auto` asks a person here"),
            .hot(
                "tools.exec.timeoutSeconds", .integer(1...ExecSettings.secondsLimit),
                default: .int(Int64(ExecSettings.defaultSeconds)), unit: "s", "when a command is ended"),
            .hot("tools.exec.timeoutSec", .integer(1...ExecSettings.secondsLimit), unit: "s", "its older name"),
            .hot(
                "tools.exec.safeBins", .list(.string), default: .array(SafeBin.standard.map { .string($0) }),
                "filters of the system that need no entry, on `stdin` alone"),
            .hot("tools.exec.pathPrepend", .list(.text(.path)), default: [], "directories before PATH"),
            .hot(
                "tools.sessions.visibility", .oneOf(SessionVisibility.allCases.map(\.rawValue)), default: "tree",
                "which conversations a conversation sees: itself, those it spawned, its agent's, all"),
            .hot(
                "tools.web.fetch.allowPrivate", .list(.text(.addressRange)), default: [],
                "networks of one's own that web_fetch may go to"),
            .hot("gateway.tools.allow", .list(.string), default: [], "tools that HTTP clients may have all the same"),
            .hot("gateway.tools.deny", .list(.string), default: [], "tools that HTTP clients never have"),
            .hot("skills.entries.*.enabled", .boolean, default: true, "whether the skill is used"),
            .hot("skills.entries.*.apiKey", .any, sensitive: true, "what stands for the skill's main variable"),
            .hot("skills.entries.*.env", .map(.string), sensitive: true, "variables that count as set for the skill"),
            .hot("skills.allowBundled", .list(.string), "the only skills of this program that are used"),
            .foreign("skills.*", "a setting of skills that is not served here"),
            .foreign("skills.entries.*.*", "a setting of a skill's own"),
            .foreign("tools.*", "a tool, or a setting of one, that is not served here"),
            .foreign("tools.exec.*", "a setting of commands that is not served here"),
            .foreign("tools.sessions.*", "a setting of session tools that is not served here"),
            .foreign("tools.web.*", "searching the web"),
            .foreign("tools.web.fetch.*", "a setting of web_fetch that is not served here"),
        ])

    /// Which tools there are, for all agents or for one.
    static func toolLists(_ place: String, profile: JSON? = nil) -> [SettingKey] {
        let path = { (name: String) in SettingPath("\(place).\(name)") }
        return [
            .hot(
                path("profile"), .oneOf(profiles), default: profile,
                "what agents have before the lists: minimal, coding, messaging, full"),
            .hot(path("allow"), .list(.string), "only these: names, `group:…`, patterns with *"),
            .hot(path("alsoAllow"), .list(.string), "these beside the profile's"),
            .hot(path("deny"), .list(.string), "never these; deny wins"),
            .hot(path("byProvider.*.profile"), .oneOf(profiles), "the profile with a provider's models"),
            .hot(path("byProvider.*.allow"), .list(.string), "only these with a provider's models"),
            .hot(path("byProvider.*.alsoAllow"), .list(.string), "these beside the profile's"),
            .hot(path("byProvider.*.deny"), .list(.string), "not these with a provider's models"),
        ]
    }

    private static let profiles = ToolProfile.allCases.map(\.rawValue)
}
